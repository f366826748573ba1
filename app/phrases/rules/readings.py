"""What a phrase means: readings on the local calendar, or the reason why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

Opening = Mapping[int, Sequence[tuple[int, int]]]
"""Opening hours: ISO weekday, 1 is Monday, to windows in minutes after midnight, ends exclusive."""


class Grain(StrEnum):
    """How exact the caller was. No phrase is read as `week` so far: a week is a span of days."""

    WEEK = "week"
    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"


class Reason(StrEnum):
    """Why there is no reading; first that applies to the first thing said."""

    NOTHING_SAID = "nothing_said"
    TOO_LONG = "too_long"
    NO_TIME_FOUND = "no_time_found"
    PAST = "past"
    NO_SUCH_DATE = "no_such_date"
    NO_SUCH_TIME = "no_such_time"
    SKIPPED_BY_CLOCK_CHANGE = "skipped_by_clock_change"
    WEEKDAY_AND_DATE_DISAGREE = "weekday_and_date_disagree"
    EXCLUSION = "exclusion"
    REPEATING = "repeating"
    TOO_FAR = "too_far"


@dataclass(frozen=True, slots=True)
class Reading:
    """One meaning: naive local wall times, `end` exclusive and None for an instant. `fold` as `instant_of` says."""

    start: datetime
    end: datetime | None
    grain: Grain

    def span(self, zone: str | ZoneInfo) -> tuple[datetime, datetime]:
        """Return the half-open span in UTC, as availability is asked for; an instant is one minute long.

        Wall time T on a date is the first instant at which the local clock reads T or later.
        """
        local = ZoneInfo(zone) if isinstance(zone, str) else zone
        start = instant_of(self.start, local)
        return start, start + timedelta(minutes=1) if self.end is None else instant_of(self.end, local)


@dataclass(frozen=True, slots=True)
class Readings:
    """All meanings of a phrase, most likely first; without any, `reason` says why.

    `ambiguous` tells that the words have more than one meaning, so somebody has to ask. Without it, several
    readings are all meant: Tuesday or Thursday; next week in the morning.
    """

    readings: tuple[Reading, ...] = ()
    reason: Reason | None = None
    ambiguous: bool = False

    @property
    def best(self) -> Reading | None:
        """The most likely reading."""
        return self.readings[0] if self.readings else None

    def spans(self, zone: str | ZoneInfo) -> tuple[tuple[datetime, datetime], ...]:
        """Return the span of each reading in UTC, see `Reading.span`."""
        return tuple(reading.span(zone) for reading in self.readings)


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant, UTC, at which the local clock reads a naive wall time or later.

    Of a time that the clock reads twice it is the second one where `fold` says so: in ten minutes, between both.
    """
    early, late = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return late if wall.fold else early
    while late - early > timedelta(seconds=1):  # skipped by a spring change, which lies between the two
        middle = early + (late - early) // 2
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            late = middle
        else:
            early = middle
    return late.replace(microsecond=0)


def is_skipped(wall: datetime, zone: ZoneInfo) -> bool:
    """Tell whether the local clock never reads a naive wall time."""
    there = wall.replace(tzinfo=zone).astimezone(UTC)
    return there.astimezone(zone).replace(tzinfo=None) != wall
