"""What is on offer, found minute by minute: slow, plain, and made without the rules that it judges.

Of the rules it uses the dataclasses that a question is put in, nothing else. Times inside are minutes
since the epoch, UTC. An open stretch is looked at from yesterday's windows on, yesterday by the host's
clock now: what lies before cannot be asked about, and a place that never closes has no other beginning.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from math import ceil
from typing import NamedTuple

from app.schedule.rules import Agenda, Ask, Block, Terms
from tests.schedule.wallclock import WallClock, day_of, wall_clock

Windows = list[tuple[int, int]]


class Host:
    """One resource's open minutes, and what blocks it at `now`."""

    def __init__(self, terms: Terms, agenda: Agenda, ask: Ask) -> None:
        self.terms, self.ask = terms, ask
        today = int(ask.now // 86_400)
        self.clock = wall_clock(agenda.calendar.zone, today - 3, max(today, ask.end // 86_400) + 4)
        self.today = self.clock.day(int(ask.now // 60))
        self.windows = windows_of(agenda, self.clock, self.today - 1)
        self.open = marked(self.clock, self.windows)
        near = [b for b in agenda.blocks if self.clock.lo <= b.starts_at // 60 < self.clock.hi]
        self.blocks = [b for b in near if b.starts_at < b.ends_at and not lapsed(b, ask.now)]

    def joinable(self, block: Block, seats: int) -> bool:
        """Tell whether a block is of a session that has so many seats left."""
        terms, span = self.terms, (block.starts_at, block.ends_at)
        if terms.capacity == 1 or not block.same_service or span[1] - span[0] != terms.duration:
            return False
        mates = [b for b in self.blocks if b.same_service and (b.starts_at, b.ends_at) == span]
        return sum(mate.seats for mate in mates) + seats <= terms.capacity

    def in_the_way(self, start: int) -> list[Block]:
        """Return the blocks that a start meets, buffers counted, but not the session that it would join."""
        at, end = start * 60, start * 60 + self.terms.duration
        met = [b for b in self.blocks if b.start < end + self.terms.after and at - self.terms.before < b.end]
        return [b for b in met if not ((b.starts_at, b.ends_at) == (at, end) and self.joinable(b, self.ask.seats))]

    def is_open(self, start: int) -> bool:
        """Tell whether every minute of an appointment is open."""
        low = start - self.clock.lo
        return self.open.find(0, low, low + self.terms.duration // 60) < 0

    def in_time(self, start: int) -> bool:
        """Tell whether a start keeps the notice."""
        return start * 60 >= self.ask.now + self.terms.notice

    def in_horizon(self, start: int) -> bool:
        """Tell whether a start's local date is near enough."""
        days = self.terms.horizon_days
        return days is None or self.clock.day(start) - self.today <= days

    def under_limit(self, start: int) -> bool:
        """Tell whether the service may be booked once more on a start's local date."""
        if self.terms.max_per_day is None:
            return True
        day = self.clock.day(start)
        same = [b for b in self.blocks if b.same_service and self.clock.day(b.starts_at // 60) == day]
        return sum(block.bookings for block in same) < self.terms.max_per_day

    def feasible(self, start: int) -> bool:
        """Tell whether a start fits, whatever the grid."""
        possible = self.ask.seats <= self.terms.capacity and self.is_open(start)
        possible = possible and self.in_time(start) and self.in_horizon(start)
        return possible and self.under_limit(start) and not self.in_the_way(start)

    def free(self) -> bytearray:
        """Return the open minutes that no block touches, blocks widened by the service's buffers.

        A class with a seat left does not block: the grid is the same, however many seats are wanted.
        """
        taken = [
            ((block.start - self.terms.after) // 60, (block.end + self.terms.before) // 60)
            for block in self.blocks
            if not self.joinable(block, 1)
        ]
        return marked(self.clock, taken, self.open, 0)


def lapsed(block: Block, now: float) -> bool:
    """Tell whether a block is a hold that has run out."""
    return block.expires_at is not None and block.expires_at <= now


def windows_of(agenda: Agenda, clock: WallClock, first_day: int) -> Windows:
    """Return the opening windows that start on a date or later, as far as the clock goes."""
    overrides, found = agenda.calendar.overrides, []
    for day in range(first_day, clock.day(clock.hi - 1) - 1):
        weekday = day_of(day).isoweekday()
        weekly = [(window.start, window.end) for window in agenda.calendar.weekly if weekday in window.days]
        for opens, closes in overrides.get(day_of(day), weekly):
            start, end = clock.first(day, opens), clock.first(day + (closes <= opens), closes)
            if closes <= opens and day_of(day + 1) in overrides:
                end = min(end, clock.first(day + 1, 0))
            if start < end:
                found.append((start, end))
    return found


def marked(clock: WallClock, spans: Windows, minutes: bytearray | None = None, mark: int = 1) -> bytearray:
    """Return a byte a minute, as given or 0, and `mark` within the spans."""
    minutes = bytearray(minutes or clock.hi - clock.lo)
    for start, end in spans:
        low, high = max(start, clock.lo) - clock.lo, min(end, clock.hi) - clock.lo
        if low < high:
            minutes[low:high] = bytes([mark]) * (high - low)
    return minutes


def grid_of(terms: Terms, group: Sequence[Host], now: float) -> set[int]:
    """Return the starts that stand on the grid of hosts that are needed at once."""
    step, length = (terms.interval or terms.duration) // 60, terms.duration // 60
    if terms.grid == "window":
        shared = reduce(overlaps, (host.windows for host in group))
        return {start for low, high in shared for start in range(low + terms.offset // 60, high, step)}
    free = reduce(both, (host.free() for host in group))
    clock = group[0].clock
    found: set[int] = set()
    for low, high in runs(free):
        start = low + clock.lo
        if terms.grid == "clock":
            quantum = next(q for q in (60, 30, 20, 15, 10, 5, 1) if step % q == 0)
            start = max(start, ceil((now + terms.notice) / 60))
            while start < clock.hi and clock.reading(start) % 60 % quantum:
                start += 1
        found.update(range(start, high + clock.lo - length + 1, step))
    return found


def overlaps(left: Windows, right: Windows) -> Windows:
    """Return what each window of the one has in common with each of the other."""
    pairs = [(max(one[0], other[0]), min(one[1], other[1])) for one in left for other in right]
    return [(start, end) for start, end in pairs if start < end]


def both(left: bytearray, right: bytearray) -> bytearray:
    """Return a byte a minute: 1 where both have it."""
    return bytearray((int.from_bytes(left) & int.from_bytes(right)).to_bytes(len(left)))


def runs(minutes: bytearray) -> Iterable[tuple[int, int]]:
    """Yield each unbroken run [start, end) of ones."""
    start = minutes.find(1)
    while start >= 0:
        end = minutes.find(0, start)
        yield start, end if end >= 0 else len(minutes)
        start = minutes.find(1, end) if end >= 0 else -1


class Answer(NamedTuple):
    """Starts (epoch seconds) of the grid in order, and of those on offer the resources that could serve them."""

    grid: list[int]
    offered: dict[int, list[object]]


def answer(terms: Terms, agendas: Sequence[Agenda], ask: Ask) -> Answer:
    """Return what is on offer to a question, resources in the order in which they are given."""
    hosts = {agenda.resource: Host(terms, agenda, ask) for agenda in agendas}
    groups = [list(hosts.values())] if terms.assign == "all" else [[host] for host in hosts.values()]
    grid: set[int] = set().union(*(grid_of(terms, group, ask.now) for group in groups))
    asked = sorted(start for start in grid if ask.start <= start * 60 < ask.end)
    offered: dict[int, list[object]] = {}
    for start in asked:
        able = [resource for resource, host in hosts.items() if host.feasible(start)]
        if len(able) == len(hosts) or (able and terms.assign == "any"):
            offered[start * 60] = able
    return Answer([start * 60 for start in asked], offered)


def reason(terms: Terms, agenda: Agenda, at: int, now: float, seats: int) -> str | None:
    """Return the first reason that applies to one resource on the window grid; None: on offer."""
    host, start = Host(terms, agenda, Ask(at, at + 1, now, seats)), at // 60
    inside = any(low <= start < high for low, high in host.windows)
    met = host.in_the_way(start)
    span = (at, at + terms.duration)
    full = [b for b in met if terms.capacity > 1 and b.same_service and (b.starts_at, b.ends_at) == span]
    applies = {
        "past": at < now,
        "horizon": not host.in_horizon(start),
        "notice": not host.in_time(start),
        "off_grid": inside and start not in grid_of(terms, [host], now),
        "closed": not host.is_open(start),
        "limit": not host.under_limit(start),
        "capacity": bool(full) or seats > terms.capacity,
        "held": any(block.expires_at is not None for block in met),
        "busy": any(block.starts_at < span[1] and at < block.ends_at for block in met),
        "buffer": bool(met),
    }
    return next((name for name, does in applies.items() if does), None)
