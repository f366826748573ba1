"""Times on a clock: half three, quarter to five, 15h20, fourteen thirty, 2 pm, noon, three-ish."""

from dataclasses import replace

from app.phrases.rules.grammar.amounts import UNITS, amount
from app.phrases.rules.grammar.places import DIRECTIONS, place
from app.phrases.rules.lexis.phrase import Token, Tokens, remembering
from app.phrases.rules.lexis.vocabulary import GOING_ON
from app.phrases.rules.meaning.times import Clock, beside

Found = tuple[Clock, int] | None

PART_NAMES = {
    "part-morning": "morning",
    "part-afternoon": "afternoon",
    "part-evening": "evening",
    "part-night": "night",
    "part-daytime": "daytime",
    "unit-day": "daytime",
}
COUNTED = {"word", "part-work"}
"""After a bare number these say what it counts: 3 people."""
NOT_COUNTED = frozenset(GOING_ON.split())


@remembering
def clock(t: Tokens, i: int) -> Found:
    """Return a time on a clock with all that belongs to it."""
    leads = i
    while t[leads].kind in {"at", "around"}:
        leads += 1
    found = next((way for read in READERS if (way := read(t, leads))), None)
    if found is None:
        return None
    made, j = found
    if leads == i and made.sure == 1 and _counts(t[j]) and place(t, j) is None:
        return None
    if leads > i and made.sure < 3:
        made = replace(made, sure=2)
    return suffixed(t, made, j)


def _counts(after: Token) -> bool:
    """Tell whether a bare number counts what follows it: 3 people."""
    return (after.kind in COUNTED and after.text not in NOT_COUNTED) or after.text == "nights"


def suffixed(t: Tokens, made: Clock, j: int) -> tuple[Clock, int]:
    """Return a time with what follows it: pm, o'clock, ish, in the morning."""
    while True:
        kind = t[j].kind
        if kind in {"am", "pm"} and made.hour <= 24:
            half = kind if made.hour <= 12 else "24"
            made, j = replace(made, half=half if made.hour else "24", sure=3), j + 1
        elif kind == "oclock" or (kind == "oh" and t[j + 1].kind == "clock"):
            made, j = replace(made, sure=3), j + (1 if kind == "oclock" else 2)
        elif kind == "ish" or (kind == "-" and t[j + 1].kind == "ish"):
            made, j = replace(made, sure=max(made.sure, 2)), j + (1 if kind == "ish" else 2)
        elif made.hour <= 12 and (t[j].text == "p" or (t[j].glued and t[j].text == "a")):
            made, j = replace(made, half=t[j].text + "m", sure=3), j + 1
        elif (named := _zone_beside(t, made, j)) is not None:
            made, j = replace(made, zone=named[0], sure=3), named[1]
        elif kind in {"noon", "midnight"} and made.hour == 12:
            made, j = _named(t, j) or (made, j + 1)
        else:
            break
    return _in_part(t, made, j)


def _zone_beside(t: Tokens, made: Clock, j: int) -> tuple[str, int] | None:
    """Return the zone that is named after a time; not that of 2 Central Avenue."""
    if not t[j].kind.startswith("zone-"):
        return place(t, j)
    named_time = t[j + 1].kind == "time"
    if t[j].text in DIRECTIONS and made.sure < 3 and not named_time:
        return None
    return t[j].kind[5:], j + 1 + named_time


def _in_part(t: Tokens, made: Clock, j: int) -> tuple[Clock, int]:
    """Return a time with the part of the day it is said to be in: in the morning, at night."""
    k = j
    while t[k].kind in {"in", "at", "of", "the", "on"}:
        k += 1
    if k > j and t[k].kind in PART_NAMES and t[k - 1].kind in {"the", "in", "at"}:
        return beside(replace(made, sure=3), PART_NAMES[t[k].kind]), k + 1
    return made, j


