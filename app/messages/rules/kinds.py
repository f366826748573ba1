"""What a message is about, and whether it is still true."""

from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a message is for. The last two belong to the talk by text: what a customer writes, and what is answered."""

    confirmation = "confirmation"
    change = "change"
    cancellation = "cancellation"
    reminder = "reminder"
    reply = "reply"
    text = "text"


ABOUT_BOOKINGS = (Kind.confirmation, Kind.change, Kind.cancellation, Kind.reminder)
"""These have templates."""
IMPORTANT = frozenset({Kind.confirmation, Kind.change, Kind.cancellation})
"""A person has to know where one of these does not arrive."""


def stands(kind: Kind, *, told: int, version: int, status: str, starts_at: datetime, now: datetime) -> str | None:
    """Return why a message about a booking would not be true any more, None if it is.

    `told` is the booking's version that the message tells of, `version` and `status` are what the booking is now.
    """
    wanted = "cancelled" if kind is Kind.cancellation else "confirmed"
    if status != wanted or version != told:
        return "booking_changed"
    return "too_late" if starts_at <= now and kind is not Kind.cancellation else None
