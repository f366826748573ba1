"""Dates by their numbers: the 24th, April 2nd, 2 April 2026, 03/04, 2026-04-03, the 8th of next month."""

from dataclasses import dataclass, replace

from app.phrases.rules.lexis.phrase import Tokens, remembering
from app.phrases.rules.meaning.context import Context, Days, Span
from app.phrases.rules.meaning.dates import MonthDay

Found = tuple[Days, int] | None

COUNTED = {
    *("one", "option", "slot", "choice", "appointment", "available", "possible", "opening", "session", "visit"),
    *("half", "part", "time"),
}
"""After an ordinal these say that it counts something else than days: the first one."""


@dataclass(frozen=True, slots=True)
class Numeric:
    """Two or three numbers of a date as written, the year first or last; the region says which is the month."""

    numbers: tuple[int, ...]

    def spans(self, context: Context) -> list[Span]:
        """Return that date; where the usual order makes no date, the other one does."""
        if len(self.numbers) == 3 and self.numbers[0] > 31:
            year, month, day = self.numbers
            return MonthDay(day, month, year).spans(context)
        first, second = self.numbers[:2]
        year_said = full_year(self.numbers[2]) if len(self.numbers) > 2 else None
        month, day = (first, second) if context.month_first else (second, first)
        if month > 12 and day <= 12:
            month, day = day, month
        return MonthDay(day, month, year_said).spans(context)


def full_year(year: int) -> int:
    """Return a year of four digits for one of two."""
    return 2000 + year if year < 100 else year


def numeric(t: Tokens, i: int) -> Found:
    """Return a date in numbers."""
    if t[i].kind == "date":
        return Numeric(t[i].values), i + 1
    return None


@remembering
def day_of_month(t: Tokens, i: int) -> Found:
    """Return a day by its number, with or without its month and year."""
    return _month_first(t, i) or _day_first(t, i)


def _day(t: Tokens, i: int) -> int | None:
    """Return the number of a day, where there is one."""
    if t[i].kind == "ordinal" or (t[i].kind == "number" and 1 <= t[i].value <= 31 and len(t[i].text) <= 2):
        return t[i].value
    return t[i].value if t[i].kind == "number" and t[i].text.isalpha() and 1 <= t[i].value <= 31 else None


def _month_first(t: Tokens, i: int) -> Found:
    """March 24, March the 24th 2026, 2026 March 24."""
    year_before, k = year_after(t, i) if t[i].kind == "number" else (None, i)
    if year_before and t[k].kind == "month":
        found = _month_first(t, k)
        return (replace(found[0], year=year_before), found[1]) if found and isinstance(found[0], MonthDay) else None
    if t[i].kind != "month":
        return None
    month, j = t[i].value, i + 1
    while t[j].kind in {"the", ",", "on"} or (t[j].kind == "-" and t[j].glued):
        j += 1
    day = _day(t, j)
    if day is None or (t[j].kind == "number" and _is_time(t, j)):
        return None
    year, j = year_after(t, j + 1)
    return MonthDay(day, month, year), j


def _is_time(t: Tokens, j: int) -> bool:
    """Tell whether a number begins a time: March 3pm, April 10 o'clock."""
    after = t[j + 1]
    return after.kind in {"am", "pm", "oclock"} or (after.glued and after.text in {"a", "p"})


def _day_first(t: Tokens, i: int) -> Found:
    """24 March, the 24th of March, the 24th, the 8th of next month."""
    said = i
    while t[i].kind == "the":
        i += 1
    day = _day(t, i)
    if day is None:
        return None
    j = i + 1
    while t[j].kind in {"of", "in", "-", ",", "the"}:
        j += 1
    if t[j].kind == "month" and not (t[j].text == "may" and t[j + 1].text in {"i", "we", "you"}):
        month = t[j].value
        if t[j - 1].kind == t[j + 1].kind == "-" and t[j + 2].glued and len(t[j + 2].text) == 2:
            return MonthDay(day, month, full_year(t[j + 2].value)), j + 3  # 31-Aug-26
        year, j = year_after(t, j + 1)
        return MonthDay(day, month, year), j
    relative = _relative_month(t, i + 1)
    if relative:
        return MonthDay(day, months=relative[0]), relative[1]
    return (MonthDay(day), i + 1) if _is_day_alone(t, said, i) else None


def _relative_month(t: Tokens, j: int) -> tuple[int | None, int] | None:
    """Of the month, this month, next month, the month after next."""
    while t[j].kind in {"of", "in", "the"}:
        j += 1
    if t[j].kind == "unit-month":
        if t[j + 1].kind == "after" and t[j + 2].kind == "next":
            return 2, j + 3
        return (None, j + 1) if t[j - 1].kind == "the" else None
    if t[j].kind in {"this", "next", "coming", "after"} and t[j + 1].kind == "unit-month":
        return (0 if t[j].kind == "this" else 1), j + 2
    return None


def _is_day_alone(t: Tokens, said: int, i: int) -> bool:
    """Tell whether a number without a month is a day: an ordinal, or a number after "the"."""
    after = t[i + 1]
    if after.text in COUNTED or after.kind in {"weekday", "thing", "month"} or after.kind.startswith("unit"):
        return False
    leads = i > said or (i > 0 and t[i - 1].kind in {"the", "on", "weekday", "or", "and", "-", "to", ","})
    if t[i].kind == "ordinal":
        return leads or not t[i].text.isalpha() or i == 0
    return i > said and not _is_time(t, i) and after.kind not in {"hm", "ish", "to", "after"}


def year_after(t: Tokens, j: int) -> tuple[int | None, int]:
    """Return the year that is said here, if one is, and the place after it."""
    k = j
    while t[k].kind in {",", "of", "in"} or (t[k].kind == "-" and t[k].glued):
        k += 1
    if t[k].kind == "number" and t[k].text.isdecimal() and len(t[k].text) == 4 and 1900 <= t[k].value <= 2199:
        return t[k].value, k + 1
    if t[k].kind == "number" and t[k].value == 20 and t[k + 1].kind == "number" and 20 <= t[k + 1].value <= 59:
        return 2000 + t[k + 1].value, k + 2  # twenty twenty six
    return None, j
