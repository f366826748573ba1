"""Statements without their literals: ten thousand that differ in a number are one shape."""

from collections import OrderedDict
from hashlib import blake2b

from pglast import fingerprint
from pglast.parser import ParseError, normalize

from app.core.masking import cut, masked

MOST_SHAPES = 2_000
LONGEST = 10_000
"""Characters of a text that are kept; longer statements are read anew each time, for they are few and large."""

_MOST_TEXTS = 4_000
_MOST_CHARACTERS = 4_000_000
_PREVIEW = 200


class Shapes:
    """The shapes of the statements that were seen, by fingerprint; bounded, and what does not fit is counted."""

    def __init__(self, *, most: int = MOST_SHAPES) -> None:
        self.dropped = 0
        """Runs of statements whose shape was one too many."""
        self._most = most
        self._by_text: OrderedDict[str, str | None] = OrderedDict()
        self._characters = 0
        self._texts: dict[str, str] = {}
        self._statements: dict[str, str] = {}

    def of(self, statement: str) -> str | None:
        """Return the fingerprint of a statement; None where no more shapes are kept.

        A statement is parsed when it is seen for the first time; afterwards this is one look into a dictionary.
        """
        try:
            shape = self._by_text[statement]
        except KeyError:
            shape = self._learn(statement)
        if shape is None:
            self.dropped += 1
        return shape

    def text(self, shape: str) -> str | None:
        """Return a shape's statement, literals replaced by `$n`."""
        return self._texts.get(shape)

    def statement(self, shape: str) -> str | None:
        """Return one statement of a shape as it was run: for the planner, which needs literals; never to be shown."""
        return self._statements.get(shape)

    def preview(self, shape: str) -> str:
        """Return the beginning of a shape's statement on one line."""
        return preview_of(self._texts.get(shape, ""))

    def __len__(self) -> int:
        return len(self._texts)

    def _learn(self, statement: str) -> str | None:
        fingerprinted, text = shape_of(statement)
        kept = fingerprinted in self._texts or len(self._texts) < self._most
        if kept:
            self._texts.setdefault(fingerprinted, text)
            self._statements.setdefault(fingerprinted, statement[:LONGEST])
        shape = fingerprinted if kept else None
        if len(statement) <= LONGEST:
            while len(self._by_text) >= _MOST_TEXTS or self._characters + len(statement) > _MOST_CHARACTERS:
                oldest, _ = self._by_text.popitem(last=False)
                self._characters -= len(oldest)
            self._by_text[statement] = shape
            self._characters += len(statement)
        return shape


def preview_of(text: str) -> str:
    """Return the beginning of a statement on one line, at most 200 characters."""
    return " ".join(text[: 10 * _PREVIEW].split())[:_PREVIEW]


def shape_of(statement: str) -> tuple[str, str]:
    """Return a statement's fingerprint (16 hexadecimal digits, PostgreSQL's own parser) and its text with `$n`.

    What does not parse, such as `SHOW` with a placeholder, is told apart by its text without numbers, up to a quote.
    """
    try:
        return fingerprint(statement), masked(normalize(statement))[:LONGEST]
    except (ParseError, UnicodeEncodeError):
        text = cut(statement)
        return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest(), text[:LONGEST]
