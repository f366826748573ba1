"""Weeks, weekends and months: next week, the end of the month, mid April, the first Monday in May, w/c 6 April."""

from app.phrases.rules.grammar.amounts import amount
from app.phrases.rules.grammar.calendars import day_of_month, numeric, year_after
from app.phrases.rules.grammar.holidays import holiday
from app.phrases.rules.grammar.seasons import season
from app.phrases.rules.lexis.phrase import Tokens, remembering
from app.phrases.rules.meaning.context import Days
from app.phrases.rules.meaning.dates import Weekday
from app.phrases.rules.meaning.periods import (
    EARLY,
    FIRST_HALF,
    FOLLOWING_WEEK,
    LATE,
    LATER,
    MID,
    REST,
    SECOND_HALF,
    Month,
    Nth,
    PartOf,
    Period,
    Rolling,
    Stretch,
    WeekOf,
    Year,
)

Found = tuple[Days, int] | None

UNITS = {
    "unit-week": "week",
    "unit-weekend": "weekend",
    "unit-month": "month",
    "unit-year": "year",
    "unit-workday": "workday",
}
WHICH = {"this": 0, "next": 1, "after": 1, "last": -1, "coming": 1}
ENDS = {"eow": "week", "eom": "month", "eoy": "year"}
SHORT = {"weekend", "workday"}
"""What may be named without a word before it: weekend, weekdays."""
OTHERWISE = {"may", "march", "mar", "sep", "dec", "april", "june", "jan", "august"}
"""Names of months that are also words or people's names: April may come."""
TEMPERS = {"early": EARLY, "begin": EARLY, "mid": MID, "end": LATE, "late": LATE, "later": LATER, "rest": REST}
WITHIN = {"in", "of", "the", "on", "-", "for"}


@remembering
def period(t: Tokens, i: int) -> Found:
    """Return a longer stretch of days, or the nth of something in it."""
    return _nth(t, i) or _part(t, i) or _week_of(t, i) or season(t, i) or _plain(t, i) or _month(t, i) or _year(t, i)


@remembering
def _plain(t: Tokens, i: int) -> Found:
    """This week, next month, the week after next, the weekend."""
    j = i
    while t[j].kind in {"the", *WHICH} and t[j].text != "past":
        j += 1
    unit = UNITS.get(t[j].kind)
    if unit is None or (j == i and t[j + 1].text == "end"):
        return _short(t, i)
    said = [token.kind for token in t[i:j] if token.kind != "the"]
    count = 0 if said[-1:] == ["coming"] and unit == "weekend" else WHICH.get(said[-1], 0) if said else 0
    return _with_after(t, j + 1, Period(unit, count), named=bool(said) or t[j - 1].kind == "the" or unit in SHORT)


def _with_after(t: Tokens, j: int, found: Period, *, named: bool) -> Found:
    """Return a period with what is said to come before it: the week after next, the week after."""
    if t[j].kind == "between":
        return None  # the week between Christmas and New Year
    if t[j].text == "after":
        more = _after(t, j + 1)
        if more and found.unit == "weekend" and more[0] == 1:
            return WeekOf(Period("week", 1), unit="weekend"), more[1]
        if more:
            return Period(found.unit, more[0]), more[1]
        if t[j - 2].kind == "the" and t[j + 1].kind in {"", "word", ",", "on", "in"}:
            return FOLLOWING_WEEK if found.unit == "week" else Period(found.unit, 1), j + 1
    return (found, j) if named else None


def _after(t: Tokens, j: int) -> tuple[int, int] | None:
    """Return which period comes after the one named here: the week after next, after this."""
    while t[j].kind == "the":
        j += 1
    if t[j].kind == "next":
        j += 1 + (t[j + 1].kind in UNITS)
        return 2, j
    if t[j].kind == "this":
        return 1, j + 1 + (t[j + 1].kind in UNITS)
    return None


def _short(t: Tokens, i: int) -> Found:
    if t[i].kind == "midweek":
        return Rolling(PartOf(MID, Period("week")), PartOf(MID, Period("week", 1))), i + 1
    spelled = t[i].kind in {"unit-month", "unit-year"} and t[i + 1].text == "end"
    unit = UNITS[t[i].kind] if spelled else ENDS.get(t[i].kind)
    if unit:
        return Rolling(PartOf(LATE, Period(unit)), PartOf(LATE, Period(unit, 1))), i + 1 + spelled
    return None


@remembering
def _month(t: Tokens, i: int) -> Found:
    """April, in May 2027, next June. May and March are words of their own elsewhere."""
    following, j = False, i
    while t[j].kind in {"this", "next", "coming", "the"}:
        following, j = following or t[j].kind == "next", j + 1
    if t[j].kind != "month":
        return None
    led = j > i or (i > 0 and t[i - 1].kind in {"in", "of", "early", "late", "mid", "end", "or", "-", "the", "between"})
    if t[j].text in OTHERWISE and not led and j + 1 < len(t) and _is_word(t, j):
        return None
    year, k = year_after(t, j + 1)
    return Month(t[j].value, year, following), k


