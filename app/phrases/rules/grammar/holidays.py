"""Holidays by their names."""

from app.phrases.rules.grammar.calendars import year_after
from app.phrases.rules.lexis.phrase import Tokens, remembering
from app.phrases.rules.meaning.context import Days
from app.phrases.rules.meaning.holidays import Holiday

NAMES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("new", "year", "day"), "new year's day"),
    (("new", "years", "day"), "new year's day"),
    (("new", "year", "eve"), "new year's eve"),
    (("new", "years", "eve"), "new year's eve"),
    (("new", "year"), "new year's day"),
    (("new", "years"), "new year's day"),
    (("christmas", "eve"), "christmas eve"),
    (("xmas", "eve"), "christmas eve"),
    (("christmas", "day"), "christmas"),
    (("xmas", "day"), "christmas"),
    (("christmas",), "christmas"),
    (("xmas",), "christmas"),
    (("boxing", "day"), "boxing day"),
    (("may", "bank", "holiday"), "may bank holiday"),
    (("spring", "bank", "holiday"), "spring bank holiday"),
    (("august", "bank", "holiday"), "august bank holiday"),
    (("summer", "bank", "holiday"), "august bank holiday"),
    (("martin", "luther", "king", "day"), "martin luther king day"),
    (("mlk", "day"), "martin luther king day"),
    (("presidents", "day"), "presidents day"),
    (("president", "day"), "presidents day"),
    (("cinco", "de", "mayo"), "cinco de mayo"),
    (("mother", "day"), "mother's day"),
    (("mothers", "day"), "mother's day"),
    (("mothering", "sunday"), "mother's day"),
    (("father", "day"), "father's day"),
    (("fathers", "day"), "father's day"),
    (("juneteenth",), "juneteenth"),
    (("columbus", "day"), "columbus day"),
    (("fourth", "of", "july"), "independence day"),
    (("good", "friday"), "good friday"),
    (("black", "friday"), "black friday"),
    (("easter", "monday"), "easter monday"),
    (("easter", "sunday"), "easter"),
    (("easter",), "easter"),
    (("valentine", "day"), "valentine's day"),
    (("valentines", "day"), "valentine's day"),
    (("valentines",), "valentine's day"),
    (("valentine",), "valentine's day"),
    (("halloween",), "halloween"),
    (("thanksgiving", "day"), "thanksgiving"),
    (("thanksgiving",), "thanksgiving"),
    (("bonfire", "night"), "bonfire night"),
    (("may", "day"), "may day"),
    (("memorial", "day"), "memorial day"),
    (("labor", "day"), "labor day"),
    (("labour", "day"), "labor day"),
    (("independence", "day"), "independence day"),
    (("veterans", "day"), "veterans day"),
    (("st", "patrick", "day"), "st patrick's day"),
    (("st", "paddy", "day"), "st patrick's day"),
    (("patrick", "day"), "st patrick's day"),
)
FIRST = frozenset(words[0] for words, _ in NAMES)


@remembering
def holiday(t: Tokens, i: int) -> tuple[Days, int] | None:
    """Return a holiday, with its year where one is said."""
    if _plain(t[i].text) not in FIRST:
        return None
    for words, name in NAMES:
        if all(_plain(t[i + k].text) == word for k, word in enumerate(words)):
            year, j = year_after(t, i + len(words))
            return Holiday(name, year), j
    return None


def _plain(text: str) -> str:
    return text.partition("'")[0]
