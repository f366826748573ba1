"""The accounts that the stand-ins know: keys of this machine's own, which open nothing anywhere else."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Accounts:
    """Who may ask the stand-ins, and how they prove themselves to the service."""

    twilio_sid: str
    twilio_token: str = field(repr=False)
    vapi_key: str = field(repr=False)
    vapi_secret: str = field(repr=False)
    vapi_plan: Mapping[str, str | bool] = field(default_factory=lambda: {"type": "bearer"})
    """Vapi's `authenticationPlan` for its webhooks; the secret is `vapi_secret`."""
    twilio_api_key: str | None = None
    """An API key (`SK...`) that opens the account as well, with its secret."""
    twilio_api_secret: str = field(default="", repr=False)


def accounts_of(secret: str) -> Accounts:
    """Return the accounts of a machine: derived from its secret, so that every process here knows the same."""

    def drawn(name: str) -> str:
        return hmac.new(secret.encode(), f"sandbox {name}".encode(), hashlib.sha256).hexdigest()[:32]

    return Accounts(
        twilio_sid=f"AC{drawn('account')}",
        twilio_token=drawn("token"),
        vapi_key=drawn("key of Vapi"),
        vapi_secret=drawn("webhooks of Vapi"),
    )
