"""The words by which people stop texts, start them again, or ask for help.

Twilio acts on the bare words itself and answers them; words around them it does not know (`stop please`), we do.
Source: Twilio's page on advanced opt-out: STOP, STOPALL, UNSUBSCRIBE, END, QUIT, CANCEL, REVOKE, OPTOUT; START, UNSTOP,
YES only where it follows a stop; HELP, INFO.
"""

import re
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
_HELPS = frozenset({"help", "info"})
_POLITE = frozenset({"please", "pls", "plz", "now", "thanks", "thank", "you", "ok", "just", "the", "all", "it", "sms"})
_STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "optout", "revoke"})
_STOP_TEXTS = re.compile(
    r"\b(stop|quit|no more|don'?t|do not|never|remove me|take me off|opt(ed|ing)? out)\b.{0,40}"
    r"\b(text(s|ing)?|messag(e|es|ing)|sms|list|contact(ing)?|reminders?)\b|\b(unsubscribe|opt me out|remove me from)\b"
)
LONGEST = 160


def keyword_of(text: str) -> Keyword | None:
    """Return what a text asks for before all else, if it does; case, marks and politeness do not matter."""
    plain = " ".join(re.findall(r"[\w']+", text[:LONGEST].casefold()))
    bare = " ".join(word for word in plain.split() if word not in _POLITE)
    if plain in BARE_STOPS or bare in _STOP_WORDS or _STOP_TEXTS.search(plain):
        return Keyword.stop
    if bare in _STARTS:
        return Keyword.start
    return Keyword.help if bare in _HELPS else None
