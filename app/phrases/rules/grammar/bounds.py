"""After, before, from … to, between … and: of days and of times."""

from dataclasses import replace

from app.phrases.rules.grammar.calendars import day_of_month
from app.phrases.rules.grammar.clocks import clock, suffixed
from app.phrases.rules.grammar.dates import days
from app.phrases.rules.lexis.phrase import Tokens
from app.phrases.rules.meaning.context import Days
from app.phrases.rules.meaning.dates import MonthDay, Relative, Since, Through, Until
from app.phrases.rules.meaning.times import After, Before, Between, Clock, Time

FoundDays = tuple[Days, int] | None
FoundTime = tuple[Time, int] | None

AFTER, BEFORE, FROM, UNTIL = "after", "before", "from", "until"
SIDES = {"after": AFTER, "before": BEFORE, "from": FROM, "by": UNTIL, "commencing": FROM}
JOINS = {"-", "to", "and"}
COMPARED = {"later": AFTER, "earlier": BEFORE, "sooner": BEFORE}


def bound(t: Tokens, i: int) -> tuple[str, int] | None:
    """Return which side of what follows is meant, and the place of what follows."""
    while t[i].kind in {"anytime", "any", "time"} or (t[i].kind == "unit-day" and i and t[i - 1].kind == "any"):
        i += 1
    if t[i].kind in {"between", "from"} and t[i + 1].text == "now" and t[i + 2].kind in {"and", "to"}:
        return UNTIL, i + 3
    if t[i].kind in {"not", "no"}:
        return _negated(t, i + 1)
    if t[i].kind in {"on", "at"} and t[i + 1].kind == "or" and t[i + 2].kind in {"after", "before"}:
        return FROM if t[i + 2].kind == "after" else UNTIL, i + 3
    if t[i + 1].kind == "than" and t[i].text in COMPARED:
        return COMPARED[t[i].text], i + 2
    if t[i].kind == "up" and t[i + 1].kind == "to":
        return UNTIL, i + 2
    if t[i].kind == "to" and t[i].text in {"until", "till", "til"}:
        return UNTIL, i + 1
    side = SIDES.get(t[i].kind) if t[i].text != "w/c" else None
    return (side, i + 1) if side else None


def _negated(t: Tokens, i: int) -> tuple[str, int] | None:
    """Not before, no earlier than, no later than, not until."""
    compared = t[i + 1].kind == "than"
    if t[i].kind == "before" or (compared and t[i].text in {"earlier", "sooner"}):
        return FROM, i + 1 + compared
    if t[i].kind == "to" and t[i].text in {"until", "till", "til"}:
        return FROM, i + 1
    if t[i].kind == "after" or (compared and t[i].kind in {"later", "late"}):
        return UNTIL, i + 1 + compared
    return None


def bound_days(t: Tokens, i: int) -> FoundDays:
    """After Friday, by the 24th, from Monday on, before the end of the month."""
    side = bound(t, i)
    if side is None:
        return _onwards(t, i)
    found = days(t, side[1])
    if found is None:
        return None
    j = found[1] + (t[found[1]].kind in {"onwards", "on"} and t[found[1] + 1].kind != "the" and side[0] == FROM)
    made: Days = Since(found[0], side[0] == AFTER) if side[0] in {AFTER, FROM} else Until(found[0], side[0] == UNTIL)
    return made, j


def _onwards(t: Tokens, i: int) -> FoundDays:
    """Monday onwards, the 20th or later."""
    found = days(t, i)
    if found is None:
        return None
    j = found[1]
    if t[j].kind == "onwards":
        return Since(found[0]), j + 1
    later = t[j].kind == "or" and (t[j + 1].kind == "later" or (t[j + 1].kind == "after" and not t[j + 2].kind))
    return (Since(found[0]), j + 2) if later else None


def bound_time(t: Tokens, i: int) -> FoundTime:
    """After 3, not before ten, by five, until noon; 3 or later, 5 at the latest, 2 onwards."""
    side = bound(t, i)
    found = clock(t, side[1] if side else i)
    if found is None:
        return None
    made, j = found
    if side:
        kind: type[After] | type[Before] = After if side[0] in {AFTER, FROM} else Before
        j += t[j].kind in {"onwards", "on"} and side[0] == FROM and not t[j + 1].kind.startswith(("week", "the", "ord"))
        return kind(replace(made, sure=3)), j
    return _postponed(t, made, j)


