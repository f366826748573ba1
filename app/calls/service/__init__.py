"""Use cases of calls: whose they are, what is kept of them, reading them."""

from app.calls.service.answering import assistant_for, destination_for
from app.calls.service.personal import erase_calls, export_calls
from app.calls.service.reading import find, read
from app.calls.service.recording import note, with_call
from app.calls.service.routing import Routed, keep_unrouted, route

__all__ = [
    "Routed",
    "assistant_for",
    "destination_for",
    "erase_calls",
    "export_calls",
    "find",
    "keep_unrouted",
    "note",
    "read",
    "route",
    "with_call",
]