def _named(t: Tokens, i: int) -> Found:
    i += t[i].kind == "the"
    if t[i].kind == "noon":
        return Clock(12, half="24", sure=3), i + 1
    mid = i + 1 + (t[i + 1].kind == "-")
    if t[i].text == "mid" and t[mid].kind == "unit-day":
        return Clock(12, half="24", sure=3), mid + 1
    if t[i].kind == "midnight":
        return Clock(0, half="24", sure=3), i + 1
    return None


def _hour_of(token: Token) -> int | None:
    """Return the hour that a number may say."""
    fits = token.kind == "number" and token.value <= 24 and len(token.text.lstrip("0")) <= 2
    return token.value if fits or (token.kind == "number" and token.text.isalpha() and token.value <= 24) else None


def _base(t: Tokens, i: int) -> Found:
    """Return the hour that minutes are said to be before or after."""
    named = _named(t, i)
    if named:
        return named
    hour = _hour_of(t[i])
    return None if hour is None else (Clock(hour, half="24" if hour > 12 or not hour else ""), i + 1)


def _fraction(t: Tokens, i: int) -> Found:
    """Half three, half past three, quarter to five, twenty past two, ten of five, 3 minutes to four."""
    i += t[i].kind == "a" and t[i + 1].kind == "quarter"
    if t[i].value == 5 and t[i + 1].kind == "and" and t[i + 2].value == 20:  # five and twenty past two
        return _beside_hour(t, i + 3, 25)
    if t[i].kind == "half":
        after = _is_past(t[i + 1])
        base = _base(t, i + 1 + after)
        return _shift(base, 30) if base and not t[base[1]].kind.startswith("unit") else None
    minutes, j = 15, i + 1
    if t[i].kind != "quarter":
        minutes = t[i].value
        if t[i].kind != "number" or not 1 <= minutes <= 59:
            return None
        told = t[j].kind == "unit-minute"
        if not told and minutes % 5:
            return None
        j += told
    return _beside_hour(t, j, minutes)


def _beside_hour(t: Tokens, j: int, minutes: int) -> Found:
    base = _base(t, j + 1)
    if base is None or t[base[1]].kind == "month":
        return None
    if _is_past(t[j]):
        return _shift(base, minutes)
    if minutes > 30:
        return None
    if (t[j].kind == "to" and t[j].text in {"to", "til", "till"}) or t[j].kind in {"before", "of"}:
        return _shift(base, -minutes)
    return None


def _offset(t: Tokens, i: int) -> Found:
    """Half an hour after three, fifteen minutes before noon."""
    length = amount(t, i)
    if length is None or length[0].in_days or t[length[1]].text not in {"after", "before"}:
        return None
    found = clock(t, length[1] + 1)
    if found is None:
        return None
    minutes = length[0].minutes if t[length[1]].text == "after" else -length[0].minutes
    return replace(found[0], shift=found[0].shift + minutes, sure=3, exact=True), found[1]


def _is_past(token: Token) -> bool:
    return token.kind == "after" and token.text in {"past", "after"}


def _shift(base: tuple[Clock, int], minutes: int) -> tuple[Clock, int]:
    made, j = base
    if not made.hour and minutes < 0:
        made = replace(made, hour=24)  # ten to midnight
    return replace(made, shift=minutes, sure=3, exact=True), j


def _written(t: Tokens, i: int) -> Found:
    """3:30, 14.15, 15h20, and after an hour the minutes: two thirty, 9 30, three oh five, fifteen hundred."""
    if t[i].kind == "hm":
        hour, minute = t[i].values
        literal = t[i].text.startswith("0") or hour > 12 or not hour or "h" in t[i].text
        return Clock(hour, minute, "24" if literal else "", sure=3, exact=not t[i].text.endswith("h")), i + 1
    hour_said = _hour_of(t[i])
    if hour_said is None:
        return None
    half = "24" if hour_said > 12 or not hour_said else ""
    if t[i + 1].kind == "hundred":
        return Clock(hour_said, half="24", sure=3), i + 2 + (t[i + 2].kind == "unit-hour")
    if t[i + 1].kind == "oh" and t[i + 2].kind == "number" and 1 <= t[i + 2].value <= 9:
        return Clock(hour_said, t[i + 2].value, half, sure=3, exact=True), i + 3
    minutes = _minutes_after(t, i)
    if minutes is None:
        return _and_minutes(t, i, Clock(hour_said, half=half))
    return Clock(hour_said, minutes, half, sure=2, exact=True), i + 2


