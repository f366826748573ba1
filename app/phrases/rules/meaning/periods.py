"""Weeks, weekends, months and years, parts of them, and the nth day or week in them."""

from dataclasses import dataclass
from datetime import date

from app.phrases.rules.meaning.context import DAY, Context, Days, Span, Unreadable, ahead, first_of, later, shifted
from app.phrases.rules.readings import Reason


@dataclass(frozen=True, slots=True)
class Period:
    """A week, weekend, five working days, month or year, so many after the present one.

    Next weekend is that of the next week, or the nearer one if that is still to come.
    """

    unit: str
    count: int = 0

    def spans(self, context: Context) -> list[Span]:
        """Return the days of the whole period, also those that are past."""
        if self.unit == "month":
            first = later(self.count, context.today.replace(day=1))
            return [(first, later(1, first))]
        if self.unit == "year":
            first = later(self.count * 12, date(context.today.year, 1, 1))
            return [(first, later(12, first))]
        monday = shifted(context.monday, 7 * self.count)
        if self.unit == "weekend":
            spans = [(monday + 5 * DAY, monday + 7 * DAY)]
            nearer = context.monday + 5 * DAY
            return [*spans, (nearer, nearer + 2 * DAY)] if self.count == 1 and nearer > context.today else spans
        return [(monday, monday + (5 if self.unit == "workday" else 7) * DAY)]


@dataclass(frozen=True, slots=True)
class Month:
    """A month by its name; without a year the next one that is not over, or with `following` the next to begin."""

    month: int
    year: int | None = None
    following: bool = False

    def spans(self, context: Context) -> list[Span]:
        """Return its days."""
        year = self.year
        if year is None:
            over = self.month < context.today.month or (self.following and self.month == context.today.month)
            year = context.today.year + over
        if not 1 <= year <= 9000:
            raise Unreadable(Reason.NO_SUCH_DATE)
        first = date(year, self.month, 1)
        return [(first, later(1, first))]


@dataclass(frozen=True, slots=True)
class Year:
    """A year by its number."""

    year: int

    def spans(self, context: Context) -> list[Span]:
        """Return its days."""
        first = date(self.year, 1, 1)
        return [(first, later(12, first))]


EARLY, MID, LATE, REST, LATER = "early", "mid", "late", "rest", "later"
FIRST_HALF, SECOND_HALF = "first half", "second half"
IN_A_WEEK = {EARLY: (0, 2), MID: (2, 3), LATE: (3, 5), FIRST_HALF: (0, 3), SECOND_HALF: (3, 5)}
IN_A_WEEKEND = {EARLY: (0, 1), MID: (0, 2), LATE: (1, 2), FIRST_HALF: (0, 1), SECOND_HALF: (1, 2)}
IN_A_MONTH = {EARLY: (0, 10), MID: (10, 20), LATE: (20, 31), FIRST_HALF: (0, 14), SECOND_HALF: (14, 31)}
IN_A_YEAR = {EARLY: (0, 4), MID: (4, 8), LATE: (8, 12), FIRST_HALF: (0, 6), SECOND_HALF: (6, 12)}


@dataclass(frozen=True, slots=True)
class PartOf:
    """A part of a period. Early in a week is Monday and Tuesday, the middle Wednesday, the end Thursday and Friday.

    Of a month or a year, thirds: up to the 10th, the 20th, and the rest; up to April, August, and the rest. The first
    half of a week is Monday to Wednesday, that of a month two weeks.
    """

    part: str
    of: Days

    def spans(self, context: Context) -> list[Span]:
        """Return the days of that part."""
        parts = [self._part(start, end, context) for start, end in self.of.spans(context)]
        if all(start >= end for start, end in parts):
            raise Unreadable(Reason.PAST if self.part in {REST, LATER} else Reason.NO_SUCH_DATE)
        return [(start, end) for start, end in parts if start < end]

    def _part(self, start: date, end: date, context: Context) -> Span:
        length = (end - start).days
        if self.part in {REST, LATER}:
            return self._rest(start, end, context)
        if length <= 7:
            first, last = (IN_A_WEEKEND if length == 2 else IN_A_WEEK)[self.part]
            return start + first * DAY, start + last * DAY
        if 31 < length < 100:
            return self._of_months(start, end)
        if length > 31:
            first, last = IN_A_YEAR[self.part]
            return later(first, start), later(last, start)
        first, last = IN_A_MONTH[self.part]
        return start + first * DAY, min(start + last * DAY, end)

    def _of_months(self, start: date, end: date) -> Span:
        """Return a part of a quarter or a season: one month of three, or half of its days."""
        half = start + (end - start) // 2
        parts = {
            EARLY: (start, later(1, start)),
            MID: (later(1, start), later(2, start)),
            LATE: (later(2, start), end),
            FIRST_HALF: (start, half),
        }
        return parts.get(self.part, (half, end))

    def _rest(self, start: date, end: date, context: Context) -> Span:
        """Return what is still to come of it; later this week is from tomorrow on, later next week its end."""
        if self.part == LATER and start > context.today:
            return self._late(start, end, context)
        first = context.today + DAY if self.part == LATER else context.today
        return max(start, first), end

    def _late(self, start: date, end: date, context: Context) -> Span:
        return PartOf(LATE, self.of)._part(start, end, context)


