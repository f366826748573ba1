"""Numbers that are no times, by what stands around them: the later one, the two of us, 24 Park Road, a phone number."""

from app.phrases.rules.lexis.phrase import END, Token

POINTING = {"the", "this", "that", "later", "early", "late", "last", "next", "other", "which", "ordinal"}
HEADS = {"us", "you", "them"}
STREETS = {"road", "rd", "street", "st", "avenue", "ave", "lane", "drive", "crescent", "terrace", "gardens", "grove"}
NAMING = {"word", "month", "season", "ordinal"}
"""What streets are called after."""
LONGEST_NAME = 2
DICTATED = {"double", "triple", "treble", "hundred", "zero", "nought"}
SHORTEST_PHONE = 6


def no_times(found: list[Token]) -> list[Token]:
    """Return the tokens with numbers that can be no times as words."""
    said = _without_phones(found)
    return [_word(token) if _is_no_time(said, place) else token for place, token in enumerate(said)]


def _word(token: Token) -> Token:
    return token._replace(kind="word", value=0)


def _is_no_time(said: list[Token], place: int) -> bool:
    token = said[place]
    if token.kind != "number":
        return False
    before = said[place - 1] if place else END
    after, beyond = (*said[place + 1 : place + 3], END, END)[:2]
    if token.text == "one" and POINTING & {before.kind, before.text}:
        return after.kind not in {"oclock", "am", "pm", "number", "oh"} and not after.kind.startswith("unit")
    return (after.kind == "of" and beyond.text in HEADS) or _is_on_street(said[place + 1 : place + 2 + LONGEST_NAME])


def _is_on_street(after: list[Token]) -> bool:
    """Tell whether a street's name follows: Park Road, Eastern Avenue."""
    for place, token in enumerate(after):
        if place and token.text in STREETS:
            return True
        if token.kind not in NAMING and not token.kind.startswith("zone-"):
            return False
    return False


def _without_phones(found: list[Token]) -> list[Token]:
    """Return the tokens with every run of many single digits, as numbers are dictated, as words."""
    said: list[Token] = []
    run: list[Token] = []
    for token in [*found, END]:
        if token.kind == "oh" or token.text in DICTATED or (token.kind == "number" and token.value <= 9):
            run.append(token)
            continue
        said += map(_word, run) if len(run) >= SHORTEST_PHONE else run
        run = []
        said.append(token)
    return said[:-1]
