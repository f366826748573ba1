"""What happened to a booking, as others hear of it: ids and codes only."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class BookingEvent:
    """Base of all: which booking of which client."""

    client_id: UUID
    booking_id: UUID


@dataclass(frozen=True, slots=True)
class BookingHeld(BookingEvent):
    """A resource is held until `expires_at`."""

    expires_at: datetime


@dataclass(frozen=True, slots=True)
class BookingConfirmed(BookingEvent):
    """An appointment stands."""


@dataclass(frozen=True, slots=True)
class BookingRescheduled(BookingEvent):
    """An appointment or hold moved to another start or resource."""


@dataclass(frozen=True, slots=True)
class BookingCancelled(BookingEvent):
    """An appointment was cancelled."""


@dataclass(frozen=True, slots=True)
class HoldEnded(BookingEvent):
    """A hold was released or ran out."""
