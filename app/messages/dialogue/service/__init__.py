"""Use cases of the dialogue: take in a text, also one that no webhook told of, answer it, forget talks."""

from app.messages.dialogue.service.answering import answer
from app.messages.dialogue.service.missing import seek, take_missed
from app.messages.dialogue.service.receiving import keep_for_nobody, take_in
from app.messages.dialogue.service.talks import forget_talks

__all__ = ["answer", "forget_talks", "keep_for_nobody", "seek", "take_in", "take_missed"]
