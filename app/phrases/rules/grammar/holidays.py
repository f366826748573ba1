"""Holidays by their names."""

from app.phrases.rules.grammar.calendars import year_after
from app.phrases.rules.lexis.phrase import Tokens, remembering
from app.phrases.rules.meaning.context import Days
from app.phrases.rules.meaning.holidays import Holiday, LongWeekend

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
    (("early", "may", "bank", "holiday"), "may bank holiday"),
    (("late", "may", "bank", "holiday"), "spring bank holiday"),
    (("easter", "bank", "holiday"), "good friday"),
    (("spring", "bank", "holiday"), "spring bank holiday"),
    (("august", "bank", "holiday"), "august bank holiday"),
    (("summer", "bank", "holiday"), "august bank holiday"),
    (("martin", "luther", "king", "day"), "martin luther king day"),
    (("mlk", "day"), "martin luther king day"),
    (("mlk",), "martin luther king day"),
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
    (("turkey", "day"), "thanksgiving"),
    (("bonfire", "night"), "bonfire night"),
    (("may", "day"), "may day"),
    (("memorial", "day"), "memorial day"),
    (("labor", "day"), "labor day"),
    (("labour", "day"), "labor day"),
    (("independence", "day"), "independence day"),
    (("veterans", "day"), "veterans day"),
    (("st", "patrick", "day"), "st patrick's day"),
    (("saint", "patrick", "day"), "st patrick's day"),
    (("st", "patricks", "day"), "st patrick's day"),
    (("st", "paddy", "day"), "st patrick's day"),
    (("ides", "of", "march"), "ides of march"),
    (("bank", "holiday", "monday"), "bank holiday monday"),
    (("bank", "holiday"), "bank holiday"),
    (("public", "holiday"), "bank holiday"),
    (("groundhog", "day"), "groundhog day"),
    (("burns", "night"), "burns night"),
    (("epiphany",), "epiphany"),
    (("shrove", "tuesday"), "shrove tuesday"),
    (("pancake", "day"), "shrove tuesday"),
    (("mardi", "gras"), "shrove tuesday"),
    (("fat", "tuesday"), "shrove tuesday"),
    (("ash", "wednesday"), "ash wednesday"),
    (("palm", "sunday"), "palm sunday"),
    (("maundy", "thursday"), "maundy thursday"),
    (("holy", "thursday"), "maundy thursday"),
    (("holy", "saturday"), "holy saturday"),
    (("easter", "saturday"), "holy saturday"),
    (("ascension", "day"), "ascension day"),
    (("ascension",), "ascension day"),
    (("pentecost",), "pentecost"),
    (("whit", "sunday"), "pentecost"),
    (("whit", "monday"), "whit monday"),
    (("april", "fools", "day"), "april fools"),
    (("april", "fool", "day"), "april fools"),
    (("april", "fools"), "april fools"),
    (("earth", "day"), "earth day"),
    (("paddy", "day"), "st patrick's day"),
    (("st", "brigid", "day"), "st brigid's day"),
    (("st", "david", "day"), "st david's day"),
    (("st", "george", "day"), "st george's day"),
    (("st", "andrew", "day"), "st andrew's day"),
    (("st", "stephen", "day"), "boxing day"),
    (("st", "valentine", "day"), "valentine's day"),
    (("flag", "day"), "flag day"),
    (("canada", "day"), "canada day"),
    (("anzac", "day"), "anzac day"),
    (("australia", "day"), "australia day"),
    (("indigenous", "peoples", "day"), "columbus day"),
    (("election", "day"), "election day"),
    (("all", "saints", "day"), "all saints"),
    (("all", "souls", "day"), "all souls"),
    (("guy", "fawkes", "night"), "bonfire night"),
    (("guy", "fawkes", "day"), "bonfire night"),
    (("guy", "fawkes"), "bonfire night"),
    (("remembrance", "sunday"), "remembrance sunday"),
    (("remembrance", "day"), "veterans day"),
    (("armistice", "day"), "veterans day"),
    (("cyber", "monday"), "cyber monday"),
    (("grandparents", "day"), "grandparents day"),
    (("women", "day"), "women's day"),
    (("patrick", "day"), "st patrick's day"),
)
FIRST = frozenset(words[0] for words, _ in NAMES) | {"long"}


@remembering
def holiday(t: Tokens, i: int) -> tuple[Days, int] | None:
    """Return a holiday, with its year where one is said."""
    long_one = _long_weekend(t, i)
    if long_one:
        return long_one
    led = i
    while t[i].kind in {"this", "next", "coming", "last"} and i < led + 2:
        i += 1
    over = i > led and t[i - 1].kind == "last"
    if _plain(t[i].text) not in FIRST:
        return None
    for words, name in NAMES:
        if all(_plain(t[i + k].text) == word for k, word in enumerate(words)):
            return (Holiday(name, years=-1), i + len(words)) if over else _of_year(t, i + len(words), name)
    return None


def _long_weekend(t: Tokens, i: int) -> tuple[Days, int] | None:
    """A long weekend, the bank holiday weekend."""
    while t[i].kind in {"the", "a", "this", "next", "coming"}:
        i += 1
    words = 1 if t[i].text == "long" else 2 if (t[i].text, t[i + 1].text) == ("bank", "holiday") else 0
    if words and t[i + words].kind == "unit-weekend":
        return LongWeekend(), i + words + 1
    return None


def _of_year(t: Tokens, j: int, name: str) -> tuple[Days, int]:
    """Return a holiday with the year behind it: 2027, this year, next year."""
    year, k = year_after(t, j)
    after = j + (t[j].kind in {"in", "of"})
    if year is None and t[after].kind in {"this", "next"} and t[after + 1].kind == "unit-year":
        return Holiday(name, years=int(t[after].kind == "next")), after + 2
    return Holiday(name, year), k


def _plain(text: str) -> str:
    return text.partition("'")[0]
