"""What is wrong with a template, before anybody gets it."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from app.messages.templates.rules.filling import NAMED, PLACEHOLDERS

Channel = Literal["sms", "email"]

LONGEST_TEXT = 640
MOST_PLACEHOLDERS = 20

_STOP_WORDS = "STOPALL|UNSUBSCRIBE|END|QUIT|CANCEL|REVOKE|OPTOUT|OPT-OUT"
_ASKS = r"(?:reply|replies|replying|text|texting|txt|send|sending|answer|respond|write|type|message|press|tap|say|use)"
_BETWEEN = r"(?:\W|\b(?:us|back|with|by|the|word|an|or|just|only|simply|please|to|this|number|[a-z0-9])\b)*?"
_QUOTE = "[\"'\u2018\u2019\u201c\u201d\u00ab\u00bb]"
# Twilio takes these words for "no more texts", whatever else they were meant for: capitals and quotes say that the
# word itself is meant, wherever they stand, and so does its place straight after "reply".
_FORBIDDEN = (
    re.compile(rf"\b{_ASKS}\b{_BETWEEN}\b(?:{_STOP_WORDS})\b", re.IGNORECASE),
    re.compile(rf"{_QUOTE}(?:{_STOP_WORDS}){_QUOTE}", re.IGNORECASE),
)
_IN_ONE_SENTENCE = re.compile(rf"\b{_ASKS}\b[^.!?\n]*\b(?:{_STOP_WORDS})\b", re.IGNORECASE)
_IN_CAPITALS = re.compile(rf"\b(?:{_STOP_WORDS})\b")
_PURPOSE = re.compile(rf"\bto\s+(?:{_STOP_WORDS})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: a code, and the words that it is about."""

    code: Literal["unknown_placeholder", "unbalanced_braces", "asks_for_stop_word", "too_long", "too_many_placeholders"]
    about: tuple[str, ...] = ()


def fault_of(template: str, channel: Channel) -> Fault | None:
    """Return the first fault of a template, None if it has none."""
    named = NAMED.findall(template)
    unknown = tuple(sorted(set(named) - set(PLACEHOLDERS)))
    if "{" in (left := NAMED.sub("", template)) or "}" in left:
        return _braces(left)
    if unknown:
        return Fault("unknown_placeholder", unknown)
    if len(named) > MOST_PLACEHOLDERS:
        return Fault("too_many_placeholders")
    if channel == "sms" and len(template) > LONGEST_TEXT:
        return Fault("too_long")
    if channel == "sms" and asks_for_stop_word(template):
        return Fault("asks_for_stop_word")
    return None


def asks_for_stop_word(text: str) -> bool:
    """Return whether a text asks to answer with a word by which Twilio ends all texts, other than STOP itself.

    "Reply C to cancel" asks for a C; "Reply CANCEL", "text 'end'" and "send the word quit" do not do what they say.
    """
    plain = "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")
    if _capitals_only(NAMED.sub(" ", plain)):
        return bool(_IN_ONE_SENTENCE.search(plain)) or any(pattern.search(plain) for pattern in _FORBIDDEN)
    shown = _PURPOSE.sub(" ", plain)
    return bool(_IN_CAPITALS.search(shown)) or any(pattern.search(shown) for pattern in _FORBIDDEN)


def _capitals_only(text: str) -> bool:
    return text.upper() == text


def _braces(left: str) -> Fault:
    odd = re.search(r"\{([^{}]{1,40})\}", left)
    return Fault("unknown_placeholder", (odd[1],)) if odd else Fault("unbalanced_braces")
