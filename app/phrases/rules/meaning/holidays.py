"""Holidays that people name instead of a date."""

from collections.abc import Callable, Mapping
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
    "ides of march": lambda year: date(year, 3, 15),
    "epiphany": lambda year: date(year, 1, 6),
    "burns night": lambda year: date(year, 1, 25),
    "australia day": lambda year: date(year, 1, 26),
    "st brigid's day": lambda year: date(year, 2, 1),
    "groundhog day": lambda year: date(year, 2, 2),
    "st david's day": lambda year: date(year, 3, 1),
    "women's day": lambda year: date(year, 3, 8),
    "april fools": lambda year: date(year, 4, 1),
    "earth day": lambda year: date(year, 4, 22),
    "st george's day": lambda year: date(year, 4, 23),
    "anzac day": lambda year: date(year, 4, 25),
    "flag day": lambda year: date(year, 6, 14),
    "canada day": lambda year: date(year, 7, 1),
    "grandparents day": lambda year: nth_weekday(year, 9, 0, 1) + 6 * DAY,
    "all saints": lambda year: date(year, 11, 1),
    "all souls": lambda year: date(year, 11, 2),
    "election day": lambda year: nth_weekday(year, 11, 0, 1) + DAY,
    "remembrance sunday": lambda year: nth_weekday(year, 11, 6, 2),
    "st andrew's day": lambda year: date(year, 11, 30),
    "cyber monday": lambda year: nth_weekday(year, 11, 3, 4) + 4 * DAY,
    "shrove tuesday": lambda year: easter(year) - 47 * DAY,
    "ash wednesday": lambda year: easter(year) - 46 * DAY,
    "palm sunday": lambda year: easter(year) - 7 * DAY,
    "maundy thursday": lambda year: easter(year) - 3 * DAY,
    "holy saturday": lambda year: easter(year) - DAY,
    "ascension day": lambda year: easter(year) + 39 * DAY,
    "pentecost": lambda year: easter(year) + 49 * DAY,
    "whit monday": lambda year: easter(year) + 50 * DAY,
    "christmas eve": lambda year: date(year, 12, 24),
    "christmas": lambda year: date(year, 12, 25),
    "boxing day": lambda year: date(year, 12, 26),
    "new year's eve": lambda year: date(year, 12, 31),
}


LENGTHENING = {
    "US": ("martin luther king day", "presidents day", "memorial day", "labor day", "columbus day"),
    "GB": ("good friday", "easter monday", "may bank holiday", "spring bank holiday", "august bank holiday"),
}
"""Holidays that lie beside a weekend, by region; elsewhere those of Great Britain."""
OTHER_DAYS_OFF = {
    "US": ("new year's day", "juneteenth", "independence day", "veterans day", "thanksgiving", "christmas"),
    "GB": ("new year's day", "christmas", "boxing day"),
}


def _days_off(names: Mapping[str, tuple[str, ...]], context: Context) -> list[date]:
    years = context.today.year, context.today.year + 1
    return sorted(HOLIDAYS[name](year) for year in years for name in names.get(context.region, names["GB"]))


@dataclass(frozen=True, slots=True)
class LongWeekend:
    """The next weekend that a day off before or after it lengthens."""

    def spans(self, context: Context) -> list[Span]:
        """Return the weekend with the days off beside it."""
        days_off = _days_off(LENGTHENING, context)
        beside = next(day for day in days_off if day >= context.today)
        saturday = beside + (5 - beside.weekday() if beside.weekday() else -2) * DAY
        return [
            (saturday - (saturday - DAY in days_off) * DAY, saturday + (2 + (saturday + 2 * DAY in days_off)) * DAY)
        ]


@dataclass(frozen=True, slots=True)
class Holiday:
    """A holiday; without a year the next one; `years` counts years from this one."""

    name: str
    year: int | None = None
    years: int | None = None

    def spans(self, context: Context) -> list[Span]:
        """Return its day."""
        if self.year is not None and not 1900 <= self.year <= LAST_YEAR:
            raise Unreadable(Reason.NO_SUCH_DATE)
        if self.name.startswith("bank holiday"):
            return one(self._day_off(context))
        this = context.today.year
        years = (this, this + 1) if self.year is None else (self.year,)
        years = years if self.years is None else (this + self.years,)
        name = "mothering sunday" if self.name == "mother's day" and context.region in {"GB", "IE"} else self.name
        days = [HOLIDAYS[name](year) for year in years]
        return one(next((day for day in days if day >= context.today), days[0]))

    def _day_off(self, context: Context) -> date:
        """Return the next day off of the region, or the next that is a Monday."""
        mondays = self.name.endswith("monday")
        days = [*_days_off(LENGTHENING, context), *_days_off(OTHER_DAYS_OFF, context)]
        return min(day for day in days if day >= context.today and (not mondays or day.weekday() == 0))
