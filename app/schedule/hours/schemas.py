"""The wire form of opening hours."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from app.core.schemas import Wire, omitted

Start = Annotated[
    str,
    StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$"),
    Field(description="Local time of the resource, 00:00 to 23:59.", examples=["09:00"]),
]
End = Annotated[
    str,
    StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"),
    Field(description="Local time, 00:00 to 24:00; not after `start`: on the next day.", examples=["17:30"]),
]
Weekday = Annotated[int, Field(strict=True, ge=1, le=7)]


def _distinct(days: list[int]) -> list[int]:
    if len(set(days)) < len(days):
        raise ValueError("names a day twice")
    return sorted(days)


Weekdays = Annotated[
    list[Weekday],
    Field(
        min_length=1,
        max_length=7,
        description="Days on which the window starts: 1 Monday to 7 Sunday.",
        examples=[[1, 2, 3]],
        json_schema_extra={"uniqueItems": True},
    ),
    AfterValidator(_distinct),
]


HoursVersion = Annotated[
    int, Field(strict=True, ge=0, le=2_147_483_647, description="Grows by one with every change; 0: never set.")
]


class WeeklyWindow(Wire):
    """Opening hours on some days of every week."""

    days: Weekdays
    start: Start
    end: End


class DateWindow(Wire):
    """Opening hours on one date."""

    start: Start
    end: End


class HoursIn(Wire):
    """A resource's whole week; no windows: closed."""

    weekly: list[WeeklyWindow] = Field(max_length=50)
    version: HoursVersion = Field(default_factory=omitted)


class HoursOut(Wire):
    """A resource's whole week."""

    weekly: list[WeeklyWindow]
    version: HoursVersion


class OverrideIn(Wire):
    """What replaces the weekly windows that start on a date; no windows: closed."""

    windows: list[DateWindow] = Field(max_length=20)
    version: HoursVersion = Field(default_factory=omitted)


class OverrideOut(Wire):
    """What replaces the weekly windows that start on a date."""

    date: date
    windows: list[DateWindow]
    version: HoursVersion


@dataclass(frozen=True, slots=True)
class OverrideKey:
    """Which override, of a client's."""

    resource_id: UUID
    date: date
