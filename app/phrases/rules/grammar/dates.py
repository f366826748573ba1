"""Days: tomorrow, next Tuesday, the 24th, April 2nd, 03/04, a week on Thursday, the day before Christmas."""

from app.phrases.rules.grammar.amounts import DAYS, MONTHS, Amount, amount, sized
from app.phrases.rules.grammar.beside import beside_day
from app.phrases.rules.grammar.calendars import day_of_month, numeric
from app.phrases.rules.grammar.holidays import holiday
from app.phrases.rules.grammar.joining import day_of_both
from app.phrases.rules.grammar.periods import period
from app.phrases.rules.lexis.phrase import Tokens, remembering
from app.phrases.rules.meaning.context import Days
from app.phrases.rules.meaning.dates import (
    NEXT_DAY,
    Beside,
    Both,
    Coming,
    MonthDay,
    Moved,
    Relative,
    Until,
    Weekday,
    Within,
)
from app.phrases.rules.meaning.holidays import Holiday
from app.phrases.rules.meaning.periods import PartOf, Period, WeekOf
from app.phrases.rules.meaning.workdays import MovedWorkdays, NextWorkingDay

Found = tuple[Days, int] | None

SINGLE = {"today": 0, "tomorrow": 1, "yesterday": -1}
LEADS = {"on", "the", "for", "in", "of", "at", "any", "anytime", "coming", "time"}
DEEPEST, MOST_LEADS = 3, 4
PERSONS = {"i", "we", "he", "she", "they", "you"}
WEEKS = {"unit-week", "unit-fortnight"}


@remembering
def days(t: Tokens, i: int) -> Found:
    """Return the day or days that are named here."""
    return _days(t, i, 0)


def _days(t: Tokens, i: int, deep: int) -> Found:
    """Return the days that are named here; `deep` counts how often one is said by another, to an end."""
    if deep > DEEPEST:
        return None
    start = i
    while t[i].kind in LEADS and i - start < MOST_LEADS:
        i += 1
    for lead in range(i, start - 1, -1):  # most leads say nothing; "in three days" and "the 24th" need theirs
        found = _named(t, lead, deep)
        if found:
            return _followed(t, *found, deep)
    return None


def _named(t: Tokens, i: int, deep: int) -> Found:
    """Return what explains most words; of equals the first."""
    ways = (
        _around(t, i),
        _counted(t, i, deep),
        beside_day(t, i, lambda j: _days(t, j, deep + 2)),
        holiday(t, i),
        _working_day(t, i),
        period(t, i),
        _weekday(t, i),
        day_of_month(t, i),
        numeric(t, i),
        _single(t, i),
    )
    return max((way for way in ways if way), key=lambda way: way[1], default=None)


def _single(t: Tokens, i: int) -> Found:
    if t[i].kind in SINGLE:
        return Relative(SINGLE[t[i].kind]), i + 1
    if t[i].kind in {"next", "after"} and t[i].text != "past" and t[i + 1].kind == "unit-day":
        return Relative(1), i + 2
    return None


def _around(t: Tokens, i: int) -> Found:
    """The day after tomorrow, the day before Christmas; the day after is tomorrow."""
    if t[i].kind != "unit-day" or t[i + 1].text not in {"after", "before"} or (i and t[i - 1].kind == "any"):
        return None
    step = 1 if t[i + 1].kind == "after" else -1
    found = _days(t, i + 2, 2)
    if found:
        return Moved(step, 0, found[0]), found[1]
    return (NEXT_DAY, i + 2) if step == 1 else None


