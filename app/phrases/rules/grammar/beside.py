"""Weekdays told by another day: the closest Monday to the 5th, the third Tuesday after Christmas."""

from collections.abc import Callable

from app.phrases.rules.lexis.phrase import Tokens
from app.phrases.rules.meaning.context import Days
from app.phrases.rules.meaning.dates import Beside, Moved, Nearest

Found = tuple[Days, int] | None
Reads = Callable[[int], Found]
"""Reads the other day at a place."""


def beside_day(t: Tokens, i: int, read: Reads) -> Found:
    """Return a weekday that is told by another day."""
    return _nearest(t, i, read) or _nth_beside(t, i, read)


def _nearest(t: Tokens, i: int, read: Reads) -> Found:
    """The closest Monday to the 5th, the Friday nearest to Easter."""
    weekday = i + (t[i].kind == "nearest")
    j = weekday + 1 + (weekday == i)
    if t[weekday].kind != "weekday" or (weekday == i and t[i + 1].kind != "nearest"):
        return None
    found = read(j + 1) if t[j].kind in {"to", "from"} else None
    return (Nearest(t[weekday].value, found[0]), found[1]) if found else None


def _nth_beside(t: Tokens, i: int, read: Reads) -> Found:
    """The third Tuesday after Christmas, two Fridays before Easter, the last Friday before the 20th."""
    nth = 1 if t[i].kind == "last" else t[i].value if t[i].kind in {"ordinal", "number"} else 0
    if not 1 <= nth <= 52 or t[i + 1].kind != "weekday" or t[i + 2].text not in {"after", "following", "before"}:
        return None
    found = read(i + 3) if t[i + 3].kind not in {"next", "this"} else None
    if found is None:
        return None
    sign = -1 if t[i + 2].text == "before" else 1
    return Moved(7 * (nth - 1) * sign, 0, Beside(t[i + 1].value, sign == 1, found[0])), found[1]
