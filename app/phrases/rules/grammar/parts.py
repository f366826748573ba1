"""Parts of a day: in the morning, late afternoon, first thing, after work, tonight."""

from app.phrases.rules.lexis.phrase import Tokens, remembering
from app.phrases.rules.meaning.times import Part

Found = tuple[Part, int] | None

WHOLE = {
    "am": (0, 12),
    "pm": (12, 24),
    "morning": (0, 12),
    "afternoon": (12, 19),
    "evening": (18, 24),
    "night": (18, 24),
    "lunch": (12, 14),
    "breakfast": (0, 10),
    "dinner": (18, 21),
    "tea": (16, 18),
    "daytime": (0, 19),
    "business": (17, 19),
    "end": (17, 19),
}
EARLY = {
    "day": (0, 10), "morning": (0, 9), "afternoon": (12, 15), "evening": (18, 20), "night": (18, 20), "lunch": (12, 13),
}  # fmt: skip
MID = {"morning": (9, 11), "afternoon": (14, 16), "evening": (19, 21), "day": (12, 14)}
LATE = {
    "day": (16, 19), "morning": (10, 12), "afternoon": (16, 19), "evening": (21, 24), "night": (21, 24),
    "lunch": (13, 14),
}  # fmt: skip
AFTER = {
    "lunch": (13, 17), "work": (17, 21), "school": (15, 18), "breakfast": (9, 12), "dinner": (20, 24), "tea": (18, 21),
    "business": (17, 21), "morning": (12, 24), "afternoon": (18, 24),
}  # fmt: skip
BEFORE = {
    "lunch": (0, 12), "work": (0, 9), "school": (0, 9), "breakfast": (0, 9), "dinner": (12, 18), "tea": (12, 16),
    "business": (0, 17), "end": (0, 24), "afternoon": (0, 12), "evening": (0, 18), "night": (0, 18),
}  # fmt: skip
DATED = {"weekday", "ordinal", "date", "month", "tomorrow", "today", "unit-week", "the"}
NEEDS_MORE = {"work", "school"}
"""No part of the day by themselves."""


@remembering
def part(t: Tokens, i: int) -> Found:
    """Return a part of the day with all that belongs to it."""
    i = _past_leads(t, i)
    return (
        _until_end(t, i)
        or _first_thing(t, i)
        or _beside_event(t, i)
        or _end_of_day(t, i)
        or _tempered(t, i)
        or _alone(t, i)
    )


def _past_leads(t: Tokens, i: int) -> int:
    while t[i].kind in {"in", "at", "on", "around", "the", "a", "any", "anytime"}:
        i += 1
    return i


def _made(name: str, hours: tuple[int, int]) -> Part:
    return Part(name, hours[0] * 60, hours[1] * 60)


def _name(kind: str) -> str:
    return kind.removeprefix("part-") if kind.startswith("part-") else ""


def _first_thing(t: Tokens, i: int) -> Found:
    """First thing, last thing; also first thing in the morning."""
    if t[i + 1].kind != "thing" or not (t[i].kind == "last" or (t[i].kind == "ordinal" and t[i].value == 1)):
        return None
    last = t[i].kind == "last"
    j = i + 2
    k = _past_leads(t, j)
    if not last and t[k].kind == "part-morning":
        j = k + 1
    return _made("evening" if last else "morning", (16, 19) if last else (0, 10)), j


def _beside_event(t: Tokens, i: int) -> Found:
    """After lunch, before work."""
    if t[i].kind not in {"after", "before"}:
        return None
    j = i + 1
    while t[j].kind == "the":
        j += 1
    name = _name(t[j].kind)
    hours = (AFTER if t[i].kind == "after" else BEFORE).get(name)
    return (_made("evening" if name == "work" and t[i].kind == "after" else "", hours), j + 1) if hours else None


def _end_of_day(t: Tokens, i: int) -> Found:
    """End of the day, close of business, middle of the day."""
    if t[i].kind not in {"end", "begin", "mid"}:
        return None
    j = i + 1
    while t[j].kind in {"of", "the", "-"}:
        j += 1
    if t[j].kind == "unit-day" or t[j].text in {"business", "play"}:
        hours = {"end": (17, 19), "begin": (0, 10), "mid": (12, 14)}[t[i].kind]
        return _made("", hours), j + 1
    return None


def _until_end(t: Tokens, i: int) -> Found:
    """By the end of the day, until close of business."""
    if t[i].kind not in {"by", "before"} and t[i].text not in {"until", "till", "til"}:
        return None
    j = i + 1 + (t[i + 1].kind == "the")
    found = _end_of_day(t, j) if t[j].kind == "end" else None
    k = found[1] if found else j + 1
    name = _name(t[j].kind) or t[k - 1].text
    if not found and name not in {"end", "business"}:
        return None
    return _made("", (0, 17 if name in {"business", "play"} else 24)), k


def _tempered(t: Tokens, i: int) -> Found:
    """Early morning, mid-afternoon, late in the evening, later this afternoon."""
    table = {"early": EARLY, "begin": EARLY, "mid": MID, "late": LATE, "end": LATE, "later": WHOLE}.get(t[i].kind)
    if table is None:
        return None
    j = i + 1
    while t[j].kind in {"in", "on", "of", "the", "-"}:
        j += 1
    name = "day" if t[j].kind == "unit-day" else _name(t[j].kind)
    return (_made(name, table[name]), j + 1) if name in table else None


def tempered(name: str, kind: str) -> Part | None:
    """Return an early or late part of the day."""
    hours = (EARLY if kind == "early" else LATE).get(name)
    return _made(name, hours) if hours else None


def _is_half(t: Tokens, i: int) -> bool:
    """Tell whether am or pm stands for a part of a day: Tuesday pm, in the am; not I am."""
    return t[i].kind in {"am", "pm"} and i > 0 and t[i - 1].kind in DATED


def _alone(t: Tokens, i: int) -> Found:
    name = t[i].kind if _is_half(t, i) else _name(t[i].kind)
    j = i + 1
    counted = t[i].text == "nights" and i > 0 and t[i - 1].kind == "number"
    if not name or name in NEEDS_MORE or t[i].text == "tea" or counted:
        return None
    if t[j].kind in {"time", "unit-hour"}:
        j += 1
    return _made(name, WHOLE[name]), j
