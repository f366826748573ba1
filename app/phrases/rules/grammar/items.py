"""What a sentence is made of: days, times, lengths from now, and the small words that join them or rule them out."""

from dataclasses import replace

from app.phrases.rules.grammar.amounts import UNITS, amount
from app.phrases.rules.grammar.bounds import UNTIL, bound, bound_days, bound_time, range_days, range_time
from app.phrases.rules.grammar.clocks import clock, clock_is_sure
from app.phrases.rules.grammar.dates import days
from app.phrases.rules.grammar.exclusions import excluded
from app.phrases.rules.grammar.holidays import FIRST
from app.phrases.rules.grammar.marks import Found, FromNow, Item, Mark, Stamp
from app.phrases.rules.grammar.parts import part, tempered
from app.phrases.rules.grammar.places import zone_apart
from app.phrases.rules.lexis.phrase import Tokens
from app.phrases.rules.lexis.vocabulary import PEOPLE
from app.phrases.rules.meaning.dates import MonthDay, Moved, Relative, Weekday
from app.phrases.rules.meaning.periods import Period, WeekOf
from app.phrases.rules.meaning.times import TIMES, Before, Part, in_zone

MARKS = {
    "or": "or", "and": "and", ",": ",", "/": "or", "sorry": "sorry", "each": "each", "asap": "now", "early": "early",
    "late": "late", "later": "later", "anytime": "any", "soon": "now", "for": "for",
}  # fmt: skip
LISTS = (Mark("or"), Mark("and"), Mark(","))
FIRST_OF_NAMES = FIRST | {"good", "straight", "right", "once", "twice", "hang", "hold", "make", "bang"}
SOONEST = ("available", "slot", "appointment", "opening", "possible")
IDIOMS: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "good": tuple((("good", f"part-{part}"), "") for part in ("morning", "afternoon", "evening")),
    "at": ((("at", "the", "moment"), "now"), (("at", "the", "latest"), ""), (("at", "the", "earliest"), "")),
    "as": tuple((("as", how, "as", *who), "now") for who in (["possible"], ["you"], []) for how in ("soon", "early")),
    "ordinal": (
        *((("ordinal", counted), "") for counted in ("one", "option", "choice")),
        *((("first", counted), "now") for counted in SOONEST),
    ),
    "not": ((("not", "too", "early"), ""), (("not", "too", "late"), "")),
    "or": ((("or", "so"), ""), (("or", "thereabouts"), "")),
    "rest": ((("rest", "of", "the", "unit-day"), "later"), (("rest", "of", "today"), "later")),
    "next": tuple((("next", counted), "now") for counted in SOONEST),
    "this": ((("this", "time"), "same"),),
    "same": ((("same", "time"), "same"), (("same", "unit-day"), "same day")),
    "once": tuple((("once", "a", unit), "each") for unit in ("unit-day", "unit-week", "unit-month")),
    "twice": tuple((("twice", "a", unit), "each") for unit in ("unit-day", "unit-week", "unit-month")),
    "hang": ((("hang", "on"), "sorry"),),
    "hold": ((("hold", "on"), "sorry"),),
    "make": ((("make", "that"), "sorry"),),
    "no": ((("no", "make", "that"), "sorry"), (("no", "make", "it"), "sorry")),
    "bang": ((("bang", "on"), ""),),
    "later": ((("later", "one"), ""),),
    "straight": ((("straight", "away"), "now"),),
    "right": ((("right", "away"), "now"),),
}
"""Words that say one thing together, by the first of them, the longest first; and the mark that they make, if any."""
HEADS = frozenset(PEOPLE.split())


def items(t: Tokens, *, moves: bool) -> list[Item]:
    """Return what is said, in order. `moves` tells that something is to be moved, so that from and to are no range."""
    found: list[Item] = []
    i, zone = 0, ""
    while t[i].kind:
        apart = zone_apart(t, i)
        if apart:
            zone, i = apart
            continue
        made, i = _listed_day(t, i, found) or _item(t, i, moves=moves)
        found += made
    return [in_zone(item, zone) if zone and isinstance(item, TIMES) else item for item in found]


def _listed_day(t: Tokens, i: int, before: list[Item]) -> Found | None:
    """Return a bare number that goes on a list of dates: November 16 or 17."""
    ends = t[i].kind == "next" and not t[i + 1].kind
    if not (ends or t[i].kind == "number") or len(before) < 2 or before[-1] not in LISTS:
        return None
    last = before[-2]
    if isinstance(last, Period) and t[i].kind == "next":
        return [WeekOf(replace(last, unit="week", count=1), unit=last.unit)], i + 1
    if isinstance(last, Weekday) and t[i].kind == "next":
        return [Moved(7, 0, Weekday(last.day))], i + 1  # this Thursday or next
    if not isinstance(last, MonthDay) or not last.month or not 1 <= t[i].value <= 31 or clock_is_sure(t, i):
        return None
    return [replace(last, day=t[i].value)], i + 1


