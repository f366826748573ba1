"""Holidays that people name instead of a date."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.phrases.rules.meaning.context import DAY, LAST_YEAR, Context, Span, Unreadable, one
from app.phrases.rules.readings import Reason


def easter(year: int) -> date:
    """Return Easter Sunday of a year (anonymous Gregorian computus, Meeus 1991)."""
    golden, century, of_century = year % 19, year // 100, year % 100
    leap_centuries, century_rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - leap_centuries - correction + 15) % 30
    leaps, rest = divmod(of_century, 4)
    weekday = (32 + 2 * century_rest + 2 * leaps - moon - rest) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """Return the nth weekday of a month, Monday is 0."""
    first = date(year, month, 1)
    return first + ((weekday - first.weekday()) % 7 + (nth - 1) * 7) * DAY


def last_monday(year: int, month: int) -> date:
    """Return the last Monday of a month that has 31 days."""
    last = date(year, month, 31)
    return last - last.weekday() * DAY


HOLIDAYS: dict[str, Callable[[int], date]] = {
    "new year's day": lambda year: date(year, 1, 1),
    "valentine's day": lambda year: date(year, 2, 14),
    "st patrick's day": lambda year: date(year, 3, 17),
    "martin luther king day": lambda year: nth_weekday(year, 1, 0, 3),
    "presidents day": lambda year: nth_weekday(year, 2, 0, 3),
    "cinco de mayo": lambda year: date(year, 5, 5),
    "mother's day": lambda year: nth_weekday(year, 5, 6, 2),
    "mothering sunday": lambda year: easter(year) - 21 * DAY,
    "father's day": lambda year: nth_weekday(year, 6, 6, 3),
    "juneteenth": lambda year: date(year, 6, 19),
    "columbus day": lambda year: nth_weekday(year, 10, 0, 2),
    "good friday": lambda year: easter(year) - 2 * DAY,
    "easter": easter,
    "easter monday": lambda year: easter(year) + DAY,
    "may day": lambda year: date(year, 5, 1),
    "may bank holiday": lambda year: nth_weekday(year, 5, 0, 1),
    "spring bank holiday": lambda year: last_monday(year, 5),
    "august bank holiday": lambda year: last_monday(year, 8),
    "memorial day": lambda year: last_monday(year, 5),
    "independence day": lambda year: date(year, 7, 4),
    "labor day": lambda year: nth_weekday(year, 9, 0, 1),
    "halloween": lambda year: date(year, 10, 31),
    "bonfire night": lambda year: date(year, 11, 5),
    "veterans day": lambda year: date(year, 11, 11),
    "thanksgiving": lambda year: nth_weekday(year, 11, 3, 4),
    "black friday": lambda year: nth_weekday(year, 11, 3, 4) + DAY,
    "christmas eve": lambda year: date(year, 12, 24),
    "christmas": lambda year: date(year, 12, 25),
    "boxing day": lambda year: date(year, 12, 26),
    "new year's eve": lambda year: date(year, 12, 31),
}


@dataclass(frozen=True, slots=True)
class Holiday:
    """A holiday; without a year the next one."""

    name: str
    year: int | None = None

    def spans(self, context: Context) -> list[Span]:
        """Return its day."""
        if self.year is not None and not 1900 <= self.year <= LAST_YEAR:
            raise Unreadable(Reason.NO_SUCH_DATE)
        years = (context.today.year, context.today.year + 1) if self.year is None else (self.year,)
        name = "mothering sunday" if self.name == "mother's day" and context.region in {"GB", "IE"} else self.name
        days = [HOLIDAYS[name](year) for year in years]
        return one(next((day for day in days if day >= context.today), days[0]))
