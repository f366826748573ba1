"""How far a message has come. Its status only moves forward, in whatever order news of it arrive."""

from collections.abc import Mapping
from enum import StrEnum


class Status(StrEnum):
    """Where a message is on its way.

    `queued` waits for its time; `sending` was begun; `unknown`: it got no answer, so it is looked for before anything
    is sent again. `accepted` and what follows is the provider's word. `not_sent` (something is missing on our side),
    `withdrawn` (no longer true) and `suppressed` (they do not want it) went nowhere. The last two are of texts that
    came in.
    """

    queued = "queued"
    sending = "sending"
    unknown = "unknown"
    not_sent = "not_sent"
    withdrawn = "withdrawn"
    suppressed = "suppressed"
    accepted = "accepted"
    sent = "sent"
    delivered = "delivered"
    undelivered = "undelivered"
    failed = "failed"
    read = "read"
    received = "received"
    answered = "answered"


IN_HAND = (Status.queued, Status.sending, Status.unknown)
"""Whoever sends has still to do with these."""
RESENDABLE = frozenset({Status.not_sent, Status.failed, Status.undelivered})
"""These may be sent again, as a new message."""

_RANKS: Mapping[Status, int] = {
    Status.queued: 0,
    Status.sending: 0,
    Status.unknown: 0,
    Status.accepted: 1,
    Status.sent: 2,
    Status.delivered: 3,
    Status.undelivered: 3,
    Status.failed: 3,
    Status.suppressed: 3,
    Status.read: 4,
}
_TWILIO: Mapping[str, Status] = {
    "accepted": Status.accepted,
    "scheduled": Status.accepted,
    "queued": Status.accepted,
    "sending": Status.accepted,
    "sent": Status.sent,
    "delivered": Status.delivered,
    "partially_delivered": Status.undelivered,
    "undelivered": Status.undelivered,
    "failed": Status.failed,
    "canceled": Status.failed,
    "read": Status.read,
}


def from_twilio(status: str) -> Status | None:
    """Return what a status of Twilio's is here, None if it is none of a message that was sent."""
    return _TWILIO.get(status)


def moves(old: Status, new: Status) -> bool:
    """Return whether news of a message move it forward; of two endings the first holds.

    Save that a carrier may say `undelivered` and deliver after all.
    """
    before, after = _RANKS.get(old), _RANKS.get(new)
    if before is None or after is None:
        return False
    return after > before or (old is Status.undelivered and new is Status.delivered)