def _weekday(t: Tokens, i: int) -> Found:
    which = ""
    while t[i].kind in {"next", "this", "coming", "last", "the", "after", "nearest"}:
        if t[i].text == "past" and t[i - 1].kind not in {"this", "the"}:
            break
        which = (
            "last" if t[i].text == "past" else {"next": "next", "last": "last", "after": "next"}.get(t[i].kind, which)
        )
        i += 1
    if t[i].kind != "weekday":
        return None
    if i and ((t[i].text == "sat" and t[i - 1].text in PERSONS) or (t[i].text == "sun" and t[i - 1].kind == "the")):
        return None  # I sat in the sun
    if t[i + 1].kind == "after" and t[i + 2].kind == "next" and t[i + 3].kind not in {"weekday", "unit-week"}:
        return Weekday(t[i].value, "after next"), i + 3
    if t[i + 1].kind == "after" and t[i + 2].kind == "this" and t[i + 3].text in {"", "one"}:
        return Moved(7, 0, Weekday(t[i].value)), i + 3 + bool(t[i + 3].kind)
    if t[i + 1].kind == "next" and t[i + 2].kind in {"", "and", "or", ",", "at", "in", "after", "before"}:
        return Weekday(t[i].value, "next"), i + 2  # Tuesday next
    return Weekday(t[i].value, which), i + 1


def _followed(t: Tokens, found: Days, i: int, deep: int) -> tuple[Days, int]:
    """Return a day with what moves it on: Thursday week, tomorrow fortnight, the Tuesday after Easter."""
    single = isinstance(found, Weekday | Relative)
    if single and t[i].kind in WEEKS and t[i + 1].kind not in {"of", "after", "commencing"}:
        return Moved(DAYS[t[i].kind], 0, found), i + 1
    if isinstance(found, Moved | Period | Coming) and t[i].kind == "or" and t[i + 1].text in {"two", "three", "few"}:
        return found, i + 2  # a week or two
    if isinstance(found, Holiday | MonthDay) and t[i].kind in {"unit-week", "unit-weekend"}:
        return WeekOf(found, 0, t[i].kind.removeprefix("unit-"), isinstance(found, Holiday)), i + 1
    weekend = isinstance(found, Period) and found.unit == "weekend"
    if (isinstance(found, Weekday) or weekend) and t[i].text in {"after", "following", "before"}:
        other = _days(t, i + 1, deep + 2)
        if other:
            day = found.day if isinstance(found, Weekday) else 5
            return Beside(day, t[i].kind == "after", other[0], 2 if weekend else 1), other[1]
    return _weeks_ahead(t, found, i) or _joined(t, found, i, deep)


