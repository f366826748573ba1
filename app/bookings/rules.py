"""Pure rules of bookings: which step follows which, who serves, when it is too late, how one is named."""

import base64
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.schedule.rules import Agenda, Ask, Terms, local_date, seats_taken
from app.schedule.rules.agenda import living


class Status(StrEnum):
    """Where a booking is in its life."""

    held = "held"
    confirmed = "confirmed"
    completed = "completed"
    no_show = "no_show"
    cancelled = "cancelled"
    expired = "expired"


class Step(StrEnum):
    """What can be done to a booking; the past tense of it stands in its history."""

    confirm = "confirm"
    release = "release"
    extend = "extend"
    expire = "expire"
    reschedule = "reschedule"
    cancel = "cancel"
    complete = "complete"
    no_show = "no_show"


_LIFE: Mapping[Step, tuple[frozenset[Status], Status | None]] = {
    Step.confirm: (frozenset({Status.held}), Status.confirmed),
    Step.release: (frozenset({Status.held}), Status.expired),
    Step.extend: (frozenset({Status.held}), None),
    Step.expire: (frozenset({Status.held}), Status.expired),
    Step.reschedule: (frozenset({Status.held, Status.confirmed}), None),
    Step.cancel: (frozenset({Status.held, Status.confirmed}), Status.cancelled),
    Step.complete: (frozenset({Status.confirmed, Status.no_show}), Status.completed),
    Step.no_show: (frozenset({Status.confirmed, Status.completed}), Status.no_show),
}

_REFERENCE = 6
_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")

LONGEST_HOLD = timedelta(hours=1)
"""However often a hold is extended, it ends this long after it was made."""


def after(status: Status, step: Step) -> Status | None:
    """Return the status that a step leads to, or None where the step is not allowed.

    Completed and no-show can be corrected into each other; nothing else is ever undone.
    """
    allowed, result = _LIFE[step]
    return (result or status) if status in allowed else None


def extended_until(
    made_at: datetime, expires_at: datetime, seconds: int | None, usual: int, *, now: datetime
) -> datetime | None:
    """Return when an extended hold runs out: never sooner than before, and within `LONGEST_HOLD` of its making.

    None where that leaves nothing to extend, or where so many seconds were asked for in so many words.
    """
    latest = made_at + LONGEST_HOLD
    wanted = now + timedelta(seconds=seconds or usual)
    if expires_at >= latest or (seconds is not None and wanted > latest):
        return None
    return max(expires_at, min(wanted, latest))


def is_too_late(starts_at: datetime, window_minutes: int, now: datetime) -> bool:
    """Tell whether a client's cancel window (minutes before the start) has begun."""
    return now > starts_at - timedelta(minutes=window_minutes)


def choose(
    terms: Terms,
    agendas: Sequence[Agenda],
    ask: Ask,
    candidates: Sequence[Hashable],
    preferred: Sequence[Hashable],
    *,
    turns: Mapping[Any, int],
) -> Hashable:
    """Return which of the candidates serves the start `ask.start`.

    A class that has begun to fill is filled first; then the preferred ones in their order (the
    customer's last one, the booking's own); then whoever has the fewest bookings that local day, and
    of several the one whose last turn is the longest ago. `turns` are numbers that grow.
    """
    free = [agenda for agenda in agendas if agenda.resource in candidates]
    if terms.capacity > 1:
        seats = {agenda.resource: seats_taken(terms, agenda, ask.now).get(ask.start, 0) for agenda in free}
        fullest = max(seats.values())
        if fullest:
            return next(resource for resource, taken in seats.items() if taken == fullest)
    for resource in preferred:
        if resource in candidates:
            return resource
    return min(free, key=lambda agenda: (_load(agenda, ask), turns.get(agenda.resource, 0))).resource


def _load(agenda: Agenda, ask: Ask) -> int:
    """Count the bookings of a resource on the local day of a start."""
    zone = agenda.calendar.zone
    day = local_date(zone, ask.start)
    return sum(block.bookings for block in living(agenda.blocks, ask.now) if local_date(zone, block.starts_at) == day)


def reference(booking_id: UUID) -> str:
    """Return the code by which people name a booking: six letters and digits that are not mistaken for others.

    It is taken from the random end of the id; within one customer's bookings it tells them apart.
    """
    return base64.b32encode(booking_id.bytes[-5:]).decode().translate(_CROCKFORD)[-_REFERENCE:]
