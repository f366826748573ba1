"""What is ruled out: but Friday, except mornings, not Tuesday, I cannot do Monday, Monday is no good."""

from collections.abc import Callable

from app.phrases.rules.grammar.bounds import bound_days, bound_time, range_days, range_time
from app.phrases.rules.grammar.clocks import clock
from app.phrases.rules.grammar.dates import days
from app.phrases.rules.grammar.marks import Found, Mark, Refused
from app.phrases.rules.grammar.parts import part
from app.phrases.rules.lexis.phrase import Token, Tokens
from app.phrases.rules.meaning.context import Days
from app.phrases.rules.meaning.times import TIMES, Time

Reads = Callable[[Tokens, int], tuple[Days | Time, int] | None]

EXCLUDING = {"but", "except", "apart", "not"}
JOINING = {"on", "from", "than", "for", "in", "a", "the"}
GOOD = {
    *("good", "work", "works", "suit", "suits", "use", "available", "possible", "free", "great", "ideal", "best", "do"),
}
BAD = {"bad", "impossible", "full", "out"}
NEGATED = {"doesn't", "don't", "isn't", "wouldn't", "aren't"}
NOT = {"not", "no", "cannot"}
UNABLE: tuple[Reads, ...] = (bound_days, range_days, bound_time, days, part)
"""What somebody may not be able to make: I am away until the 20th."""
HOURS = (range_time, bound_time, clock, part)


def excluded(t: Tokens, i: int) -> Found | None:
    """Return what is ruled out here."""
    if t[i].kind == "not" and i and t[i - 1].text == "if":
        return [Mark("or")], i + 1  # Friday, if not Saturday
    return _before(t, i) or _behind(t, i)


def _before(t: Tokens, i: int) -> Found | None:
    """But Friday, not Tuesday, I cannot do Monday."""
    j = i + 1
    if t[i].kind == "cannot":
        while t[j].kind in {"word", "on", "at"} and j < i + 4:
            j += 1
        readers: tuple[Reads, ...] = UNABLE
    elif t[i].kind in EXCLUDING and not (t[i].kind == "but" and _is_negative(t[:i])):
        j += t[i].kind == "but" and t[i + 1].kind == "not"
        while t[j].kind in JOINING:
            j += 1
        readers = () if t[j].kind in {"after", "before"} else (days, part)
    elif t[i].text in {"instead", "rather"} and t[j].kind in {"of", "than"}:
        j, readers = j + 1, (days, part)
    else:
        return None
    ways = (way for read in readers if (way := read(t, j)))
    found = max(ways, key=lambda way: way[1], default=None)
    return _ruled_out(t, *found) if found else None


def _ruled_out(t: Tokens, said: Days | Time, j: int) -> Found:
    """Return what is ruled out, with the time that follows a day: not Monday afternoon."""
    if isinstance(said, TIMES):
        return [Mark("not"), said], j
    time = _time_on(t, j)
    return ([Refused(said, time[0])], time[1]) if time else ([Mark("not"), said], j)


def _time_on(t: Tokens, j: int) -> tuple[Time, int] | None:
    ways = [way for read in HOURS if (way := read(t, j))]
    return max(ways, key=lambda way: way[1], default=None)


def _is_negative(before: tuple[Token, ...]) -> bool:
    """Tell whether something was ruled out before, so that "but" says what is not."""
    return any(token.kind in NOT or token.text in BAD or token.text in NEGATED for token in before)


def _behind(t: Tokens, i: int) -> Found | None:
    """Monday is no good, Tuesday at three does not work."""
    found = days(t, i)
    if found is None:
        return None
    time = _time_on(t, found[1])
    end = _is_no_good(t, time[1] if time else found[1])
    if end is None:
        return None
    return [Refused(found[0], time[0]) if time else Mark("not"), *([] if time else [found[0]])], end


def _is_no_good(t: Tokens, j: int) -> int | None:
    """Return where reading goes on after words that rule out what stands before them; None if they do not."""
    while t[j].kind == "word" and t[j].text in {"is", "are", "does", "do", "would", "will"}:
        j += 1
    no = t[j].kind in NOT or t[j].text in NEGATED
    k = j + no
    while t[k].text in {"be", "a", "any", "really", "very", "quite", "too"}:
        k += 1
    return k + 1 if t[k].text in BAD or (no and t[k].text in GOOD) else None