def _weeks_ahead(t: Tokens, found: Days, i: int) -> Found:
    """Friday in two weeks, tomorrow in a fortnight."""
    length = amount(t, i + 1) if isinstance(found, Weekday | Relative) and t[i].text == "in" else None
    if length is None or length[0].unit not in WEEKS:
        return None
    days_ahead, j = length[0].days, _later(t, length[1])
    if isinstance(found, Weekday):
        return Within(found.day, Period("week", days_ahead // 7)), j
    return Moved(days_ahead, 0, found), j


def _joined(t: Tokens, found: Days, i: int, deep: int) -> tuple[Days, int]:
    """Return a day with another name of it right behind: Friday next week, Friday the 3rd, next week Tuesday."""
    j = i
    while t[j].kind in {",", "of", "in", "on"}:
        j += 1
    other = _named(t, j, deep + 2) if deep < 2 and _may_join(t, found, i, j) else None
    both_said = day_of_both(found, other[0]) if other else None
    if other and both_said:
        return _joined(t, both_said, other[1], deep)
    if isinstance(found, Weekday) and t[j].kind == "number" and not _is_hour(t, j):
        both: Days = Both(found, MonthDay(t[j].value))
        return both, j + 1
    return found, i


def _is_hour(t: Tokens, j: int) -> bool:
    """Tell whether a number right after a weekday is no day of the month: Friday 27 is one, Friday 9 is none."""
    return not 13 <= t[j].value <= 31 or t[j + 1].kind in {"number", "to", "-", "hundred", "am", "pm", "unit-hour"}


def _may_join(t: Tokens, found: Days, i: int, j: int) -> bool:
    return isinstance(found, Weekday | Period | PartOf | Relative | MonthDay) and not (
        t[i].kind == "," and t[j].kind == "weekday" and isinstance(found, Weekday)
    )


def _counted(t: Tokens, i: int, deep: int) -> Found:
    """In three days, two weeks from now, a week on Thursday, three days before Christmas, the next few days."""
    inside = t[i].kind == "in"
    j = i + (inside or t[i].text == "after")
    coming = _coming(t, j)
    if coming:
        return coming
    j += t[j].kind == "around"
    bare = t[j].kind in WEEKS and t[j + 1].kind in {"today", "tomorrow", "on", "from", "weekday"}
    found = (sized(1, t[j].kind), j + 1) if bare else amount(t, j)
    if found is None or not found[0].in_days:
        return _fridays(t, j)
    length, j = found
    if t[j].kind == "ago":
        return _ahead(length, back=True), j + 1
    later = _later(t, j)
    if t[i].text == "after":
        return (_ahead(length), later) if t[j].kind not in {"from", "before", "after"} else None
    if later > j or (inside and t[i].text == "in"):
        return _ahead(length), later
    if inside and length.unit == "unit-workday":
        return Until(MovedWorkdays(length.days, Relative(0))), j
    if inside:
        return Coming(length.days, length.months, from_today=True), j
    return _from(t, j, length, deep)


def _later(t: Tokens, j: int) -> int:
    """Return the place after "time", "from now", "from today", "hence". Later is later than something else."""
    if t[j].kind in {"time", "here"}:
        return j + 1
    if t[j].kind == "from" and (t[j + 1].text in {"now", "today"}):
        return j + 2
    return j


def _ahead(length: Amount, *, back: bool = False) -> Days:
    return _moved(length, -1 if back else 1, Relative(0))


def _moved(length: Amount, sign: int, of: Days) -> Days:
    if length.unit == "unit-workday":
        return MovedWorkdays(sign * length.days, of)
    return Moved(sign * length.days, sign * length.months, of)


def _from(t: Tokens, j: int, length: Amount, deep: int) -> Found:
    direct = t[j].kind in {"today", "tomorrow", "weekday", "next"} and length.unit in {*WEEKS, *MONTHS}
    if not direct and t[j].kind not in {"from", "after", "before", "on"} and t[j].text != "come":
        return None
    if t[j].text == "past" or (direct and t[j].kind == "next" and t[j + 1].kind != "weekday"):
        return None
    found = _days(t, j if direct else j + 1, deep + 1)
    if found is None:
        return None
    return _moved(length, -1 if t[j].kind == "before" else 1, found[0]), found[1]


def _coming(t: Tokens, j: int) -> Found:
    """The next three days, the coming two weeks, the coming days; in the next week, which is not next week."""
    while t[j].kind in {"the", "in"}:
        j += 1
    inside = j > 1 and t[j - 1].kind == "the" and (t[j - 2].kind == "in" or t[j - 2].text == "over")
    if t[j].kind not in {"next", "coming"}:
        return None
    within = "within" in {token.text for token in t[max(j - 2, 0) : j]}
    plural = t[j + 1].text in {"days", "weeks", "months"}
    if plural or (inside and t[j + 1].text in {"week", "month", "fortnight"}):
        length = sized(3 if plural else 1, t[j + 1].kind)
        return Coming(length.days, length.months, from_today=within), j + 2
    found = amount(t, j + 1)
    if found is None or not found[0].in_days:
        return None
    length = found[0]
    return Coming(length.days, length.months, from_today=within), found[1]


def _working_day(t: Tokens, j: int) -> Found:
    """The next working day."""
    while t[j].kind == "the":
        j += 1
    if t[j].kind != "next":
        return None
    if t[j + 1].text in {"working", "business"} and t[j + 2].kind == "unit-day":
        return NextWorkingDay(), j + 3
    return (NextWorkingDay(), j + 2) if t[j + 1].text in {"weekday", "workday"} else None


def _fridays(t: Tokens, j: int) -> Found:
    """Two Fridays from now."""
    if t[j].kind == "number" and 1 <= t[j].value <= 20 and t[j + 1].kind == "weekday":
        later = _later(t, j + 2)
        if later > j + 2 or (j and t[j - 1].text == "in"):
            return Moved((t[j].value - 1) * 7, 0, Weekday(t[j + 1].value)), later
    return None
