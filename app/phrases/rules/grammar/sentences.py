"""Messages of several sentences: which of them ask for a time, and which only tell of one.

"I was in last Tuesday. Could I come back on the 14th at two? My visa runs out on the 30th." A message in which no more
than one sentence names a time is read whole. Of others, sentences that tell of what was are left out, and then those
with a day alone where another has a day and a time.
"""

import re

from app.phrases.rules.grammar.entries import Entry, arranged
from app.phrases.rules.grammar.items import items
from app.phrases.rules.grammar.joining import LONGER, day_of_both
from app.phrases.rules.grammar.marks import Item
from app.phrases.rules.lexis.phrase import Tokens
from app.phrases.rules.lexis.tokens import tokens
from app.phrases.rules.lexis.vocabulary import ASKING, MONTHS, SHORTENED, TELLING
from app.phrases.rules.meaning.times import Part

BOUNDARY = re.compile(
    r"[.!?]+\s+(?=\S)|;\s+|\s*\n\s*|,\s+(?=(?:so|but)\s)"
    r"|\s+(?=so\s+(?:i|i'd|we|can|could|please|any|anything|let|may|how|what)\s)",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
GOES_ON = re.compile(r"\W*(?:or|otherwise|alternatively|if not|failing that|else)\b", re.IGNORECASE)
"""So a sentence begins that goes on with the one before it."""
BEFORE_NOW = re.compile(
    r"\b(?:yesterday|ago|last\s+(?:week|month|year|night|time|(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?!\s+(?:in|of)))\b",
    re.IGNORECASE,
)
_ASKING, _TELLING, _SHORTENED = frozenset(ASKING.split()), frozenset(TELLING.split()), frozenset(SHORTENED.split())
_MONTHS = frozenset(word for words in MONTHS.values() for word in words.split()) - {"may"}
"""What may follow the number of a day; "6. May I" is another sentence."""


def meant(text: str) -> list[Item]:
    """Return what a message says, without the sentences that name a time, but not the one that is asked for."""
    said = sentences(text)
    read = [tokens(each) for each in said]
    moves = any(token.kind == "move" for each in read for token in each)
    made = [items(each, moves=moves) for each in read]
    if len(said) < 2:
        return made[0]
    named = {place: entries for place, each in enumerate(made) if (entries := arranged(each).entries)}
    joined = any(GOES_ON.match(said[place]) or _corrects(read[place]) for place in range(1, len(said)))
    left_out = _not_meant(said, named) if len(named) > 1 and not joined else set()
    return [item for place, each in enumerate(made) if place not in left_out for item in each]


def _not_meant(said: list[str], named: dict[int, list[Entry]]) -> set[int]:
    """Return the places of the sentences that are left out."""
    asked = {place: entries for place, entries in named.items() if not _only_tells(said[place])}
    if not any(entry.days or entry.moment for entries in asked.values() for entry in entries):
        asked = named  # it was on Friday at three; can I have it at four
    return (named.keys() - asked.keys()) | _beside_the_point(asked)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; what follows "so" or "but" is one of its own."""
    found, begin = [], 0
    for boundary in BOUNDARY.finditer(text):
        if not _is_within(text[begin : boundary.start()], boundary.group(), text[boundary.end() :]):
            found.append(text[begin : boundary.end()])
            begin = boundary.end()
    return [each for each in (*found, text[begin:]) if each.strip()]


def _is_within(before: str, sign: str, after: str) -> bool:
    """Tell whether a full stop belongs to what stands before it: Dr. Lee, 3 p.m. on Friday, 24. March."""
    if sign.rstrip() != ".":
        return False
    word = WORD.search(after)
    if before[-1:].isdigit():
        return after[:1].isdigit() or (word is not None and word.start() == 0 and word.group().lower() in _MONTHS)
    last = re.split(r"[\s.]", before)[-1].lower()
    return last in _SHORTENED


def _corrects(sentence: Tokens) -> bool:
    """Tell whether a sentence takes back what was said before it: actually, Monday."""
    return any(token.kind == "sorry" and token.text not in {"instead", "rather"} for token in sentence)


def _only_tells(sentence: str) -> bool:
    """Tell whether a sentence says what was, or is to be no more, and asks for nothing."""
    words = {word.lower() for word in WORD.findall(sentence)}
    if "cancel" in words:
        return True  # and the time that is wanted is named beside it
    if "?" in sentence or words & _ASKING:
        return False
    return bool(words & _TELLING or BEFORE_NOW.search(sentence))


def _beside_the_point(asked: dict[int, list[Entry]]) -> set[int]:
    """Return the sentences with a day or a time alone that agrees with no day and time of another sentence."""
    whole = [entry for entries in asked.values() for entry in entries if entry.moment or (entry.days and entry.time)]
    return {
        place
        for place, entries in asked.items()
        if whole and not any(entry in whole or any(_agree(entry, other) for other in whole) for entry in entries)
    }


def _agree(part: Entry, whole: Entry) -> bool:
    """Tell whether a day or a time may be meant beside a day and a time: next week, and Tuesday at three."""
    if part.days is not None:
        longer = isinstance(part.days, LONGER) or isinstance(whole.days, LONGER)
        return longer and whole.days is not None and day_of_both(part.days, whole.days) is not None
    return isinstance(whole.time, Part)
