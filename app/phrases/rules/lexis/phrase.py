"""A phrase as tokens, which remembers what was read at each place: readings begin with one another all the time."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, TypeVar

Found = TypeVar("Found")


class Token(NamedTuple):
    """One word, number or sign. `kind` is what grammar asks for; `values` holds what it says, of numbers."""

    kind: str
    value: int = 0
    text: str = ""
    values: tuple[int, ...] = ()
    glued: bool = False


END = Token("")
NOTHING_AFTER = (END,) * 8
"""Stands after the last token, so that grammar may look ahead without asking whether there is more."""


class Tokens(tuple[Token, ...]):
    """The tokens of one phrase, with ends after them."""

    remembered: dict[tuple[Any, ...], Any]

    @classmethod
    def of(cls, found: list[Token]) -> "Tokens":
        """Return tokens that remember nothing yet."""
        made = cls((*found, *NOTHING_AFTER))
        made.remembered = {}
        return made


Reader = Callable[[Tokens, int], Found]


def remembering(read: Reader[Found]) -> Reader[Found]:
    """Let a reader be asked again about the same place at no cost."""

    @wraps(read)
    def remembered(t: Tokens, i: int) -> Found:
        key = read, i
        if key not in t.remembered:
            t.remembered[key] = read(t, i)
        found: Found = t.remembered[key]
        return found

    return remembered