def _postponed(t: Tokens, made: Clock, j: int) -> FoundTime:
    """Return a time with the side that is said behind it."""
    made = replace(made, sure=3)
    k = j
    while t[k].kind in {"or", "and", "at", "the", "any", "anytime", "time"}:
        k += 1
    if t[j].kind == "onwards":
        return After(made), j + 1
    if k > j and t[k].kind in {"later", "onwards"}:
        return After(made), k + 1
    if k > j and t[j].kind in {"or", "and"} and t[k].kind in {"after", "before"} and not clock(t, k + 1):
        return (After if t[k].kind == "after" else Before)(made), k + 1
    if k > j + 1 and t[j].kind == "at" and t[k].text in {"latest", "earliest"}:
        return (After if t[k].text == "earliest" else Before)(made), k + 1
    if t[j].kind == "or" and t[k].text == "earlier":
        return Before(made), k + 1
    return None


def range_time(t: Tokens, i: int) -> FoundTime:
    """Between two and four, from 9:30 to 11, 9-5, 2 to 4 pm, 10am until noon."""
    while t[i].kind in {"anytime", "any", "time"}:
        i += 1
    led = t[i].kind in {"between", "from"}
    start = i + led
    first = _end(t, start, whole=not led)
    if first is None:
        return None
    made, j = first
    joins = {"to", "-"} | ({"and"} if t[i].kind == "between" else set())
    if t[j].kind not in joins:
        return None
    last = _end(t, j + 1, whole=False)
    if last is None:
        return None
    end, k = last
    if made == end and t[j].kind == "to":
        return None  # ten to ten
    if not led and t[j].kind == "to" and (made.sure < 3 and end.sure < 3) and start > 0 and t[start - 1].kind == "the":
        return None
    return Between(made, end), k


def _end(t: Tokens, i: int, *, whole: bool) -> tuple[Clock, int] | None:
    """Return one end of a range. "Ten to four" is a clock unless something says that a range is meant."""
    lead = i
    while t[lead].kind in {"at", "around"}:
        lead += 1
    plain = t[lead].kind == "number" and t[lead].value <= 24 and t[lead + 1].kind in {"to", "-"}
    spoken = t[lead].text.isalpha() or (t[lead].value == 20 and t[lead + 2].value <= 12)  # 20 to 4
    if plain and t[lead + 1].text != "-" and whole and spoken:
        whole_clock = clock(t, i)
        if whole_clock and whole_clock[1] > lead + 1:
            return whole_clock
    if plain and not (whole and lead > i):
        hour = t[lead].value
        half = "24" if hour > 12 or not hour or t[lead].text.startswith("0") else ""
        return suffixed(t, Clock(hour, half=half), lead + 1)
    return clock(t, i)


def range_days(t: Tokens, i: int) -> FoundDays:
    """Monday to Wednesday, from the 24th to the 26th, 24-26 March, between now and Friday."""
    led = t[i].kind in {"between", "from"}
    start = i + led
    now = led and t[start].text == "now"
    first: FoundDays = (Relative(0), start + 1) if now else _numbered(t, start) or days(t, start)
    if first is None:
        return None
    joins = {"to", "-"} | ({"and"} if t[i].kind == "between" else set())
    if t[first[1]].kind not in joins:
        return None
    j = first[1] + 1
    last: FoundDays = days(t, j) or _bare(t, j, first[0])
    if last is None:
        return None
    return _through(first[0], last[0]), last[1]


def _numbered(t: Tokens, i: int) -> FoundDays:
    """Return a number before a dash and another day of the same month: 24-26 March."""
    j = i + (t[i].kind == "the")
    written = t[j + 1].glued and t[j + 2].kind == "month"  # 24-Mar-26 is one date
    if t[j].kind in {"number", "ordinal"} and 1 <= t[j].value <= 31 and t[j + 1].kind in JOINS and not written:
        last = day_of_month(t, j + 2)
        if last and isinstance(last[0], MonthDay) and last[0].day > t[j].value and _has_month(last[0]):
            return replace(last[0], day=t[j].value), j + 1
    return None


def _has_month(day: MonthDay) -> bool:
    return day.month is not None or day.months is not None


def _bare(t: Tokens, j: int, first: Days) -> FoundDays:
    """Return a bare number as the last day after a date: March 24-26."""
    if isinstance(first, MonthDay) and t[j].kind in {"number", "ordinal"} and first.day < t[j].value <= 31:
        return replace(first, day=t[j].value), j + 1
    return None


def _through(first: Days, last: Days) -> Days:
    if isinstance(first, MonthDay) and isinstance(last, MonthDay) and last.month is None and last.months is None:
        last = replace(last, month=first.month, months=first.months) if last.day > first.day else last
    return Through(first, last)
