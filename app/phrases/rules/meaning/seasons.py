"""Quarters of a year, seasons, and weeks by their number."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from app.phrases.rules.meaning.context import DAY, LAST_YEAR, Context, Span, Unreadable, later
from app.phrases.rules.readings import Reason

FIRST_DAYS = ((3, 20), (6, 21), (9, 23), (12, 21))
"""Of spring, summer, autumn and winter in the north, as calendars print them: equinoxes and solstices."""
SOUTHERN = frozenset({"AU", "NZ", "ZA", "AR", "CL", "UY", "PY", "BW", "NA", "ZW"})


@dataclass(frozen=True, slots=True)
class Season:
    """A season; spring is 0, None any. Without a year the first that is not over, or so many seasons later."""

    number: int | None
    year: int | None = None
    count: int = 0

    def spans(self, context: Context) -> list[Span]:
        """Return its days."""
        half_a_year = 2 if context.region in SOUTHERN else 0
        years = range(_checked(self.year or context.today.year) - 1, (self.year or context.today.year) + 3)
        starts = [(year, place) for year in years for place in range(4)]
        found: list[Span] = []
        for (year, place), (following, place_after) in pairwise(starts):
            first, end = date(year, *FIRST_DAYS[place]), date(following, *FIRST_DAYS[place_after])
            fits = self.number in {None, (place + half_a_year) % 4}
            if fits and (year == self.year if self.year else end > context.today):
                found.append((first, end))
        running = found[0][0] <= context.today and not self.year
        return [found[self.count if running or self.number is None else max(self.count - 1, 0)]]


@dataclass(frozen=True, slots=True)
class Quarter:
    """Three months; by its number in a year, `years` counted from this one, or so many after the present quarter."""

    number: int | None = None
    year: int | None = None
    years: int | None = None
    count: int = 0

    def spans(self, context: Context) -> list[Span]:
        """Return its days."""
        today = context.today
        if self.number is None:
            return [_quarter(today.year, today.month - (today.month - 1) % 3, self.count)]
        if self.year is None and self.years is None:
            over = self.number * 3 < today.month
            return [_quarter(today.year + over, self.number * 3 - 2)]
        year = self.year if self.year is not None else today.year + (self.years or 0)
        return [_quarter(_checked(year), self.number * 3 - 2)]


def _quarter(year: int, month: int, count: int = 0) -> Span:
    first = later(3 * count, date(year, month, 1))
    return first, later(3, first)


@dataclass(frozen=True, slots=True)
class WeekNumber:
    """A week by its number (ISO 8601); without a year the next that is not over."""

    number: int
    year: int | None = None

    def spans(self, context: Context) -> list[Span]:
        """Return its days, Monday to Sunday."""
        this = context.today.isocalendar().year
        for year in (self.year,) if self.year is not None else (this, this + 1):
            try:
                monday = date.fromisocalendar(_checked(year), self.number, 1)
            except ValueError:
                continue
            if self.year is not None or monday + 7 * DAY > context.today:
                return [(monday, monday + 7 * DAY)]
        raise Unreadable(Reason.NO_SUCH_DATE)


def _checked(year: int) -> int:
    if not 1900 <= year <= LAST_YEAR:
        raise Unreadable(Reason.NO_SUCH_DATE)
    return year
