"""Wishes: what makes two calls of a tool the same, and whether what was answered first still stands."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.bookings.rules import reference

FAULTS = frozenset({"failed", "too_late", "unknown_tool", "unreadable", "client_inactive", "unrouted"})
"""What came of a call of a tool that could not be carried out at all; a refusal is none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool answers. `code` is what came of it; `wish` is set where something was changed, or read back.

    `resource_id` is with whom it was read back, `named` for whom; None where nobody in particular was meant.
    """

    said: str = field(repr=False)
    code: str
    succeeded: bool = True
    wish: str | None = None
    booking_id: UUID | None = None
    starts_at: datetime | None = None
    resource_id: UUID | None = None
    named: str | None = field(default=None, repr=False)

    @property
    def failed(self) -> bool:
        """Whether nothing came of it by a fault, the model's or ours."""
        return self.code in FAULTS


@dataclass(frozen=True, slots=True)
class Booked:
    """The booking that an answer was about, as it is now."""

    status: str
    starts_at: datetime
    expires_at: datetime | None
    service_id: UUID
    customer_id: UUID | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was answered earlier in the same call."""

    id: UUID
    tool_call_id: str
    tool: str
    answer: Answer
    booked: Booked | None = None

    def stands(self, now: datetime) -> bool:
        """Tell whether what was answered is still so: held, booked, moved, cancelled, or there to be confirmed."""
        if self.booked is None:
            return self.answer.booking_id is None
        status, code = self.booked.status, self.answer.code
        if code == "cancelled":
            return status == "cancelled"
        if code == "held" and status == "held":
            return self.is_held(now)
        if code == "read_back":
            return status == "confirmed"
        return status == "confirmed" and self.booked.starts_at == self.answer.starts_at

    def is_held(self, now: datetime) -> bool:
        """Tell whether it holds a time that can be confirmed."""
        held = self.booked is not None and self.booked.status == "held" and self.booked.expires_at is not None
        return held and self.booked is not None and (self.booked.expires_at or now) > now

    def concerns(self, said: str) -> bool:
        """Tell whether a code, however it is spelt, names the booking that this was about."""
        return self.answer.booking_id is not None and names_code(said, self.answer.booking_id)


def names_code(said: str, booking_id: UUID) -> bool:
    """Tell whether the code of a booking, however it is spelt, is among what was said."""
    bare = "".join(character for character in said.upper() if character.isalnum())
    return reference(booking_id) in bare.replace("O", "0").replace("I", "1").replace("L", "1")


def wish_of(*parts: object) -> str:
    """Return what makes two wishes of one call the same: SHA-256 in hex of what they name."""
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()


def same_wish(earlier: Iterable[Earlier], wish: str) -> Earlier | None:
    """Return the earlier answer to the same wish."""
    return next((each for each in earlier if each.answer.wish == wish), None)


def names_of(earlier: Iterable[Earlier], booking_id: UUID) -> list[str]:
    """Return the names that were said in this call for a booking, in the order of the answers."""
    return [each.answer.named for each in earlier if each.answer.booking_id == booking_id and each.answer.named]


def named_last(earlier: Iterable[Earlier], booking_id: UUID) -> str | None:
    """Return the name that was said last for a booking; `earlier` has the newest first."""
    return next(iter(names_of(earlier, booking_id)), None)


def is_name_of(name: str, known: Iterable[str]) -> bool:
    """Tell whether a name is one of those known, in whole or in part: `ann` is `Ann Other`, and `Ben` is not."""
    said = _words(name)
    return any(said <= _words(each) or _words(each) <= said for each in known)


def _words(name: str) -> set[str]:
    return set(re.findall(r"\w+", name.casefold()))
