"""Choosing for people who cannot see a calendar: which service they mean, which few starts to offer."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

AFTERNOON, EVENING = 12, 17
"""The hours at which parts of a working day begin."""

ALIKE = 0.8
"""How like a name a word has to be to pass for it, from 0 to 1: `hygenist` is 0.94 like `hygienist`."""

_WORD = re.compile(r"\w+")
_FILLERS = frozenset(
    [
        *("a", "an", "the", "for", "my", "your", "some", "please", "to", "with", "i", "d", "me", "just"),
        *("appointment", "booking", "book", "want", "would", "like", "have", "need", "get", "can", "could"),
    ]
)
_LENGTHS = {**dict.fromkeys(("min", "mins", "minutes"), "minute"), **dict.fromkeys(("hr", "hrs", "hours"), "hour")}
LONGEST_WORDS = 200
MOST_JOINED = 3

SHORTEST_OF_NAME = 4
"""Letters of a word that is enough to tell a name by, and of a word that may have an ending: `clean`, `cleaning`."""

_ENDINGS = frozenset({"s", "es", "ed", "er", "ing", "ings"})


@dataclass(frozen=True, slots=True)
class Named:
    """Something that can be meant by its name."""

    id: UUID
    name: str


N = TypeVar("N", bound=Named)


def spread(
    starts: Sequence[datetime], zone: str, *, count: int = 3, near: datetime | None = None
) -> tuple[datetime, ...]:
    """Return a few of the starts on offer, in order of time, that leave a choice: of other parts of the day first.

    The first is the earliest, or the nearest to `near`; then one in another part of its day, then on another day; what
    is left to choose is as far from the others as can be, or as near to `near`.
    """
    local = ZoneInfo(zone)
    waiting = sorted(starts, key=(lambda at: abs(at - near)) if near is not None else None)
    chosen: list[datetime] = waiting[:1]
    for adds in (_in_another_part_of_the_day, _on_another_day):
        for start in waiting:
            if len(chosen) < count and start not in chosen and adds(start, chosen, local):
                chosen.append(start)
    left = [start for start in waiting if start not in chosen]
    while left and len(chosen) < count:
        following = left[0] if near is not None else max(left, key=lambda at: min(abs(at - other) for other in chosen))
        left.remove(following)
        chosen.append(following)
    return tuple(sorted(chosen[:count]))


def _in_another_part_of_the_day(start: datetime, chosen: Sequence[datetime], zone: ZoneInfo) -> bool:
    same_day = start.astimezone(zone).date() == chosen[0].astimezone(zone).date()
    return same_day and all(_part(start, zone) != _part(other, zone) for other in chosen)


def _on_another_day(start: datetime, chosen: Sequence[datetime], zone: ZoneInfo) -> bool:
    return all(start.astimezone(zone).date() != other.astimezone(zone).date() for other in chosen)


def _part(at: datetime, zone: ZoneInfo) -> int:
    hour = at.astimezone(zone).hour
    return (hour >= AFTERNOON) + (hour >= EVENING)


def choose(words: str | None, among: Iterable[N], *, by_one_word: bool = False) -> tuple[N, ...]:
    """Return what is meant by some words: one where it is clear, several where not, none where nothing is like it.

    Without words all of them are meant. Case, accents, fillers and slips of one or two letters do not matter.
    `by_one_word`: the words are known to name something, so one word of a name is enough: `teeth cleaned`.
    """
    named = tuple(among)
    if not words or not words.strip():
        return named
    said = _words(words)
    wanted = tuple(word for word in said if word not in _FILLERS)
    if not wanted:
        return named if said else ()
    names = [(each, _words(each.name)) for each in named]
    for fits in (_same, _holds, _runs_together, _resembles, *([_shares_a_word] if by_one_word else [])):
        found = tuple(each for each, name in names if fits(wanted, name))
        if found:
            return found
    return ()


def _words(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", text[:LONGEST_WORDS]).casefold()
    words = _WORD.findall("".join(each for each in plain if not unicodedata.combining(each)))
    return tuple(_LENGTHS.get(word, word) for word in words)


def _same(wanted: tuple[str, ...], name: tuple[str, ...]) -> bool:
    return wanted == name


def _holds(wanted: tuple[str, ...], name: tuple[str, ...]) -> bool:
    return set(wanted) <= set(name) or set(name) <= set(wanted)


def _runs_together(wanted: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Return whether a name was written as one word, or one word of it as two: `checkup`, `tooth brush`."""
    said = {*wanted, *(first + then for first, then in pairwise(wanted))}
    return len(name) <= MOST_JOINED and "".join(name) in said


def _resembles(wanted: tuple[str, ...], name: tuple[str, ...]) -> bool:
    return all(any(_alike(word, other) for other in name) for word in wanted) or all(
        any(_alike(word, other) for word in wanted) for other in name
    )


def _shares_a_word(wanted: tuple[str, ...], name: tuple[str, ...]) -> bool:
    telling = [other for other in name if len(other) >= SHORTEST_OF_NAME and not other.isdigit()]
    return any(_alike(word, other) for word in wanted if len(word) >= SHORTEST_OF_NAME for other in telling)


def _alike(word: str, other: str) -> bool:
    """Return whether two words are alike. Few pairs share enough letters; only those are looked at closely."""
    stem, ending = (word, other[len(word) :]) if other.startswith(word) else (other, word[len(other) :])
    if ending in _ENDINGS and len(stem) >= SHORTEST_OF_NAME and word.startswith(stem):
        return True
    shared = sum(min(word.count(letter), other.count(letter)) for letter in set(word))
    if 2 * shared < ALIKE * (len(word) + len(other)):
        return False
    return SequenceMatcher(None, word, other).ratio() >= ALIKE
