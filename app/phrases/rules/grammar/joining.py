"""Two things said of one day or one time: what they are together, or None where they do not belong together."""

from dataclasses import replace

from app.phrases.rules.grammar.calendars import Numeric
from app.phrases.rules.meaning.context import Days
from app.phrases.rules.meaning.dates import (
    NEXT_DAY,
    Beside,
    Both,
    Cut,
    MonthDay,
    Moved,
    Relative,
    Since,
    Through,
    Until,
    Weekday,
    Within,
)
from app.phrases.rules.meaning.holidays import Holiday
from app.phrases.rules.meaning.periods import FOLLOWING_WEEK, Month, Nth, PartOf, Period, Rolling, WeekOf
from app.phrases.rules.meaning.times import NOON, After, Before, Between, Clock, Part, Time, beside

SINGLE = (MonthDay, Numeric, Relative, Moved, Holiday, Nth, Both, Beside, Within)
LONGER = (Period, PartOf, WeekOf, Month)


def day_of_both(first: Days, second: Days) -> Days | None:
    """Return the days that both say: Friday and next week, Friday and the 3rd, tomorrow and Thursday."""
    if first == second:
        return first
    return _of_both(first, second) or _of_both(second, first)


def _of_both(one: Days, other: Days) -> Days | None:
    if isinstance(other, LONGER):
        within = _in_stretch(one, other)
        if within:
            return within
    if isinstance(one, MonthDay) and one.month is None and one.months is None:
        dated = _in_month(one, other)
        if dated:
            return dated
    if isinstance(one, Weekday | Relative) and isinstance(other, SINGLE):
        return Both(one, other)
    return _part_of(one, other)


def _in_stretch(one: Days, stretch: Days) -> Days | None:
    """Return days within a longer stretch: Friday next week, next week from Wednesday on."""
    if isinstance(one, Weekday):
        return Within(one.day, stretch)
    if isinstance(one, Through) and isinstance(one.first, Weekday):
        return Through(Within(one.first.day, stretch), one.last)
    if isinstance(one, Since | Until):
        return Cut(replace(one, of=Within(one.of.day, stretch)) if isinstance(one.of, Weekday) else one, stretch)
    return None


def _part_of(one: Days, other: Days) -> Days | None:
    """Return the part of a period that is named apart from it: the middle of the week, next week."""
    part = one.present if isinstance(one, Rolling) else one
    if isinstance(part, PartOf) and isinstance(other, Month | Period) and isinstance(part.of, Month | Period):
        return replace(part, of=other)
    return None


def _in_month(day: MonthDay, other: Days) -> Days | None:
    if isinstance(other, Month):
        return replace(day, month=other.month, year=other.year)
    if isinstance(other, Period) and other.unit == "month":
        return replace(day, months=other.count)
    return None


def shared_days(days: Days, other: Days, *, later_said: bool) -> Days:
    """Return days with what another entry says for both: its week, its month. `later_said` tells that it came after."""
    if not later_said and days in (NEXT_DAY, FOLLOWING_WEEK):
        return Moved(1, 0, other) if days == NEXT_DAY else WeekOf(other, 1)
    if isinstance(days, Weekday) and not days.which:
        if isinstance(other, Within):
            return Within(days.day, other.of)
        if isinstance(other, Weekday) and other.which == "next" and not later_said:
            return replace(days, which="next")
    if isinstance(days, MonthDay) and isinstance(other, MonthDay) and days.month is None and days.months is None:
        if not later_said and days.day <= other.day:
            return days
        return replace(days, month=other.month, year=other.year, months=other.months)
    return days


def time_of_both(first: Time, second: Time) -> Time | None:
    """Return the time that both say: morning and nine o'clock, after three and before five."""
    if first == second:
        return first
    if isinstance(first, Part) and isinstance(second, Part):
        return _narrower(first, second)
    for one, other in ((first, second), (second, first)):
        if isinstance(one, Part) and not isinstance(other, Part):
            return _in_part(other, one)
        if isinstance(one, After) and isinstance(other, Before):
            return Between(one.of, other.of)
        if isinstance(one, Clock) and isinstance(other, Clock) and one.sure == 1 and other.sure > 1:
            return other
    return None


def _narrower(first: Part, second: Part) -> Part | None:
    short, long = sorted((first, second), key=lambda part: part.end - part.start)
    return short if long.start <= short.start and short.end <= long.end else None


def _in_part(time: Time, part: Part) -> Time:
    if isinstance(time, Clock):
        return beside(time, part)
    if isinstance(time, Between):
        return replace(time, last=beside(time.last, part)) if not time.first.half else time
    if isinstance(time, After):
        after = replace(time, of=beside(time.of, part))
        ends = part.start <= _hour(after.of) * 60 < part.end <= NOON  # when an afternoon ends nobody knows
        return Between(after.of, Clock(part.end // 60, half="24", sure=3)) if ends else after
    if isinstance(time, Before):
        before = replace(time, of=beside(time.of, part))
        begins = 0 < part.start < _hour(before.of) * 60 <= part.end
        return Between(Clock(part.start // 60, half="24", sure=3), before.of) if begins else before
    return time


def _hour(clock: Clock) -> int:
    """Return the hour of a clock whose half is known, of 24."""
    return clock.hour % 12 + 12 * (clock.half == "pm") if clock.half in {"am", "pm"} else clock.hour
