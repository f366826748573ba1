"""Use cases of the dialogue: take in a text, answer it, forget talks that have ended."""

from app.messages.dialogue.service.answering import answer
from app.messages.dialogue.service.receiving import keep_for_nobody, take_in
from app.messages.dialogue.service.talks import forget_talks

__all__ = ["answer", "forget_talks", "keep_for_nobody", "take_in"]
