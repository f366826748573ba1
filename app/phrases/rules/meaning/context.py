"""Who asks, when and where: what a phrase is understood by."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from app.phrases.rules.readings import Opening, Reason

Span = tuple[date, date]
"""Days, the last one exclusive."""

DAY = timedelta(days=1)
FARTHEST_YEARS = 10
MONTH_FIRST = frozenset({"US", "PR", "GU", "VI", "AS", "MP", "PH", "FM", "PW", "MH"})
"""Regions that write the month before the day (CLDR, short dates of English)."""
LAST_YEAR = 9990
"""Dates beyond are never computed, so no arithmetic on dates can leave the calendar."""


class Unreadable(Exception):
    """There is no reading, for this reason. Never leaves the rules."""

    def __init__(self, reason: Reason):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Context:
    """`now` is the local wall time, naive, in whole minutes, of `instant`; `region` a country, two capitals."""

    now: datetime
    instant: datetime
    zone: ZoneInfo
    region: str
    opening: Opening | None

    @property
    def month_first(self) -> bool:
        """Whether dates in numbers begin with the month here."""
        return self.region in MONTH_FIRST

    @property
    def today(self) -> date:
        """The local date."""
        return self.now.date()

    @property
    def monday(self) -> date:
        """The first day of this week."""
        return self.today - self.today.weekday() * DAY


class Days(Protocol):
    """What says which days are meant."""

    def spans(self, context: Context) -> list[Span]:
        """Return the spans of days that are meant, most likely first; raise `Unreadable` where there is none."""
        ...


def one(day: date) -> list[Span]:
    """Return a single day as spans."""
    return [(day, day + DAY)]


def first_of(spans: list[Span]) -> date:
    """Return the first day of the likeliest span."""
    return spans[0][0]


def later(months: int, day: date) -> date:
    """Return the day so many months later, the last of its month where the month is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= LAST_YEAR:
        raise Unreadable(Reason.TOO_FAR if months > 0 else Reason.PAST)
    return date(year, month + 1, min(day.day, month_length(year, month + 1)))


def month_length(year: int, month: int) -> int:
    """Return the number of days of a month."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - DAY).day


def shifted(day: date, days: int) -> date:
    """Return the day so many days later, within the calendar."""
    if abs(days) > 366 * FARTHEST_YEARS:
        raise Unreadable(Reason.TOO_FAR if days > 0 else Reason.PAST)
    return day + days * DAY


def ahead(spans: list[Span], context: Context) -> list[Span]:
    """Return what is left of spans from today on; raise `Unreadable` where all is past."""
    left = [(max(start, context.today), end) for start, end in spans if end > context.today]
    if not left:
        raise Unreadable(Reason.PAST)
    return left
