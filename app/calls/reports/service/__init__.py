"""Use cases after a call: compare what was said, keep a report that was fetched, give one up, forget words."""

from app.calls.reports.service.comparing import compare
from app.calls.reports.service.forgetting import forget_words
from app.calls.reports.service.missing import Missing, ask_for_missing, give_up, keep, look, put_off

__all__ = ["Missing", "ask_for_missing", "compare", "forget_words", "give_up", "keep", "look", "put_off"]
