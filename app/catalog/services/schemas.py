"""The wire form of services."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from app.core.schemas import Name, Version, Wire, omitted

Grid = Literal["window", "clock", "free_start"]
Assign = Literal["any", "all"]
Status = Literal["active", "archived"]

Duration = Annotated[int, Field(strict=True, ge=1, le=1_440, description="Length, in minutes.", examples=[30])]
Buffer = Annotated[int, Field(strict=True, ge=0, le=1_440, description="Time kept free around it, in minutes.")]
Interval = Annotated[
    int, Field(strict=True, ge=1, le=1_440, description="Minutes between starts on offer; null: the duration.")
]
Notice = Annotated[
    int, Field(strict=True, ge=0, le=525_600, description="Least time between booking and start, in minutes.")
]
Advance = Annotated[
    int, Field(strict=True, ge=0, le=730, description="How many local dates ahead can be booked; 0: today only.")
]
PerDay = Annotated[
    int, Field(strict=True, ge=1, le=1_000, description="Most bookings a resource and local date; null: no limit.")
]
Capacity = Annotated[
    int, Field(strict=True, ge=1, le=1_000, description="Seats; over 1 it is a class whose bookings share a time.")
]
Price = Annotated[
    int, Field(strict=True, ge=0, le=1_000_000_000, description="In the minor unit of the client's currency.")
]


def _distinct(identifiers: list[UUID]) -> list[UUID]:
    if len(set(identifiers)) < len(identifiers):
        raise ValueError("names something twice")
    return identifiers


ResourceIds = Annotated[
    list[UUID],
    Field(
        max_length=200,
        json_schema_extra={"uniqueItems": True},
        description="The active resources that serve it; with none it is never on offer.",
    ),
    AfterValidator(_distinct),
]


class ServiceIn(Wire):
    """A new service."""

    name: Name
    duration_minutes: Duration
    buffer_before_minutes: Buffer = 0
    buffer_after_minutes: Buffer = 0
    interval_minutes: Interval | None = None
    grid: Grid = "window"
    min_notice_minutes: Notice = 0
    max_advance_days: Advance = 90
    max_per_day: PerDay | None = None
    capacity: Capacity = 1
    price_minor: Price | None = None
    assign: Assign = "any"
    resource_ids: ResourceIds = Field(default_factory=list)


class ServiceChange(Wire):
    """What shall be different about a service; `resourceIds` replaces the whole list."""

    name: Name = Field(default_factory=omitted)
    duration_minutes: Duration = Field(default_factory=omitted)
    buffer_before_minutes: Buffer = Field(default_factory=omitted)
    buffer_after_minutes: Buffer = Field(default_factory=omitted)
    interval_minutes: Interval | None = Field(default_factory=omitted)
    grid: Grid = Field(default_factory=omitted)
    min_notice_minutes: Notice = Field(default_factory=omitted)
    max_advance_days: Advance = Field(default_factory=omitted)
    max_per_day: PerDay | None = Field(default_factory=omitted)
    capacity: Capacity = Field(default_factory=omitted)
    price_minor: Price | None = Field(default_factory=omitted)
    assign: Assign = Field(default_factory=omitted)
    resource_ids: ResourceIds = Field(default_factory=omitted)
    version: Version = Field(default_factory=omitted)

    def changes(self) -> dict[str, Any]:
        """Return what was sent, by column, without `version`."""
        return self.model_dump(include=self.model_fields_set - {"version"}, by_alias=False)


class ServiceOut(Wire):
    """A service."""

    id: UUID
    name: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    interval_minutes: int | None
    grid: Grid
    min_notice_minutes: int
    max_advance_days: int
    max_per_day: int | None
    capacity: int
    price_minor: int | None
    assign: Assign
    resource_ids: list[UUID]
    status: Status
    version: Version


class ServiceArchivedOut(ServiceOut):
    """A service after its archiving."""

    future_bookings: int = Field(ge=0, description="Bookings and holds still to come; they stay.")
