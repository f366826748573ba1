"""What a message's status and an error code of Twilio mean. Pure.

Callbacks come in any order, several times, or not at all, so a status only moves forward.
"""

from typing import Literal

Verdict = Literal["opted_out", "permanent", "later", "unknown"]

_RANKS = {
    "accepted": 0,
    "scheduled": 0,
    "queued": 1,
    "sending": 2,
    "sent": 3,
    "partially_delivered": 4,
    "delivered": 4,
    "undelivered": 4,
    "failed": 4,
    "canceled": 4,
    "read": 5,
}
_TERMINAL = 4
_MENDED = {"undelivered", "partially_delivered"}
"""After these a carrier may still say that it was delivered after all."""

OPTED_OUT = 21610
_LATER = {20429, 21611, 30001, 30003, 30008}
_PERMANENT = {
    *(20003, 20404, 21211, 21214, 21408, 21603, 21606, 21614, 21617),
    *(30002, 30004, 30005, 30006, 30007),
}


def rank(status: str) -> int | None:
    """Return how far a message that we sent has come, 0 to 5; None: no status of such a message that we know."""
    return _RANKS.get(status)


def terminal(status: str) -> bool:
    """Return whether nothing more is to come, but for `read` and what mends `undelivered`."""
    return _RANKS.get(status, 0) >= _TERMINAL


def moves(old: str | None, new: str) -> bool:
    """Return whether a message goes from one status to another; from None, or one unknown to us, to any known.

    The first terminal status stays, except that `delivered` follows `undelivered`.
    """
    after = rank(new)
    before = rank(old) if old is not None else None
    if after is None:
        return False
    if before is None or after > before:
        return True
    return new == "delivered" and old in _MENDED


def verdict(code: int | None) -> Verdict:
    """Return what an error code says of sending again.

    `opted_out`: never to this recipient from this sender. `permanent`: not with what was sent. `later`: at the
    earliest after 5 minutes, and not without end. `unknown`: no code, or none that we know.
    """
    if code == OPTED_OUT:
        return "opted_out"
    if code in _LATER:
        return "later"
    return "permanent" if code in _PERMANENT else "unknown"
