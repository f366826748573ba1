"""Words to kinds of tokens, and typing slips mended: one edit of a long word, two of a very long one.

Slips are found through a table of all words with letters left out, so a look-up costs the same whatever the vocabulary.
"""

from functools import lru_cache
from itertools import combinations

from app.phrases.rules.lexis.vocabulary import (
    FILLERS,
    HOLIDAYS,
    KEYWORDS,
    MONTHS,
    NUMBERS,
    ORDINALS,
    OTHER_WORDS,
    PARTS,
    SEASONS,
    UNITS,
    WEEKDAYS,
    ZONES,
)

Kind = tuple[str, int]

ONE_EDIT, TWO_EDITS, LONGEST = 6, 8, 14
"""Letters a word of ours needs for one slip, or two, to be mended; longer words than the last are never ours."""


def _table() -> dict[str, Kind]:
    table: dict[str, Kind] = dict.fromkeys(FILLERS.split(), ("filler", 0))
    for kind, words in KEYWORDS.items():
        table.update(dict.fromkeys(words.split(), (kind, 0)))
    table.update(dict.fromkeys(HOLIDAYS.split(), ("holiday", 0)))
    numbering = {"weekday": WEEKDAYS, "month": MONTHS, "season": SEASONS, "number": NUMBERS, "ordinal": ORDINALS}
    for kind, numbered in numbering.items():
        for number, words in numbered.items():
            table.update(dict.fromkeys(words.split(), (kind, number)))
    for names, kind in ((UNITS, "unit"), (PARTS, "part")):
        for name, words in names.items():
            table.update(dict.fromkeys(words.split(), (f"{kind}-{name}", 0)))
    for name, words in ZONES.items():
        table.update(dict.fromkeys(words.split(), (f"zone-{name}", 0)))
    return table


NOT_OURS = frozenset(OTHER_WORDS.split())
WORDS = _table()
"""Every word that says something, or nothing on purpose."""


def token_of(word: str) -> Kind:
    """Return the kind and value of a word; `word` where it is unknown."""
    found = WORDS.get(word)
    if found is None and "'" in word:
        stem = word.partition("'")[0]
        found = WORDS.get(stem)
    return found or ("word", 0)


@lru_cache(maxsize=4096)
def mended(word: str) -> tuple[str, int, str]:
    """Return the kind and value of the word that was probably meant, and that word."""
    word = word.partition("'")[0]
    if word in NOT_OURS or not ONE_EDIT - 1 <= len(word) <= LONGEST:
        return "word", 0, word
    near = [
        (distance, ours[0] != word[0], ours)
        for ours in {ours for left in _shortened(word) for ours in NEIGHBOURS.get(left, ())}
        if (distance := edits(word, ours)) <= (2 if len(ours) >= TWO_EDITS and ours[0] == word[0] else 1)
    ]
    meant = min(near)[2] if near else word
    return (*WORDS.get(meant, ("word", 0)), meant)


def _shortened(word: str) -> set[str]:
    """Return a word with none, one or two of its letters left out."""
    return {"".join(letters) for less in range(3) for letters in combinations(word, len(word) - less)}


def _neighbours() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for word, (kind, _) in WORDS.items():
        if len(word) >= ONE_EDIT and word.isalpha() and kind != "filler":
            for left in _shortened(word):
                found[left] = (*found.get(left, ()), word)
    return found


NEIGHBOURS = _neighbours()


def edits(one: str, other: str) -> int:
    """Return how many letters to change, insert, leave out or swap with their neighbour make one word the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]
