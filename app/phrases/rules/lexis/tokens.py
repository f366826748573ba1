"""From text to tokens: one scan, words looked up and slips mended, fillers dropped, spelled numbers put together."""

import re
import unicodedata

from app.phrases.rules.lexis.numbers import no_times
from app.phrases.rules.lexis.phrase import END, Token, Tokens
from app.phrases.rules.lexis.spelling import mended, token_of

SCANNER = re.compile(
    r"(?P<compact>20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:t\d{4}(?:\d\d)?z?)?(?!\d))"
    r"|(?P<half>1/2(?=\s*(?:an?\s+)?h))|(?P<quarters>3/4(?=\s+(?:of\s+)?an\s+h))"
    r"|(?P<iso>\d{4}-\d\d-\d\d[t ]+\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)?(?!\d|\s*[ap]\.?\s?m(?![a-z]))"
    r"|\d{4}-\d\d?-\d\d?(?!\d))"
    r"|(?P<date>\d{4}(?P<a>[/.])\d\d?(?P=a)\d\d?(?!\d)|\d\d?(?P<b>[/.-])\d\d?(?P=b)(?:\d{4}|\d\d)(?!\d)|\d\d?/\d\d?(?![\d/])|\d\d?\.(?:0?[1-9]|1[0-2])\.(?!\d))"
    r"|(?P<phone>\+?\d[\d ]{8,}\d|(?<![\d-])\d{3}-\d{4}(?![\d-])|[£$€#]\s?\d+(?:[.,]\d+)*|\d+\s?%)"
    r"|(?P<clock>\d\d?(?:[:;]\d\d){1,2}(?!\d)|\d\d?\.[0-5]\d(?![\d.]\d)|\d\d?h(?:[0-5]\d)?(?![a-z0-9]))"
    r"|(?P<decimal>\d+[.,]\d+)"
    r"|(?P<ordinal>\d{1,2}\s?(?:st|nd|rd|th)(?![a-z]))"
    r"|(?P<slang>(?:2mo(?:r+ow|ro)?|2mrw|2day|2nite|2night|2nyt|b4|l8r)(?![a-z0-9]))"
    r"|(?P<meridiem>(?<![a-z])[ap]\.?\s?m(?![a-z])\.?)"
    r"|(?P<commencing>w\s?/\s?[bce](?![a-z])|wc(?![a-z]))"
    r"|(?P<year>(?<![a-z0-9])'\d\d(?!\d))"
    r"|(?P<quartered>(?<![a-z0-9])q[1-4](?![a-z0-9]))"
    r"|(?P<offset>(?<![a-z])(?:gmt|utc)\s?[+-]\s?(?:1[0-2]|0?\d)(?::?00)?(?![\d:]))"
    r"|(?P<unit>(?<=\d)[dwm](?![a-z0-9']))"
    r"|(?P<weekend>(?<![a-z])week\s?-\s?ends?(?![a-z]))"
    r"|(?P<number>\d+)"
    r"|(?P<hour>(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?=ish(?![a-z])))"
    r"|(?P<mid>mid(?=(?:morning|afternoon|evening)))"
    r"|(?P<led>(?:next|this|last|on)(?=(?:mon|tues|wednes|thurs|fri|satur|sun)day))"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)"
    r"|(?P<sign>[-/,&@~+|;?.!]+)"
)  # fmt: skip
MOST = 125
"""Tokens of a phrase that are read."""
SIGNS = {"-": "-", ",": ",", "&": "and", "+": "and", "@": "at", "~": "around", "/": "/", "|": "or", ";": ","}
FRACTIONS = str.maketrans({"½": " half ", "¼": " quarter ", "’": "'", "‘": "'", "`": "'", "–": "-", "—": "-", "−": "-"})  # noqa: RUF001


STAMMERED = {
    *(
        "the",
        "next",
        "on",
        "at",
        "in",
        "after",
        "before",
        "a",
        "this",
        "of",
        "to",
        "and",
        "or",
        "for",
        "any",
        "not",
        ",",
    ),
}


def tokens(text: str) -> Tokens:
    """Return the tokens of a text, with ends after them."""
    plain = unicodedata.normalize("NFKC", text.translate(FRACTIONS)).lower().translate(FRACTIONS)
    found: list[Token] = []
    last = -1
    for match in SCANNER.finditer(plain):
        made = _token(match.lastgroup or "", match.group())
        if made and made.kind == "number" and match.start() == last and found and found[-1].kind == "word":
            made = Token("word", text=made.text)  # a postcode
        if made is not None and not _repeats(made, found):
            found.append(made._replace(glued=match.start() == last))
        last = match.end()
    return Tokens.of(no_times(_joined(found))[:MOST])


