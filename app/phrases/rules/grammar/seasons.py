"""Quarters, seasons and numbered weeks: next quarter, Q2 2027, this summer, in the spring, week 14."""

from app.phrases.rules.grammar.calendars import year_after
from app.phrases.rules.lexis.phrase import Tokens, remembering
from app.phrases.rules.meaning.context import Days
from app.phrases.rules.meaning.seasons import Quarter, Season, WeekNumber

Found = tuple[Days, int] | None

WHICH = {"this": 0, "next": 1, "coming": 1, "last": -1}
LEADING = {"the", "in", "of", "early", "late", "mid", "end", "begin", "for", "by", "before", "after", "until", "or"}
"""After one of these a season's name is surely one: spring, fall."""


@remembering
def season(t: Tokens, i: int) -> Found:
    """Return a quarter, a season or a numbered week."""
    return _quarter(t, i) or _season(t, i) or _week(t, i)


def _led(t: Tokens, i: int) -> tuple[int | None, int]:
    """Return how many ahead is meant, None where nobody said, and the place after it."""
    count = None
    while t[i].kind in {"the", "current", *WHICH}:
        count = WHICH.get(t[i].kind, 0 if t[i].kind == "current" else count)
        i += 1
    return count, i


def _quarter(t: Tokens, i: int) -> Found:
    year, k = year_after(t, i)
    count, j = _led(t, k)
    if t[j].kind == "quarter-number":
        return _of_year(t, t[j].value, year, j + 1)
    if t[j].kind == "ordinal" and t[j].value <= 4 and t[j + 1].kind == "quarter":
        timed = t[j + 2].kind in {"after", "to", "unit-hour"}
        return None if timed else _of_year(t, t[j].value, year, j + 2)
    plain = t[j].kind == "quarter" and (count is not None or (t[j - 1].kind == "the" and j > i))
    if plain and t[j + 1].kind not in {"after", "to", "number", "unit-hour", "of"}:
        return Quarter(count=count or 0), j + 1
    return None


def _of_year(t: Tokens, number: int, year: int | None, j: int) -> Found:
    if year is None:
        year, j = year_after(t, j)
    k = j
    while t[k].kind in {"of", "in", "the"}:
        k += 1
    if year is None and t[k].kind in {"this", "next"} and t[k + 1].kind == "unit-year":
        return Quarter(number, years=WHICH[t[k].kind]), k + 2
    return Quarter(number, year), j


def _season(t: Tokens, i: int) -> Found:
    count, j = _led(t, i)
    if t[j].kind == "unit-season" and count is not None:
        return Season(None, count=count) if count >= 0 else Season(None, 1900), j + 1
    if t[j].kind != "season":
        return None
    number = t[j].value
    year, k = year_after(t, j + 1)
    alone = j == 0 and not t[k].kind
    if count is None and year is None and not alone and not (j and t[j - 1].kind in LEADING):
        return None
    if count == -1:
        return Season(number, 1900), k  # the last one is over
    return Season(number, year, count or 0), k


def _week(t: Tokens, i: int) -> Found:
    """Week 14, wk 2 2027."""
    if t[i].kind != "unit-week" or (i and t[i - 1].kind not in {"in", "of", "for", "on", "during", "or"}):
        return None
    number = t[i + 1]
    timed = t[i + 2].kind in {"am", "pm", "oclock", "to", "ish", "hundred"} or t[i + 2].kind.startswith("unit")
    if number.kind != "number" or not number.text.isdecimal() or not 1 <= number.value <= 53 or timed:
        return None
    year, j = year_after(t, i + 2)
    return WeekNumber(number.value, year), j
