"""How long: three days, an hour and a half, a fortnight, 2.5 hours, a couple of weeks."""

from typing import NamedTuple

from app.phrases.rules.lexis.phrase import Tokens, remembering

MINUTES = {"unit-minute": 1, "unit-hour": 60}
DAYS = {"unit-day": 1, "unit-week": 7, "unit-fortnight": 14, "unit-workday": 1}
MONTHS = {"unit-month": 1, "unit-year": 12}
UNITS = {*MINUTES, *DAYS, *MONTHS}
SIZES = ("", "unit-minute", "unit-hour", "unit-workday", "unit-day", "unit-week", "unit-fortnight", *MONTHS)
"""From the smallest to the largest."""
MOST = 20_000
"""Of any unit; more is never meant."""


class Amount(NamedTuple):
    """A length of time; `unit` and `number` as they were said, for where they matter."""

    minutes: int = 0
    days: int = 0
    months: int = 0
    unit: str = ""

    @property
    def in_days(self) -> bool:
        """Whether it is counted in days or longer units."""
        return bool(self.days or self.months) and not self.minutes

    def with_more(self, other: "Amount") -> "Amount":
        """Return both together; with hours in it, all of it is minutes."""
        days, months = self.days + other.days, self.months + other.months
        if self.minutes or other.minutes:
            return Amount(self.minutes + other.minutes + (days + 30 * months) * 1440, unit=self.unit)
        return Amount(days=days, months=months, unit=self.unit)


Found = tuple[Amount, int] | None


@remembering
def amount(t: Tokens, i: int) -> Found:
    """Return an amount of time, one or two units."""
    found = _whole(t, i)
    if found is None:
        return None
    made, i = found
    more = _whole(t, i + 1) if t[i].kind == "and" else _whole(t, i) if t[i].kind == "number" else None
    if more and SIZES.index(more[0].unit) < SIZES.index(made.unit):
        return made.with_more(more[0]), more[1]
    return made, i


def _whole(t: Tokens, i: int) -> Found:
    if t[i].kind == "hm" and "h" in t[i].text:
        hours, minutes = t[i].values
        return Amount(minutes=hours * 60 + minutes, unit="unit-minute"), i + 1
    return _fraction(t, i) or _counted(t, i)


def _fraction(t: Tokens, i: int) -> Found:
    """Half an hour, a half hour, a quarter of an hour, three quarters of an hour."""
    count, j = (t[i].value, i + 1) if t[i].kind == "number" else (1, i + 1 if t[i].kind == "a" else i)
    if t[j].kind not in {"half", "quarter"}:
        return None
    part = (30 if t[j].kind == "half" else 15) * count
    j += 1
    while t[j].kind in {"a", "of", "the", "-"}:
        j += 1
    if t[j].kind == "unit-hour" and part < 60:
        return Amount(minutes=part, unit="unit-minute"), j + 1
    return None


def number(t: Tokens, i: int) -> tuple[float, int] | None:
    """Return how many, in words or digits, and halves."""
    if t[i].kind == "a" and t[i + 1].kind in {"couple", "few"}:
        i += 1
    kind = t[i].kind
    if kind in {"couple", "few"}:
        return (2 if kind == "couple" else 3), i + (2 if t[i + 1].kind == "of" else 1)
    if kind == "decimal":
        whole, part = t[i].text.replace(",", ".").split(".")[:2]
        return float(f"{whole[:6]}.{part[:4]}"), i + 1
    if kind == "a":
        return 1, i + 1
    return _whole_number(t, i) if kind == "number" and t[i].value <= MOST else None


def _whole_number(t: Tokens, i: int) -> tuple[float, int]:
    """Return a number, with its half; of four to six weeks the four, since it is from then on."""
    j = i + 1
    if t[j].kind in {"to", "-", "or"} and t[j + 1].kind == "number" and t[j + 2].kind in UNITS:
        return t[i].value, j + 2
    if t[j].kind == "and" and t[j + 1].kind == "a" and t[j + 2].kind == "half":
        return t[i].value + 0.5, j + 3
    if t[j].kind == "half" and t[j + 1].kind in UNITS:
        return t[i].value + 0.5, j + 1
    return t[i].value, j


def _counted(t: Tokens, i: int) -> Found:
    found = number(t, i)
    if found is None:
        return None
    count, j = found
    while t[j].kind == "of" or (t[j].kind == "a" and count < 1):
        j += 1
    unit = t[j].kind
    if t[j].text in {"working", "business"} and t[j + 1].kind == "unit-day":
        unit, j = "unit-workday", j + 1
    if unit not in UNITS or count > MOST:
        return None
    j += 1
    if t[j].kind == "and" and t[j + 1].kind == "a" and t[j + 2].kind in {"half", "quarter"}:
        count, j = count + (0.5 if t[j + 2].kind == "half" else 0.25), j + 3
    if t[j].kind == "or" and t[j + 1].kind in {"number", "few"} and t[j + 2].kind in {"from", "time", "here"}:
        j += 2  # a week or two from now
    length = sized(count, unit)
    return (length, j) if length.minutes or length.days or length.months else None


def sized(count: float, unit: str) -> Amount:
    """Return so many of a unit."""
    if unit in MONTHS:
        months = count * MONTHS[unit]
        return Amount(months=int(months), days=15 if months % 1 else 0, unit=unit)
    if unit in DAYS:
        return Amount(days=int(count * DAYS[unit]), unit=unit)
    return Amount(minutes=int(count * MINUTES[unit]), unit=unit)