def _repeats(token: Token, found: list[Token]) -> bool:
    """Tell whether a word is stammered: the the, next next. Numbers said twice are two."""
    return bool(found) and token.kind == found[-1].kind and token.text == found[-1].text and token.kind in STAMMERED


def _token(kind: str, text: str) -> Token | None:
    """Return the token of one match, None where it says nothing."""
    if kind in MAKERS:
        return MAKERS[kind](text)
    if kind == "sign":
        sign = SIGNS.get(text[0])
        return Token(sign, text=text) if sign else None
    return _word(text)


def _word(text: str) -> Token | None:
    kind, value = token_of(text)
    if kind == "word":
        kind, value, meant = mended(text)
        text = text if kind == "word" else meant
    return None if kind == "filler" else Token(kind, value, text)


def _slang(text: str) -> Token | None:
    return _word({"b": "before", "l": "later"}.get(text[0]) or ("tomorrow" if "m" in text else SHORT[text]))


SHORT = {"2day": "today", "2nite": "tonight", "2night": "tonight", "2nyt": "tonight"}


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:8])


def _number(text: str) -> Token:
    return Token("number", int(text), text) if len(text) <= 8 else Token("word", text=text)


def _compact(text: str) -> tuple[int, ...]:
    return int(text[:4]), int(text[4:6]), int(text[6:8])


def _clock(text: str) -> Token:
    numbers = _numbers(text)
    return Token("hm", text=text, values=(numbers[0], numbers[1] if len(numbers) > 1 else 0))


def _date(text: str) -> Token:
    """Return a date in numbers; where none of them can be a month it is some other number."""
    values = _numbers(text)
    return Token("date" if min(values[:2]) <= 12 or values[0] > 31 else "word", text=text, values=values)


def _offset(text: str) -> Token:
    """Return the zone of UTC+2; the tz database counts such zones westward."""
    hours = _numbers(text)[0]
    east = "+" in text
    return Token(f"zone-Etc/GMT{'-' if east else '+'}{hours}", text=text)


MAKERS = {
    "year": lambda text: Token("number", 2000 + int(text[1:]), f"20{text[1:]}"),
    "compact": lambda text: Token("iso" if "t" in text else "date", text=text, values=_compact(text)),
    "iso": lambda text: Token("iso" if ":" in text else "date", text=text, values=_numbers(text)),
    "date": _date,
    "phone": lambda text: Token("word", text=text),
    "clock": _clock,
    "decimal": lambda text: Token("decimal", text=text, values=_numbers(text)),
    "quarters": lambda text: Token("decimal", text="0.75"),
    "half": lambda text: Token("half", text=text),
    "ordinal": lambda text: Token("ordinal", _numbers(text)[0], text),
    "slang": _slang,
    "meridiem": lambda text: Token(text[0] + "m", text=text),
    "commencing": lambda text: Token("commencing", text="w/c"),
    "quartered": lambda text: Token("quarter-number", int(text[1]), text),
    "offset": _offset,
    "unit": lambda text: Token({"d": "unit-day", "w": "unit-week", "m": "unit-minute"}[text], text=text),
    "weekend": lambda text: Token("unit-weekend", text="weekend"),
    "number": _number,
}


def _joined(found: list[Token]) -> list[Token]:
    """Put spelled tens and units together: twenty four, thirty-first; a unit alone never follows a unit."""
    joined: list[Token] = []
    for token in found:
        before = joined[-1] if joined else END
        hyphen = len(joined) > 1 and before.kind == "-" and before.glued and token.glued
        tens = joined[-2] if hyphen else before
        small = token.kind in {"number", "ordinal"} and 1 <= token.value <= 9 and token.text.isalpha()
        if small and tens.kind == "number" and tens.text.isalpha() and tens.value in {20, 30, 40, 50}:
            del joined[-2 if hyphen else -1 :]
            token = Token(token.kind, tens.value + token.value, "twenty", glued=tens.glued)
        elif hyphen and token.kind == tens.kind == "number" and token.text.isalpha() and tens.text.isalpha():
            joined.pop()  # two-thirty
        joined.append(token)
    return joined
