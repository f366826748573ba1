"""Pure rules of calls: which status follows which, and how what a provider says is called here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal
from uuid import UUID

Direction = Literal["in", "out"]

ORDER = (
    *("queued", "dispatching", "unknown", "not_placed", "withdrawn"),
    *("ringing", "in_progress", "forwarding", "failed", "ended"),
)
"""Every status. Messages come in any order and again: a call only ever moves to one that stands further right."""

_SAID: Mapping[str, str] = MappingProxyType(
    {
        "scheduled": "ringing",
        "queued": "ringing",
        "ringing": "ringing",
        "in-progress": "in_progress",
        "forwarding": "forwarding",
        "ended": "ended",
    }
)
"""Vapi's statuses, and ours. What is queued there is no longer queued here."""

OUR_CALL = "call_id"
"""The member of a call's metadata at Vapi that holds our id of an outbound call."""

LONGEST_VAPI_ID = 64


def status_of(said: str | None) -> str | None:
    """Return our status for Vapi's, None for one that tells nothing of a call's course (`not-found` and the like)."""
    return _SAID.get(said or "")


def direction_of(call_type: str | None) -> Direction:
    """Return whether a call goes out; one from a web page comes in."""
    return "out" if (call_type or "").startswith("outbound") else "in"


def our_call(metadata: Mapping[str, object]) -> UUID | None:
    """Return our own id of an outbound call, where its metadata at Vapi has one."""
    try:
        return UUID(str(metadata[OUR_CALL]))
    except (KeyError, ValueError):
        return None


def plain(name: str) -> str:
    """Return a name without what Vapi would take for a template, on one line."""
    return " ".join(name.translate({ord("{"): "(", ord("}"): ")", ord("%"): " "}).split()) or "us"
