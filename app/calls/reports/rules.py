"""What an assistant said that it had done, and whether it had: pure.

Only what is said as done counts: no question, no offer, no condition, and no refusal. A model's report of its own deeds
is worth nothing (integrations.md, section 6, failure 6), so each has to be backed by what a tool answered, or by a
booking.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

LONGEST_READ = 200_000


class Deed(StrEnum):
    """What was said to be done."""

    booked = "booked"
    moved = "moved"
    cancelled = "cancelled"


@dataclass(frozen=True, slots=True)
class Claim:
    """A deed that was claimed. `own`: the assistant said that it did so itself, and not only that it is so."""

    deed: Deed
    own: bool


_BACKED = {
    Deed.booked: frozenset({"booked", "moved"}),
    Deed.moved: frozenset({"moved", "booked"}),
    Deed.cancelled: frozenset({"cancelled"}),
}
"""By which answers of tools a claim is backed."""
_TOLD = frozenset({"listed", "read_back", "same_time", "held"})
"""Answers that name an appointment which is there; after one of them it may be spoken of."""

_I = r"\b(?:i|we)(?:'ve| have)(?: just| now| gone ahead and| also| already)* "
_IT_IS = r"(?:is|'s|are|'re|has been|have been|was) (?:now |all |just |officially )*"
_THING = r"\b(?:appointment|booking|reservation|slot|visit|session|check-up|consultation)s?\b[^.?!;]{0,80}?"
_CLAIMS = tuple(
    (deed, own, re.compile(pattern, re.IGNORECASE))
    for deed, own, pattern in (
        (Deed.cancelled, True, _I + r"(?:cancell?ed)\b"),
        (Deed.cancelled, False, _THING + r"\b" + _IT_IS + r"cancell?ed\b"),
        (Deed.cancelled, False, r"^cancell?ed: "),
        (Deed.moved, True, _I + r"(?:moved|rescheduled|changed)\b"),
        (Deed.moved, False, _THING + r"\b" + _IT_IS + r"(?:moved|rescheduled|changed)\b"),
        (Deed.moved, False, r"\byou(?:'ve| have) been (?:moved|rescheduled)\b"),
        (
            Deed.booked,
            True,
            _I + r"(?:booked|scheduled|reserved|confirmed|made (?:your|the|that|an?) (?:appoint|book))",
        ),
        (Deed.booked, True, _I + r"(?:put|got|pencilled|penciled) you (?:down|in|booked)\b"),
        (Deed.booked, False, r"\byou(?:'re| are)(?: now| all| officially)* (?:booked|scheduled|confirmed)\b"),
        (Deed.booked, False, r"\byou(?:'re| are)(?: now)? all set (?:for|on|at|with)\b"),
        (Deed.booked, False, r"\bgot you (?:down|booked|scheduled)\b"),
        (Deed.booked, False, _THING + _IT_IS + r"(?:booked|confirmed|scheduled|reserved|made)\b"),
        (Deed.booked, False, r"\b(?:that's|that is|it's|it is)(?: now| all)* (?:booked|confirmed)\b"),
        (Deed.booked, False, r"^booked: "),
    )
)
_UNLESS = re.compile(
    r"\b(?:if|once|when|whenever|unless|until|before|after|whether|as soon as|so that)\b", re.IGNORECASE
)
_ONLY = re.compile(
    r"\b(?:not|never|cannot|can|could|would|will|shall|should|may|might|going to|want|like to|let me|unable|"
    r"no longer|someone|somebody|already|fully|another|others?|yet)\b|n't\b|'ll\b|'d\b",
    re.IGNORECASE,
)
_BY_OTHERS = re.compile(r"^ by (?:someone|somebody|another|others?)\b", re.IGNORECASE)
_KIND_WORDS = re.compile(r"\b(?:no problem|not a problem|not at all|no worries|don't worry|can do)\b", re.IGNORECASE)
_TITLES = re.compile(r"\b(dr|mr|mrs|ms|st|no|approx)\.", re.IGNORECASE)
_HALF_DAYS = re.compile(r"\b([ap])\.\s?m\.", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.?!;\n]+[.?!;\n]?")
_ASSISTANT = re.compile(r"^(?:ai|assistant|bot)\s*:\s*", re.IGNORECASE)
_OTHER = re.compile(r"^(?:user|customer|caller|tool|system)\s*:\s*", re.IGNORECASE)


def said_by_assistant(transcript: str) -> Iterator[str]:
    """Yield what the assistant said, line by line; a line without a speaker goes on with the last one."""
    speaks = False
    for line in transcript[:LONGEST_READ].splitlines():
        begun = _ASSISTANT.match(line)
        if begun is not None:
            speaks = True
            yield line[begun.end() :]
        elif _OTHER.match(line):
            speaks = False
        elif speaks:
            yield line


def claims(lines: Iterable[str]) -> set[Claim]:
    """Return what was said to be done."""
    return {claim for line in lines for sentence in _sentences(line) for claim in _claims_in(sentence)}


def unbacked(claimed: Iterable[Claim], codes: Collection[str], *, changed: bool) -> Deed | None:
    """Return what was claimed and is not so, the worst first; None where nothing is.

    `codes` are what tools answered in the call with success; `changed`: whether a booking of the caller was made or
    changed while it went on, by whomever.
    """
    for deed in Deed:
        for claim in claimed:
            backed = changed or not _BACKED[deed].isdisjoint(codes) or (not claim.own and not _TOLD.isdisjoint(codes))
            if claim.deed is deed and not backed:
                return deed
    return None


def _sentences(line: str) -> Iterator[str]:
    plain = line.replace("’", "'").replace("*", "")  # noqa: RUF001 - as models write it
    plain = _HALF_DAYS.sub(r"\1m", _TITLES.sub(r"\1", plain))
    for found in _SENTENCE.finditer(_KIND_WORDS.sub("", plain)):
        yield " ".join(found.group().split())


def _claims_in(sentence: str) -> Iterator[Claim]:
    for deed, own, pattern in _CLAIMS:
        found = pattern.search(sentence)
        if found is None:
            continue
        before, clause = sentence[: found.end()], re.split(r"[,:] ", sentence[: found.start()])[-1]
        rest = sentence[found.end() :]
        asked = sentence.endswith("?") and "," not in rest
        if (
            not asked
            and not _BY_OTHERS.match(rest)
            and not _UNLESS.search(before)
            and not _ONLY.search(clause + found.group())
        ):
            yield Claim(deed, own)