def _item(t: Tokens, i: int, *, moves: bool) -> Found:
    """Return what is said here: of several ways to read it, that which explains most words, the earlier where equal."""
    if t[i].kind == "word" and t[i].text.partition("'")[0] not in FIRST_OF_NAMES:
        return [Mark("people" if t[i].text in HEADS else "noise")], i + 1
    special = _special(t, i) or excluded(t, i)
    if special:
        return special
    if moves and t[i].kind in {"to", "from"}:
        return ([Mark("sorry")] if t[i].kind == "to" else []), i + 1
    readers = MOVING if moves else READERS
    ways: list[Found] = [([way[0]], way[1]) for read in readers if (way := read(t, i))]
    ways = [*filter(None, (_deadline(t, i),)), *ways, *filter(None, (_tonight(t, i),))]
    if ways:
        return max(ways, key=lambda way: way[1])
    kind = _mark(t, i)
    return ([Mark(kind)] if kind else []), i + 1


def _mark(t: Tokens, i: int) -> str | None:
    if t[i].kind == "later" and i > 0 and t[i - 1].kind in UNITS:
        return None  # an hour later than something else
    return MARKS.get(t[i].kind) or ("people" if t[i].text in HEADS else "noise" if t[i].kind == "word" else None)


def _special(t: Tokens, i: int) -> Found | None:
    """Good morning; as soon as possible; the next available; this time next week; an ISO stamp."""
    if t[i].kind == "iso":
        return [Stamp(t[i].text)], i + 1
    for words, mark in IDIOMS.get(t[i].kind, IDIOMS.get(t[i].text, ())):
        if all(word in (t[i + k].kind, t[i + k].text) for k, word in enumerate(words)):
            return ([Mark(mark)] if mark else []), i + len(words)
    return None


def _from_now(t: Tokens, i: int) -> tuple[FromNow, int] | None:
    """In an hour, half an hour from now, within the hour, in the next two hours."""
    inside = t[i].kind == "in"
    j = i + inside
    while t[j].kind in {"the", "around"}:
        j += 1
    if inside and t[j].kind == "unit-hour":
        return FromNow(60, window=True), j + 1
    window = t[i].text == "within"
    if t[j].kind in {"next", "coming"}:
        window, j = True, j + 1
        if t[j].kind == "unit-hour":
            return FromNow(60, window=True), j + 1
    found = amount(t, j)
    if found is None or found[0].in_days:
        return None
    length, k = found
    if t[k].kind == "here" or (t[k].kind == "time" and inside):
        return FromNow(length.minutes), k + 1
    if t[k].kind == "from" and t[k + 1].text == "now":
        return FromNow(length.minutes), k + 2
    return (FromNow(length.minutes, window), k) if inside or window else None


def _deadline(t: Tokens, i: int) -> Found | None:
    """By Friday 5pm, until tomorrow noon: the time bounds the day that is named before it."""
    side = bound(t, i)
    found = days(t, side[1]) if side and side[0] == UNTIL else None
    if found is None:
        return None
    ends = part(t, found[1])
    if ends and t[found[1]].kind in {"part-end", "part-business", "end"}:
        return [found[0], Part("", 0, 1440)], ends[1]
    at = clock(t, found[1])
    return ([found[0], Before(at[0])], at[1]) if at and at[0].sure > 1 else None


def _tonight(t: Tokens, i: int) -> Found | None:
    """Tonight, late tonight, this afternoon, later this evening."""
    late = t[i].kind in {"late", "later", "early"}
    j = i + late
    if t[j].kind == "tonight":
        hours = (21, 24) if t[i].kind == "late" else (18, 21) if t[i].kind == "early" else (18, 24)
        return [Relative(0), Part("night", hours[0] * 60, hours[1] * 60)], j + 1
    if t[j].kind not in {"this", "last"}:
        return None
    k = j + 1
    found = part(t, k)
    if found is None:
        return None
    early_or_late = tempered(found[0].name, t[i].kind) if t[i].kind in {"early", "late"} else None
    return [Relative(-1 if t[j].kind == "last" else 0), early_or_late or found[0]], found[1]


READERS = (range_days, range_time, bound_days, bound_time, _from_now, days, clock, part)
MOVING = (bound_time, _from_now, days, clock, part)
"""In "move it from Tuesday to Thursday", from and to are no range."""
