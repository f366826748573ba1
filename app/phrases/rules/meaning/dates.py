"""Single days as people name them."""

from dataclasses import dataclass
from datetime import date

from app.phrases.rules.meaning.context import (
    DAY,
    LAST_YEAR,
    Context,
    Days,
    Span,
    Unreadable,
    ahead,
    first_of,
    later,
    month_length,
    one,
    shifted,
)
from app.phrases.rules.meaning.periods import LATE, PartOf, Rolling
from app.phrases.rules.readings import Reason


@dataclass(frozen=True, slots=True)
class Relative:
    """Today and so many days later: today, tomorrow, yesterday."""

    days: int

    def spans(self, context: Context) -> list[Span]:
        """Return that day."""
        return one(shifted(context.today, self.days))


@dataclass(frozen=True, slots=True)
class Weekday:
    """A weekday, Monday is 0; `which` is empty, next, last, this week or after next.

    Alone it is the next such day after today. "Next" is that of the next week, or the nearer one
    if that is still to come this week.
    """

    day: int
    which: str = ""

    def spans(self, context: Context) -> list[Span]:
        """Return that day, and for "next" the nearer one."""
        coming = context.today + ((self.day - context.today.weekday() - 1) % 7 + 1) * DAY
        following = context.monday + (7 + self.day) * DAY
        if self.which == "last":
            raise Unreadable(Reason.PAST)
        if self.which == "this week":
            return one(context.monday + self.day * DAY)
        if self.which not in {"next", "after next"}:
            return one(coming)
        found = one(following) if coming == following else [*one(following), *one(coming)]
        return found if self.which == "next" else [(start + 7 * DAY, end + 7 * DAY) for start, end in found]


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day of a month; without a month or a year the next such date, `months` counts months from this one."""

    day: int
    month: int | None = None
    year: int | None = None
    months: int | None = None

    def spans(self, context: Context) -> list[Span]:
        """Return that date."""
        if not 1 <= self.day <= 31 or not 1 <= (self.month or 1) <= 12:
            raise Unreadable(Reason.NO_SUCH_DATE)
        if self.months is not None:
            first = later(self.months, context.today.replace(day=1))
            return self._dated(first.year, first.month)
        if self.year is not None:
            return self._dated(self.year, self.month or context.today.month)
        return self._next(context.today)

    def _dated(self, year: int, month: int) -> list[Span]:
        if year > LAST_YEAR:
            raise Unreadable(Reason.TOO_FAR)
        if year < 1 or self.day > month_length(year, month):
            raise Unreadable(Reason.NO_SUCH_DATE)
        return one(date(year, month, self.day))

    def _next(self, today: date) -> list[Span]:
        """Return the next such date, within a year."""
        for months in range(13):
            first = later(months, today.replace(day=1))
            fits = first.month == self.month if self.month else True
            if fits and self.day <= month_length(first.year, first.month) and first.replace(day=self.day) >= today:
                return one(first.replace(day=self.day))
        raise Unreadable(Reason.NO_SUCH_DATE)


@dataclass(frozen=True, slots=True)
class Moved:
    """Some days and months after another day: a week on Thursday, two days before Christmas."""

    days: int
    months: int
    of: Days

    def spans(self, context: Context) -> list[Span]:
        """Return the days that lie so far from the others."""
        return [
            span
            for start, _ in self.of.spans(context)
            for span in one(shifted(later(self.months, start) if self.months else start, self.days))
        ]


NEXT_DAY = Moved(1, 0, Relative(0))
"""The day after: after the day that was said before, else after today."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The weekday nearest to a day, which may be that day."""

    day: int
    of: Days

    def spans(self, context: Context) -> list[Span]:
        """Return that day."""
        day = first_of(self.of.spans(context))
        return one(day + ((self.day - day.weekday() + 3) % 7 - 3) * DAY)