def _and_minutes(t: Tokens, i: int, hour: Clock) -> Found:
    """Nine and a half, 18 and 30: as some say who speak English beside another language."""
    j = _after_and(t, i)
    if j is None or not i or t[i - 1].kind != "at":
        return None
    alone = t[j + 1].kind not in {"after", "to", "number", "a"} and not t[j + 1].kind.startswith("unit")
    if t[j].kind == "half" and alone:
        return replace(hour, minute=30, sure=2, exact=True), j + 1
    if hour.hour > 12 and t[j].value in {15, 30, 45} and t[j].kind == "number" and alone:
        return replace(hour, minute=t[j].value, sure=2, exact=True), j + 1
    return None


def _after_and(t: Tokens, i: int) -> int | None:
    """Return where it goes on after "9 and" or "9 and a"."""
    return i + 2 + (t[i + 2].kind == "a") if t[i + 1].kind == "and" else None


def _minutes_after(t: Tokens, i: int) -> int | None:
    """Return the minutes that follow an hour as a number of their own."""
    follows, after = t[i + 1], t[i + 2]
    spelled, digits = follows.text.isalpha(), len(follows.text) == 2 and not t[i].text.isalpha()
    if follows.kind != "number" or not 10 - 10 * digits <= follows.value <= 59 or not (spelled or digits):
        return None
    return None if after.kind.startswith("unit") or after.kind in {"month", "hm"} else follows.value


def _digits(t: Tokens, i: int) -> Found:
    """1430, 0730, 930: hour and minutes in one number."""
    text = t[i].text
    if t[i].kind != "number" or not text.isdecimal() or len(text) not in {3, 4}:
        return None
    hour, minute = divmod(int(text), 100)
    if hour > 24 or minute > 59:
        return None
    hours = t[i + 1].kind == "unit-hour"
    half = "24" if len(text) == 4 and (hours or hour > 12 or text[0] == "0" or not hour) else ""
    sure = 3 if hours or text[0] == "0" else 1
    return Clock(hour, minute, half, sure=sure, exact=True), i + 1 + hours


def _hour(t: Tokens, i: int) -> Found:
    told = t[i + 1].kind == "oclock" or (t[i + 1].kind == "oh" and t[i + 2].kind == "clock")
    hour = t[i].value if told and t[i].kind == "number" else _hour_of(t[i])
    if t[i + 1].kind == "to" and not t[i + 2].kind:
        return None  # twenty to what
    if t[i].text == "one" and i and t[i - 1].kind in UNITS:
        return None  # the 30 minute one
    if hour is not None and t[i + 1].kind == "unit-hour" and i and t[i - 1].kind == "at":
        return Clock(hour, half="24", sure=3), i + 2  # at 16 hours
    j = _after_and(t, i)
    counted = j is not None and t[j].kind == "half" and t[j + 1].kind.startswith("unit")  # one and a half hours
    if hour is None or counted or t[i + 1].kind.startswith("unit"):
        return None
    literal = hour > 12 or not hour or (len(t[i].text) == 2 and t[i].text[0] == "0")
    return Clock(hour, half="24" if literal else ""), i + 1


def clock_is_sure(t: Tokens, i: int) -> bool:
    """Tell whether what stands here can only be a time."""
    found = clock(t, i)
    return found is not None and found[0].sure > 1


READERS = (_offset, _fraction, _named, _written, _digits, _hour)
"""In this order: what reads most of the words comes first."""
