"""Availability on the wire."""

from uuid import UUID

from pydantic import Field

from app.core.clock import Instant, Start
from app.core.schemas import Wire
from app.schedule.rules import Reason

MAX_SLOTS = 10_000


class SlotOut(Wire):
    """A start on offer with the resources that could serve it."""

    starts_at: Instant
    ends_at: Instant
    resource_ids: list[UUID]
    seats_left: int | None = Field(default=None, description="Of a class: the most that one of them has.")


class AvailabilityOut(Wire):
    """Starts on offer in [from, to), in order."""

    service_id: UUID
    timezone: str = Field(description="The client's, IANA.")
    from_: Instant = Field(alias="from")
    to: Instant
    slots: list[SlotOut]
    next_from: Instant | None = Field(description="Ask from here on for the rest; null when this is all.")


class AvailabilityQuery(Wire):
    """A question about availability."""

    service_id: UUID
    from_: Instant = Field(alias="from", examples=["2026-03-24T00:00:00Z"])
    to: Instant = Field(description="At most 92 days after `from`.", examples=["2026-03-25T00:00:00Z"])
    resource_id: UUID | None = None
    seats: int = Field(default=1, ge=1, le=1000)
    limit: int = Field(default=MAX_SLOTS, ge=1, le=MAX_SLOTS, description="Most slots in the answer.")
    exclude_booking_id: UUID | None = Field(
        default=None, description="Look through this booking or hold, as its owner may."
    )


class ExplainQuery(Wire):
    """A question about one instant."""

    service_id: UUID
    at: Start
    resource_id: UUID | None = None
    seats: int = Field(default=1, ge=1, le=1000)
    exclude_booking_id: UUID | None = None


class ExplainOut(Wire):
    """Whether an instant is on offer, why not, and the next start that is."""

    service_id: UUID
    timezone: str
    at: Instant
    offered: bool
    reason: Reason | None
    held_until: Instant | None = Field(description="Where holds alone are in the way: when the first runs out.")
    next: SlotOut | None = Field(description="The first start on offer from then on, within 92 days.")