def _is_word(t: Tokens, j: int) -> bool:
    return t[j + 1].kind in {"word", "a", "cannot", "not", "possible"} or (j > 0 and t[j - 1].kind == "word")


def _part(t: Tokens, i: int) -> Found:
    """Early next week, the end of the month, mid-April, later this week, the rest of the week."""
    while t[i].kind == "the":
        i += 1
    tempered, j = _half(t, i) or (TEMPERS.get(t[i].kind), i + 1)
    if tempered is None:
        return None
    j += t[j].text == "part"
    while t[j].kind in WITHIN:
        j += 1
    if UNITS.get(t[j].kind):
        unit = UNITS[t[j].kind]
        present = PartOf(tempered, Period(unit))
        if tempered in {LATER, REST}:
            return present, j + 1
        return Rolling(present, PartOf(tempered, Period(unit, 1))), j + 1
    found = season(t, j - (t[j].kind == "quarter")) or _plain(t, j) or _month(t, j) or _bare_year(t, j)
    return (PartOf(tempered, found[0]), found[1]) if found else None


def _half(t: Tokens, i: int) -> tuple[str, int] | None:
    """The first half, the second half, the latter part."""
    if t[i + 1].kind != "half" and t[i + 1].text != "part":
        return None
    half = t[i + 1].kind == "half"
    if t[i].kind == "ordinal" and t[i].value in {1, 2}:
        first = t[i].value == 1
        return (FIRST_HALF if half else EARLY) if first else SECOND_HALF, i + 2
    return (SECOND_HALF if half else LATE, i + 2) if t[i].text in {"latter", "last"} else None


def _year(t: Tokens, i: int) -> Found:
    """In 2027."""
    if t[i].kind not in {"in", "of"}:
        return None
    return _bare_year(t, i + 1)


def _bare_year(t: Tokens, i: int) -> Found:
    year, j = year_after(t, i)
    return (Year(year), j) if year is not None else None


def _week_of(t: Tokens, i: int) -> Found:
    """The week of the 6th, week commencing 6 April, w/c 6/4, the week after Easter, the week ending Friday."""
    while t[i].kind == "the":
        i += 1
    weekend = t[i].kind == "unit-weekend" and t[i + 1].kind == "of"
    j = i + (t[i].kind == "unit-week" or weekend)
    kind = t[j].kind
    if kind not in {"of", "commencing", "begin", "end", "after", "before"}:
        return None
    if j == i and kind != "commencing":
        return None
    j += 1
    while t[j].kind in {"the", "on", "of"}:
        j += 1
    single = (Weekday(t[j].value), j + 1) if t[j].kind == "weekday" else None
    skipped = j + 1 if single and t[j + 1].kind in {"the", "ordinal", "number"} else j
    found = day_of_month(t, skipped) or numeric(t, j) or holiday(t, j) or single
    if found is None:
        return None
    return WeekOf(found[0], {"after": 1, "before": -1}.get(kind, 0), "weekend" if weekend else "week"), found[1]


def _nth(t: Tokens, i: int) -> Found:
    """The last Friday in March, the first week of next month, the second weekend in May, the last day of the month."""
    while t[i].kind in {"the", "on"}:
        i += 1
    any_one = t[i].kind == "a" and t[i + 1].kind == "weekday"
    nth = -1 if t[i].kind == "last" else t[i].value if t[i].kind == "ordinal" else int(any_one)
    if nth == 2 and t[i + 1].kind == "to" and t[i + 2].kind == "last":
        i, nth = i + 2, -2
    several = amount(t, i + 1) if nth in {1, -1} else None
    if several and several[0].days and t[several[1]].kind in {"of", "in"}:
        found = _in(t, several[1])
        return (Stretch(several[0].days, found[0], nth < 0), found[1]) if found else None
    named = t[i + 1].kind
    if named == "word" and t[i + 1].text in {"working", "business"} and t[i + 2].kind == "unit-day":
        i, named = i + 1, "unit-workday"
    if not nth or named not in {"weekday", "unit-day", "unit-workday", "unit-week", "unit-weekend"}:
        return None
    found = _in(t, i + 2)
    if found is None:
        return None
    weekday = t[i + 1].value if named == "weekday" else None
    return Nth(nth, found[0], weekday, named.removeprefix("unit-")), found[1]


def _in(t: Tokens, j: int) -> Found:
    """Return the period that a day or week is said to be in."""
    while t[j].kind in {"of", "in", "the"}:
        j += 1
    if t[j].kind == "unit-month" and t[j - 1].kind == "the" and t[j + 1].kind == "after":
        return _plain(t, j - 1)
    if t[j].kind in {"unit-month", "unit-year"} or (t[j].kind == "unit-week" and t[j - 1].kind == "the"):
        return Period(UNITS[t[j].kind]), j + 1
    longer = season(t, j - (t[j].kind in {"quarter", "season"})) or _bare_year(t, j)
    return (
        longer or _month(t, j) or (_plain(t, j) if t[j + 1].kind in {"unit-month", "unit-year", "unit-week"} else None)
    )
