"""Into how many parts a text message is cut, which is what it costs (3GPP TS 23.038 and 23.040). Pure."""

from dataclasses import dataclass
from typing import Literal

LONGEST_BODY = 1_600
"""Characters that Twilio takes in one message; more is refused with 21617."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Each of these takes two septets: the escape and its own."""

_SEPTETS_ALONE, _SEPTETS_IN_PARTS = 160, 153
_UNITS_ALONE, _UNITS_IN_PARTS = 70, 67


@dataclass(frozen=True, slots=True)
class Segments:
    """How a text is sent: in which alphabet, of how many septets (GSM-7) or UTF-16 units (UCS-2), in how many parts."""

    alphabet: Literal["GSM-7", "UCS-2"]
    units: int
    count: int


def segments(text: str) -> Segments:
    """Return how a text is sent; an empty one is one part. A character of two units is not cut in two."""
    if all(character in _BASIC or character in _EXTENSION for character in text):
        sizes = [2 if character in _EXTENSION else 1 for character in text]
        return Segments("GSM-7", sum(sizes), _parts(sizes, _SEPTETS_ALONE, _SEPTETS_IN_PARTS))
    sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return Segments("UCS-2", sum(sizes), _parts(sizes, _UNITS_ALONE, _UNITS_IN_PARTS))


def _parts(sizes: list[int], alone: int, in_parts: int) -> int:
    if sum(sizes) <= alone:
        return 1
    count, room = 1, in_parts
    for size in sizes:
        if size > room:
            count, room = count + 1, in_parts
        room -= size
    return count
