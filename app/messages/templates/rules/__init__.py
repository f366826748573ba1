"""Templates: what may stand in one, how it is filled in, and ours. Pure; nothing in a template can be carried out."""

from app.messages.templates.rules.checking import Fault, fault_of
from app.messages.templates.rules.filling import PLACEHOLDERS, SAMPLE, fill
from app.messages.templates.rules.ours import OURS, Wording

__all__ = ["OURS", "PLACEHOLDERS", "SAMPLE", "Fault", "Wording", "fault_of", "fill"]
