"""Statistics on the wire."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from app.bookings.rules import Status
from app.bookings.schemas import Channel
from app.core.clock import Instant
from app.core.schemas import Wire


class Range(StrEnum):
    """Whole local days of the client up to the end of today."""

    today = "today"
    week = "7d"
    month = "30d"
    quarter = "90d"

    @property
    def days(self) -> int:
        """How many local dates it covers, today among them."""
        return 1 if self is Range.today else int(self.value[:-1])


class ResourceUse(Wire):
    """How much of its open time one resource was booked."""

    resource_id: UUID
    open_minutes: int
    booked_minutes: int = Field(description="Without buffers; a class counts once, however many come.")
    utilisation: float | None = Field(description="Booked by open; null where it was never open.")


class StatsOut(Wire):
    """Bookings that start in [from, to), by status and channel, and what became of open hours."""

    client_key: str
    range: Range
    timezone: str
    from_: Instant = Field(alias="from")
    to: Instant
    total: int
    by_status: dict[Status, int]
    by_channel: dict[Channel, int]
    no_show_rate: float | None = Field(description="No-shows by no-shows and completed; null where there are neither.")
    open_minutes: int
    booked_minutes: int
    utilisation: float | None = Field(description="Over all active resources; null where none was open.")
    resources: list[ResourceUse]