@dataclass(frozen=True, slots=True)
class Beside:
    """The weekday next after another day, or last before it: the Tuesday after Easter; of a weekend two days."""

    day: int
    after: bool
    of: Days
    length: int = 1

    def spans(self, context: Context) -> list[Span]:
        """Return that day, or those."""
        start, end = self.of.spans(context)[0]
        if self.after:
            last = end - DAY
            found = last + ((self.day - last.weekday() - 1) % 7 + 1) * DAY
        else:
            found = start - ((start.weekday() - self.day - 1) % 7 + 1) * DAY
        return [(found, found + self.length * DAY)]


@dataclass(frozen=True, slots=True)
class Both:
    """Two names of one day, which have to agree: Friday the third of April; tomorrow, Thursday."""

    one: Days
    other: Days

    def spans(self, context: Context) -> list[Span]:
        """Return the day that both name; a weekday says only which day of the week it is."""
        named, other = (self.other, self.one) if isinstance(self.one, Weekday) else (self.one, self.other)
        found = named.spans(context)
        if isinstance(other, Weekday):
            fitting = [(start, end) for start, end in found if start.weekday() == other.day]
        else:
            days = {start for start, _ in other.spans(context)}
            fitting = [(start, end) for start, end in found if start in days]
        if not fitting:
            ahead(found, context)  # what is past is told first
            raise Unreadable(Reason.WEEKDAY_AND_DATE_DISAGREE)
        return fitting


@dataclass(frozen=True, slots=True)
class Within:
    """A weekday of a longer stretch: Friday next week."""

    day: int
    of: Days

    def spans(self, context: Context) -> list[Span]:
        """Return the first such day of each stretch."""
        found = []
        for start, end in self.of.spans(context):
            day = start + (self.day - start.weekday()) % 7 * DAY
            if day < end:
                found += one(day)
        if not found:
            raise Unreadable(Reason.PAST)
        return found


@dataclass(frozen=True, slots=True)
class Through:
    """From one day to another, both included; a weekday at the end is the first one from the start on."""

    first: Days
    last: Days

    def spans(self, context: Context) -> list[Span]:
        """Return the days from the first to the last."""
        start = first_of(self.first.spans(context))
        if isinstance(self.last, Weekday):
            return [(start, start + ((self.last.day - start.weekday()) % 7 + 1) * DAY)]
        end = self.last.spans(context)[0][1]
        if end <= start:
            raise Unreadable(Reason.NO_SUCH_DATE)
        return [(start, end)]


@dataclass(frozen=True, slots=True)
class Since:
    """From a day on, or only after it; open ends are a week long."""

    of: Days
    after: bool = False

    def spans(self, context: Context) -> list[Span]:
        """Return a week of days."""
        start, end = self.of.spans(context)[0]
        start = end if self.after else start
        return [(start, start + 7 * DAY)]


@dataclass(frozen=True, slots=True)
class Until:
    """From today to a day, or only before it."""

    of: Days
    inclusive: bool = True

    def spans(self, context: Context) -> list[Span]:
        """Return the days that are left until then."""
        start, end = self.of.spans(context)[0]
        end = end if self.inclusive or _is_end(self.of) else start
        if end <= context.today:
            raise Unreadable(Reason.PAST)
        return [(context.today, end)]


def _is_end(days: Days) -> bool:
    """Tell whether days are the end of something, before which is before its last day is over."""
    part = days.present if isinstance(days, Rolling) else days
    return isinstance(part, PartOf) and part.part == LATE


@dataclass(frozen=True, slots=True)
class Cut:
    """What two stretches have in common: next week from Wednesday on."""

    one: Days
    other: Days

    def spans(self, context: Context) -> list[Span]:
        """Return the days that are in both."""
        start, end = self.one.spans(context)[0]
        first, last = self.other.spans(context)[0]
        if max(start, first) >= min(end, last):
            raise Unreadable(Reason.NO_SUCH_DATE)
        return [(max(start, first), min(end, last))]


@dataclass(frozen=True, slots=True)
class Coming:
    """The next so many days and months, from tomorrow on, or from today on."""

    days: int
    months: int
    from_today: bool

    def spans(self, context: Context) -> list[Span]:
        """Return those days."""
        first = context.today if self.from_today else context.today + DAY
        last = shifted(context.today, self.days)
        return [(first, (later(self.months, last) if self.months else last) + DAY)]
