"""Bare answers to what was asked: yes, no, a number. Politeness may stand around them, and nothing else beside.

A yes or a number does something, so what is not surely one is none: it is asked back.
"""

import re
import unicodedata

LONGEST = 320
"""So much of a text is looked at; what is longer is a letter to a person."""

THUMBS_UP = frozenset("\N{THUMBS UP SIGN}\N{OK HAND SIGN}\N{WHITE HEAVY CHECK MARK}\N{HEAVY CHECK MARK}")

THUMBS_DOWN = frozenset("\N{THUMBS DOWN SIGN}\N{CROSS MARK}\N{NO ENTRY SIGN}")

_WORD = re.compile(r"[\w']+")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_POLITE = _set(
    "please pls plz thanks thank you thx ty ta cheers hi hello hey x xx xxx well um uh oh ah and so then now just"
)
_CLEARLY = _set(
    "y ye yes yep yeah yea yup ya aye yess yesss ok okay k sure correct confirm confirmed absolutely definitely"
    " certainly agreed"
)
_YES = _CLEARLY | _set("perfect great good fine lovely brilliant super cool works sounds ideal")
_BESIDE = _set("that that's thats this it it's its is will would be for me us to i can do go ahead a the very thing")
_YES_PHRASES = frozenset({"go ahead", "do", "do it", "let's do it", "lets do it", "of course", "yes of course"})
_ASKS = frozenset({"is", "can", "will", "would"})
_NO = frozenset({"n", "no", "nope", "nah", "neither", "none"})
_NO_BESIDE = _set(
    "of them those these any work that one it the time times day suit me for sorry i can't cant do doesn't doesnt"
    " don't dont is are afraid not either"
)
_GIVES_UP = re.compile(
    r"\b(never ?mind|forget (it|that|about it)|(leave|keep) (it|that)|does(n'?t| not) matter|not now|changed my mind"
    r"|don'?t (bother|worry)|no need|(cancel|scrap) (that|this))\b|^(i'?m|all) (good|fine|ok|okay)$"
)
_OTHERS = re.compile(
    r"\b((none|neither) (of|works?)|something else|other (times?|days?|options?|slots?)|another (time|day|slot|one)"
    r"|any ?(thing)? (other|else)|what else|more (times|options|slots)|(doesn'?t|don'?t|won'?t|not) (work|suit)"
    r"|can'?t (do|make) (it|that|those|these|any|either|them))\b"
)
_ANY = re.compile(
    r"(the )?(any|anything|either|whichever|whatever|earliest|soonest|first available)"
    r"( (one|time|day|of (them|those)))*"
    r"( is| works?| would be| will do)*( fine| ok| good| for me)*|(i )?don'?t mind( which)?|you choose|you pick"
)
_NUMBERS = {
    **{str(number): number for number in range(1, 10)},
    **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "first": 1, "second": 2, "third": 3, "last": -1},
    **{"1st": 1, "2nd": 2, "3rd": 3},
}
_AROUND = _set(
    "option opt number no nr num slot choice take i'll ill i'd id with let's lets want like prefer choose pick book"
)
_EITHER, _EXCEPT = _set("and or either both"), _set("not but except")
_THANKS = frozenset({"thanks", "thank", "thx", "ty", "ta", "cheers", "great", "perfect", "lovely", "brilliant"})
_NOT_A_NUMBER = re.compile(r"\b(first|second|third|last|1st|2nd|3rd|that|this|which) one\b")


def plain(text: str) -> str:
    """Return the words of a text, in lower case and with single spaces between."""
    known = (
        unicodedata.normalize("NFKC", seen(text[:LONGEST])).casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    return " ".join(_WORD.findall(known))


def seen(text: str) -> str:
    """Return a text without what nobody sees, such as marks of direction and spaces of no width."""
    return "".join(each for each in text if unicodedata.category(each) != "Cf")


def bare(text: str) -> str:
    """Return the words of a text without the politeness around them."""
    return " ".join(word for word in plain(text).split() if word not in _POLITE)


def assents(text: str, *, beside: frozenset[str] = frozenset(), clearly: bool = False) -> bool:
    """Return whether a text is a yes and nothing else; a question is none. `beside` may stand with it.

    `clearly`: being pleased is not enough, for `great` may be said to something else.
    """
    words = bare(text).split()
    if not words:
        return not THUMBS_UP.isdisjoint(text) and THUMBS_DOWN.isdisjoint(text)
    if "?" in text or words[0] in _ASKS:
        return False
    said = set(words)
    if not clearly and " ".join(words) == "book it":
        return True
    return " ".join(words) in _YES_PHRASES or (
        not said.isdisjoint(_CLEARLY if clearly else _YES) and said <= _YES | _BESIDE | beside
    )


def refuses(text: str) -> bool:
    """Return whether a text is a no and nothing else."""
    said = set(bare(text).split())
    if not said:
        return not THUMBS_DOWN.isdisjoint(text) and THUMBS_UP.isdisjoint(text)
    return not said.isdisjoint(_NO) and said <= _NO | _NO_BESIDE


def gives_up(text: str) -> bool:
    """Return whether a text says that nothing is wanted any more: `never mind`, `no thanks`."""
    thanked = "thank" in plain(text) or {"ta", "cheers", "thx"} & set(plain(text).split())
    return bool(_GIVES_UP.search(bare(text))) or (bool(thanked) and refuses(text))


def wants_others(text: str) -> bool:
    """Return whether a text says that none of what was offered suits."""
    return refuses(text) or bool(_OTHERS.search(plain(text)))


def takes_any(text: str) -> bool:
    """Return whether a text leaves the choice to us."""
    return bool(_ANY.fullmatch(bare(text)))


def thanks(text: str) -> bool:
    """Return whether a text is nothing but thanks, or a farewell: it wants nothing."""
    words = bare(text).split()
    while words and words[0] in _YES:
        words.pop(0)
    farewell = " ".join(words[:2]) in {"see you", "see u", "see ya"} or (words[:1] == ["see"] and "you" in plain(text))
    said = set(plain(text).split())
    return (not words and not said.isdisjoint(_THANKS)) or (farewell and "?" not in text)


def picked(text: str, count: int) -> int | None:
    """Return the place, from 0, of what was chosen of so many; None if the text is not surely a choice."""
    words = _NOT_A_NUMBER.sub(r"\1", bare(text)).removesuffix(" for me").split()
    numbers = [_NUMBERS[word] for word in words if word in _NUMBERS]
    others = {word for word in words if word not in _NUMBERS}
    if len(numbers) != 1 or "?" in text or not others <= (_AROUND | _YES | _BESIDE) - {"for", "to", "is"}:
        return None
    if numbers[0] == -1:
        return count - 1 if count else None
    return numbers[0] - 1 if numbers[0] <= count else None


def muddled(text: str, count: int) -> bool:
    """Return whether a text names several of so many choices, one of them as not wanted, or the one before the first.

    `1 or 2`, `not 1` and `0` are times of the day to whoever reads times; after a list they are to be asked back.
    """
    words = _NOT_A_NUMBER.sub(r"\1", bare(text)).split()
    chosen = {_NUMBERS.get(word, 0) for word in words if word in _NUMBERS or word == "0"}
    others = {word for word in words if word not in _NUMBERS and word != "0"}
    if (
        not chosen
        or max(chosen) > count
        or not others <= (_AROUND | _YES | _BESIDE | _EITHER | _EXCEPT) - {"to", "for"}
    ):
        return False
    return len(chosen) > 1 or chosen == {0} or not others.isdisjoint(_EXCEPT)