@dataclass(frozen=True, slots=True)
class Nth:
    """The nth weekday, day, week or weekend of a period; -1 is the last, -2 that before. `weekday` counts from 0."""

    nth: int
    of: Days
    weekday: int | None = None
    unit: str = "day"

    def spans(self, context: Context) -> list[Span]:
        """Return that day or week."""
        start, end = self.of.spans(context)[0]
        if self.unit == "week":
            return [self._week(start, end)]
        if self.unit == "workday":
            return [self._working_day(start, end)]
        step, weekday = (7, 5) if self.unit == "weekend" else (7 if self.weekday is not None else 1, self.weekday)
        first = start if weekday is None else start + (weekday - start.weekday()) % 7 * DAY
        count = ((end - first).days + step - 1) // step
        number = count + 1 + self.nth if self.nth < 0 else self.nth
        if not 1 <= number <= count:
            raise Unreadable(Reason.NO_SUCH_DATE)
        found = first + (number - 1) * step * DAY
        return [(found, found + (2 if self.unit == "weekend" else 1) * DAY)]

    def _working_day(self, start: date, end: date) -> Span:
        """Return the nth day from Monday to Friday."""
        days = [start + number * DAY for number in range((end - start).days) if (start + number * DAY).weekday() < 5]
        if self.nth > len(days):
            raise Unreadable(Reason.NO_SUCH_DATE)
        found = days[self.nth if self.nth < 0 else self.nth - 1]
        return found, found + DAY

    def _week(self, start: date, end: date) -> Span:
        """Return a week of a month: seven days each, counted from its first day or back from its last."""
        first = end - 7 * DAY if self.nth < 0 else start + (self.nth - 1) * 7 * DAY
        if not start <= first < end:
            raise Unreadable(Reason.NO_SUCH_DATE)
        return first, min(first + 7 * DAY, end)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The first or last so many days of a period."""

    days: int
    of: Days
    last: bool = False

    def spans(self, context: Context) -> list[Span]:
        """Return those days."""
        start, end = self.of.spans(context)[0]
        length = min(self.days, (end - start).days) * DAY
        return [(end - length, end) if self.last else (start, start + length)]


@dataclass(frozen=True, slots=True)
class WeekOf:
    """The week, Monday to Sunday, that holds a day, or so many weeks later; or the weekend that goes with a day.

    `lengthened` tells that a Friday or Monday beside the weekend belongs to it: Labor Day weekend.
    """

    of: Days
    count: int = 0
    unit: str = "week"
    lengthened: bool = False

    def spans(self, context: Context) -> list[Span]:
        """Return its days."""
        day = first_of(self.of.spans(context))
        if self.unit == "weekend":
            inside = isinstance(self.of, Period) or day.weekday()  # that of a Monday is before it
            saturday = day + (5 - day.weekday() if inside else -2) * DAY
            before, after = (day == saturday - DAY, day == saturday + 2 * DAY) if self.lengthened else (0, 0)
            return [(saturday - before * DAY, saturday + (2 + after) * DAY)]
        monday = day + (7 * self.count - day.weekday()) * DAY
        return [(monday, monday + 7 * DAY)]


FOLLOWING_WEEK = WeekOf(Period("week"), 1)
"""The week after: after the day or week that was said before, else after this one."""


@dataclass(frozen=True, slots=True)
class Rolling:
    """A part of the present period, or of the next one once the present one's is past: the end of the week."""

    present: Days
    following: Days

    def spans(self, context: Context) -> list[Span]:
        """Return the first of both that is not past."""
        try:
            return ahead(self.present.spans(context), context)
        except Unreadable:
            return self.following.spans(context)
