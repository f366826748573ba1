"""Statements without their literals: ten thousand that differ in a number are one shape."""

import re
from collections import OrderedDict
from hashlib import blake2b

from pglast import fingerprint
from pglast.parser import ParseError, normalize

MOST_SHAPES = 2_000
_MOST_TEXTS = 4_000
_PREVIEW = 200
_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")


class Shapes:
    """The shapes of the statements that were seen, by fingerprint; bounded, and what does not fit is counted."""

    def __init__(self, *, most: int = MOST_SHAPES) -> None:
        self.dropped = 0
        self._most = most
        self._by_text: OrderedDict[str, str | None] = OrderedDict()
        self._texts: dict[str, str] = {}

    def of(self, statement: str) -> str | None:
        """Return the fingerprint of a statement; None where no more shapes are kept.

        A statement is parsed when it is seen for the first time; afterwards this is one look into a dictionary.
        """
        try:
            return self._by_text[statement]
        except KeyError:
            return self._learn(statement)

    def text(self, shape: str) -> str | None:
        """Return a shape's statement, literals replaced by `$n`."""
        return self._texts.get(shape)

    def preview(self, shape: str) -> str:
        """Return the beginning of a shape's statement on one line."""
        return " ".join(self._texts.get(shape, "").split())[:_PREVIEW]

    def __len__(self) -> int:
        return len(self._texts)

    def _learn(self, statement: str) -> str | None:
        shape, text = shape_of(statement)
        if shape not in self._texts:
            if len(self._texts) >= self._most:
                self.dropped += 1
                return None
            self._texts[shape] = text
        if len(self._by_text) >= _MOST_TEXTS:
            self._by_text.popitem(last=False)
        self._by_text[statement] = shape
        return shape


def shape_of(statement: str) -> tuple[str, str]:
    """Return a statement's fingerprint (16 hexadecimal digits, PostgreSQL's own parser) and its text with `$n`.

    What does not parse, such as `SHOW` with a placeholder, is told apart by its text without numbers and quotes.
    """
    try:
        return fingerprint(statement), normalize(statement)
    except ParseError:
        text = _LITERAL.sub("?", statement)
        return blake2b(text.encode(), digest_size=8).hexdigest(), text
