"""Use cases after a call: compare what was said, keep a report that was fetched, give one up, forget what was said."""

from app.calls.reports.service.comparing import compare
from app.calls.reports.service.deleting import ask_to_delete, deleted, leave_for_later, tell_left, vapi_id_of
from app.calls.reports.service.forgetting import forget_words
from app.calls.reports.service.missing import Missing, ask_for_missing, give_up, keep, look, put_off

__all__ = [
    "Missing",
    "ask_for_missing",
    "ask_to_delete",
    "compare",
    "deleted",
    "forget_words",
    "give_up",
    "keep",
    "leave_for_later",
    "look",
    "put_off",
    "tell_left",
    "vapi_id_of",
]
