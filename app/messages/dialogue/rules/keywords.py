"""The words by which people stop texts, start them again, or ask for help.

Twilio acts on the bare words itself and answers them; words around them it does not know (`stop please`), we do.
Source: Twilio's page on advanced opt-out: STOP, STOPALL, UNSUBSCRIBE, END, QUIT, CANCEL, REVOKE, OPTOUT; START, UNSTOP,
YES only where it follows a stop; HELP, INFO. Canadian carriers ask for ARRET beside. What stops texts in another
language is obeyed, too; what starts them again has to be one of Twilio's, or Twilio would go on blocking.
"""

import re
import unicodedata
from enum import StrEnum


class Keyword(StrEnum):
    """What a text asks for before anything else is looked at."""

    stop = "stop"
    start = "start"
    help = "help"


BARE_STOPS = frozenset(
    {"stop", "stopall", "stop all", "unsubscribe", "end", "quit", "cancel", "revoke", "optout", "opt out"}
)
"""Alone these are Twilio's own: it has unsubscribed the number before we hear of it. None is ever suggested."""

_STARTS = frozenset({"start", "unstop", "resubscribe", "subscribe"})
_HELPS = frozenset({"help", "info", "ayuda", "aide"})
_POLITE = frozenset(
    {"please", "pls", "plz", "now", "thanks", "thank", "you", "ok", "just", "the", "all", "it", "sms"}
) | {"por", "favor"}
_STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "optout", "revoke", "quit", "end", "stopp"}) | frozenset(
    {"arret", "arrete", "arreter", "arrett", "alto", "parar", "pare", "detener", "baja", "desuscribir"}
)
_OF_TEXTS = r"(text(s|ed|ing)?|messag(e|es|ed|ing)|sms|contact(ing)?|reminders?)"
_STOP_TEXTS = re.compile(
    rf"\b(stop|quit)( \w+){{0,4}} {_OF_TEXTS}\b|\bno more( \w+){{0,2}} {_OF_TEXTS}\b"
    rf"|\b(don'?t|do not|never) (ever )?(text|message|contact|sms)\b"
    rf"|\b(don'?t|do not|never|no longer) (\w+ )?(want|need|send|wish)( \w+){{0,5}} {_OF_TEXTS}\b"
    r"|\b(remove|take) (me|my number) (from|off)\b|\b(unsubscribe|opt(ing|ed)? (me )?out)\b"
)
_STOP_FIRST = re.compile(r"\W*(STOP\b(?! BY\b)|(?i:stop)\s*[.,!;:])")
LONGEST = 160


YES = "yes"
"""Alone it takes a stop back at Twilio, so it does here; without a stop it is an answer."""


def keyword_of(text: str) -> Keyword | None:
    """Return what a text asks for before all else, if it does; case, marks and politeness do not matter."""
    text = _letters(text[:LONGEST])
    plain = " ".join(re.findall(r"[\w']+", text.casefold()))
    bare = " ".join(word for word in plain.split() if word not in _POLITE)
    if plain in BARE_STOPS or bare in _STOP_WORDS or _STOP_TEXTS.search(plain) or _STOP_FIRST.match(text):
        return Keyword.stop
    if bare in _STARTS:
        return Keyword.start
    return Keyword.help if bare in _HELPS else None


def _letters(text: str) -> str:
    """Return a text in plain letters: without accents, and without what cannot be seen."""
    apart = unicodedata.normalize("NFKD", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return "".join(each for each in apart if unicodedata.category(each) not in {"Mn", "Cf"})
