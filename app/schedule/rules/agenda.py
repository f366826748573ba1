"""What a service asks for, and what stands in a resource's way."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from app.schedule.rules.windows import Calendar


@dataclass(frozen=True, slots=True)
class Terms:
    """A service's conditions. All lengths in seconds; `interval` lies between starts on offer."""

    duration: int
    before: int = 0
    after: int = 0
    interval: int = 0
    offset: int = 0
    grid: Literal["window", "clock", "free_start"] = "window"
    notice: int = 0
    horizon_days: int | None = None
    max_per_day: int | None = None
    capacity: int = 1
    assign: Literal["any", "all"] = "any"

    @property
    def step(self) -> int:
        """The length between two starts of the grid."""
        return self.interval or self.duration


class Block(NamedTuple):
    """Something that takes a resource: [start, end) with its own buffers, [starts_at, ends_at) without.

    `same_service` tells whether it was booked for the service that is asked about; `seats` and
    `bookings` count what is behind it; an outside calendar's busy time has `bookings` 0. A block with
    `expires_at` is a hold and blocks until then (seconds since the epoch, with fraction).
    """

    start: int
    end: int
    starts_at: int
    ends_at: int
    same_service: bool = False
    seats: int = 1
    bookings: int = 1
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Agenda:
    """One resource: who it is, when it is open, what blocks it (sorted by start)."""

    resource: Hashable
    calendar: Calendar
    blocks: Sequence[Block] = ()


class Session(NamedTuple):
    """An occurrence of a class that has seats left: it blocks [start, end) for every start but its own."""

    start: int
    end: int
    starts_at: int


def living(blocks: Iterable[Block], now: float) -> list[Block]:
    """Return what still blocks: holds that expire now or earlier, and empty spans, do not."""
    return [
        block
        for block in blocks
        if (block.expires_at is None or block.expires_at > now) and block.starts_at < block.ends_at and block.seats > 0
    ]


def split_sessions(terms: Terms, blocks: Iterable[Block], seats: int) -> tuple[list[Block], list[Session]]:
    """Part what blocks outright, by its start, from the sessions that still have `seats` free.

    Bookings of one service with exactly the same span share a session, if the service is a class.
    """
    if terms.capacity == 1:
        return list(blocks), []
    outright: list[Block] = []
    shared: dict[int, list[Block]] = {}
    for block in blocks:
        if block.same_service and block.ends_at - block.starts_at == terms.duration:
            shared.setdefault(block.starts_at, []).append(block)
        else:
            outright.append(block)
    joinable: list[Session] = []
    for starts_at, members in shared.items():
        if sum(member.seats for member in members) + seats <= terms.capacity:
            joinable.append(Session(min(m.start for m in members), max(m.end for m in members), starts_at))
        else:
            outright.extend(members)
    return in_order(outright), joinable


def in_order(blocks: Iterable[Block]) -> list[Block]:
    """Return blocks by their start."""
    return sorted(blocks, key=lambda block: block.start)


def seats_taken(terms: Terms, agenda: Agenda, now: float) -> dict[int, int]:
    """Return how many seats are taken in each of a class' sessions, keyed by their start."""
    taken: dict[int, int] = {}
    for block in living(agenda.blocks, now):
        if block.same_service and block.ends_at - block.starts_at == terms.duration:
            taken[block.starts_at] = taken.get(block.starts_at, 0) + block.seats
    return taken
