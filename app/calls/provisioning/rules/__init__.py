"""What a client's voice is to be at Vapi, and how that differs from what it is: pure."""

from app.calls.provisioning.rules.bodies import Account, Business, assistant, phone_number, tool
from app.calls.provisioning.rules.differing import changed, difference

__all__ = ["Account", "Business", "assistant", "changed", "difference", "phone_number", "tool"]
