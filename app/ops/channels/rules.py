"""From what is set up, and what messages wait for, to how a provider is."""

from collections.abc import Mapping
from typing import Any

from app.ops.health.rules import Status

OUT_OF_REACH = frozenset(
    {
        *("twilio_key_refused", "twilio_unreachable", "twilio_outcome_unknown", "twilio_unintelligible"),
        *("mail_key_refused", "mail_insecure", "mail_url_invalid", "mail_unreachable", "mail_outcome_unknown"),
    }
)
"""With these codes a message waits for its provider, and not for its turn."""


def provider(name: str, *, configured: bool, missing: str | None, waiting: Mapping[str, int]) -> dict[str, Any]:
    """Return how a provider is. `waiting` counts the messages that wait for it, by the code of what holds them up."""
    if not configured:
        return {"status": Status.not_configured, "configured": False}
    reasons = [] if missing is None else [missing]
    reasons += [f"{name}_failing:{code}" for code in sorted(waiting) if code in OUT_OF_REACH]
    return {
        "status": Status.degraded if reasons else Status.operational,
        "configured": True,
        "reasons": reasons,
        "waiting": sum(waiting.values()),
        "waitingByCode": dict(waiting),
    }
