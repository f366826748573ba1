"""What is found for somebody who asks in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.bookings.asking.rules import Named
from app.phrases.rules.readings import Reading
from app.schedule.service import Plan

Opening = Mapping[int, Sequence[tuple[int, int]]]
"""ISO weekday to windows in minutes after midnight."""


@dataclass(frozen=True, slots=True)
class Offered(Named):
    """A service that can be booked; its length in minutes, its price in the client's minor unit."""

    duration_minutes: int
    price_minor: int | None
    capacity: int


@dataclass(frozen=True, slots=True)
class Sought:
    """What there is for some words about a time.

    `ambiguous` tells that one of the readings is meant, and which has to be asked; else all of them suit.
    `reason` says why the words could not be read; then `starts` are the next that are on offer. `exact` is the instant
    that was asked for, if it is on offer; if it is not, `refused` is why (a reason of availability), and `starts` are
    those nearest to it. Where a stretch of time was asked for that holds nothing, `starts` are the next after it and
    `elsewhere` says so.
    """

    plan: Plan
    readings: tuple[Reading, ...] = ()
    ambiguous: bool = False
    reason: str | None = None
    exact: datetime | None = None
    refused: str | None = None
    elsewhere: bool = False
    starts: tuple[datetime, ...] = ()

    @property
    def service_id(self) -> UUID:
        """The service that was asked about."""
        return self.plan.service_id
