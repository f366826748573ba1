"""Which starts are on offer.

A start t fits if [t, t + duration) lies in the open set, [t - before, t + duration + after) meets no
block, and notice, horizon and daily limit allow it. Of the starts that fit, the grid says which are
offered. The answer does not depend on how long a span is asked about.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from typing import NamedTuple

from app.schedule.rules.agenda import Agenda, Block, Session, Terms, in_order, living, split_sessions
from app.schedule.rules.walltime import instant_of, local_date, local_minute
from app.schedule.rules.windows import ONE_DAY, Calendar, Window, common, joined, lay_out


@dataclass(frozen=True, slots=True)
class Ask:
    """A question about [start, end), asked at `now` (seconds since the epoch, with fraction) for some seats."""

    start: int
    end: int
    now: float
    seats: int = 1


@dataclass(frozen=True, slots=True)
class Openings:
    """What one resource, or several that are needed at once, leave open for a question.

    `windows` are the opening windows, `free` the closed ranges [first, last] of starts that fit, in
    order; `full` the dates [start, end) that have reached the daily limit; `earliest` and `latest`
    bound starts by the question, notice and horizon: [earliest, latest).
    """

    resources: tuple[Hashable, ...]
    zone: str
    windows: Sequence[Window]
    free: Sequence[tuple[int, int]]
    sessions: Sequence[Session]
    full: Sequence[tuple[int, int]]
    earliest: int
    latest: int


def offers(
    terms: Terms, agendas: Sequence[Agenda], ask: Ask, *, only: Hashable | None = None
) -> dict[int, list[Hashable]]:
    """Return the starts on offer in order, each with the resources that could serve it.

    With `assign` "any" one resource is enough: a start on anyone's grid is offered with everyone whom
    it fits. With "all" they are needed at once, and share the grid of the windows they have in common.
    `only` asks for one of them by name; the grid stays that of all.
    """
    if ask.seats > terms.capacity:
        return {}
    openings, grid = survey(terms, grouped(terms, agendas, only), ask)
    found: dict[int, list[Hashable]] = {}
    for opening in openings:
        if only is not None and only not in opening.resources:
            continue
        for start in fits(terms, opening, grid):
            found.setdefault(start, []).extend(opening.resources)
    return dict(sorted(found.items())) if len(openings) > 1 else found


def grouped(terms: Terms, agendas: Sequence[Agenda], only: Hashable | None = None) -> list[Sequence[Agenda]]:
    """Return the resources in groups that are needed at once; one group is enough.

    Where one is asked for and the grid hangs on opening windows, those add nothing whose calendar is there.
    """
    if terms.assign == "all":
        return [agendas] if agendas else []
    if only is None or terms.grid != "window":
        return [(agenda,) for agenda in agendas]
    speakers = {id(agenda.calendar): agenda for agenda in sorted(agendas, key=lambda each: each.resource == only)}
    return [(agenda,) for agenda in agendas if speakers[id(agenda.calendar)] is agenda]


def survey(terms: Terms, groups: Sequence[Sequence[Agenda]], ask: Ask) -> tuple[list[Openings], list[int]]:
    """Return what each group leaves open, and the starts that stand on the grid.

    The grid is the same for whoever looks: where it hangs on free time, a class with one seat left is free.
    """
    hours = {id(agenda.calendar): _hours(terms, agenda.calendar, ask) for group in groups for agenda in group}
    openings = [look(terms, group, ask, hours) for group in groups]
    if ask.seats == 1 or terms.grid == "window":
        return openings, candidates(terms, openings, ask.now)
    for_one = replace(ask, seats=1)
    return openings, candidates(terms, [look(terms, group, for_one, hours) for group in groups], ask.now)


class Hours(NamedTuple):
    """What a calendar says to a question: its windows, their union, and the instant before which starts must lie."""

    windows: Sequence[Window]
    stretches: Sequence[Window]
    latest: int


def _hours(terms: Terms, calendar: Calendar, ask: Ask) -> Hours:
    windows = lay_out(calendar, *_dates(terms, calendar, ask))
    if terms.horizon_days is None:
        return Hours(windows, joined(windows), ask.end)
    return Hours(windows, joined(windows), min(ask.end, horizon_end(terms.horizon_days, calendar.zone, ask.now)))


def look(terms: Terms, group: Sequence[Agenda], ask: Ask, hours: Mapping[int, Hours]) -> Openings:
    """Return what resources that are needed at once leave open; `hours` are those of each calendar, by its `id()`."""
    first = group[0].calendar
    windows, stretches, latest = hours[id(first)]
    blocks: list[Block] = []
    sessions: list[Session] = []
    full: list[tuple[int, int]] = []
    for agenda in group:
        zone = agenda.calendar.zone
        if agenda.calendar is not first:
            own = hours[id(agenda.calendar)]
            windows, latest = common(windows, own.windows), min(latest, own.latest)
            stretches = joined(windows)
        alive = living(agenda.blocks, ask.now)
        outright, joinable = split_sessions(terms, alive, ask.seats)
        blocks = in_order(blocks + outright) if blocks else outright
        sessions += joinable
        if terms.max_per_day is not None:
            days = full_days(terms, zone, alive)
            full.extend((instant_of(zone, day, 0), instant_of(zone, day + ONE_DAY, 0)) for day in days)
    free = list(fitting(terms, stretches, blocks))
    resources = tuple([agenda.resource for agenda in group])
    earliest = max(ask.start, ceil(ask.now + terms.notice))
    return Openings(resources, first.zone, windows, free, sessions, full, earliest, latest)


def horizon_end(days: int, zone: str, now: float) -> int:
    """Return the first instant past the last local date on which a start may lie."""
    return instant_of(zone, date.fromordinal(local_date(zone, now).toordinal() + days + 1), 0)


def _dates(terms: Terms, calendar: Calendar, ask: Ask) -> tuple[date, date]:
    """Return the dates whose windows decide.

    The grids that start from free time hang on where an open stretch begins, so the first date moves
    back while windows touch, though never past yesterday: what was before cannot be asked about, and
    the answer must not hang on how far back the question begins.
    """
    start = max(ask.start, int(ask.now))
    first = local_date(calendar.zone, start) - ONE_DAY
    last = local_date(calendar.zone, max(start, ask.end) + terms.duration)
    if terms.grid != "window":
        yesterday = local_date(calendar.zone, ask.now) - ONE_DAY
        while first > yesterday and _touches_the_day_before(calendar, first):
            first -= ONE_DAY
    return first, last


def _touches_the_day_before(calendar: Calendar, day: date) -> bool:
    own, earlier = lay_out(calendar, day, day), lay_out(calendar, day - ONE_DAY, day - ONE_DAY)
    return bool(own and earlier) and max(window.end for window in earlier) >= own[0].start


def reading_span(terms: Terms, calendars: Sequence[Calendar], ask: Ask) -> tuple[int, int]:
    """Return the span [start, end) whose blocks decide the question: whole local days, buffers included."""
    apart = {id(calendar): calendar for calendar in calendars}.values()
    edges = [(calendar.zone, *_dates(terms, calendar, ask)) for calendar in apart]
    start = min(instant_of(zone, first, 0) for zone, first, _ in edges)
    end = max(instant_of(zone, last + ONE_DAY, 0) for zone, _, last in edges)
    return start - terms.before, end + terms.duration + terms.after


def fitting(terms: Terms, stretches: Sequence[Window], blocks: Sequence[Block]) -> Iterator[tuple[int, int]]:
    """Yield closed ranges [first, last] of the starts that fit, given open stretches and blocks in order."""
    reach, before = terms.duration + terms.after, terms.before
    position = 0
    for stretch in stretches:
        cursor, last = stretch.start, stretch.end - terms.duration
        while position < len(blocks) and blocks[position].end + before <= cursor:
            position += 1
        for index in range(position, len(blocks)):
            block = blocks[index]
            if block.start - reach > last:
                break
            if block.start - reach >= cursor:
                yield cursor, block.start - reach
            cursor = max(cursor, block.end + before)
        if cursor <= last:
            yield cursor, last


def candidates(terms: Terms, openings: Sequence[Openings], now: float) -> list[int]:
    """Return the starts that stand on the grid of at least one of the openings, in order.

    "window": every `step` from each window's start, whatever is booked. "clock" and "free_start" hang
    on free time instead: its first round local time from notice on, or its very beginning.
    """
    found: set[int] = set()
    earliest = min((opening.earliest for opening in openings), default=0)
    latest = max((opening.latest for opening in openings), default=0)
    if terms.grid == "window":
        for window in {window for opening in openings for window in opening.windows}:
            origin = window.start + terms.offset
            low = max(origin, earliest)
            found.update(range(low + (origin - low) % terms.step, min(window.end, latest), terms.step))
        return sorted(found)
    for opening in openings:
        for low, high in opening.free:
            origin = low
            if terms.grid == "clock":
                origin = _next_round(opening.zone, max(low, ceil(now + terms.notice)), terms.step)
            skipped = max(0, -(-(earliest - origin) // terms.step))
            found.update(range(origin + skipped * terms.step, min(high, latest - 1) + 1, terms.step))
    return sorted(found)


def fits(terms: Terms, opening: Openings, grid: Sequence[int]) -> list[int]:
    """Return those starts of the grid, given in order, that fit into one opening."""
    found: list[int] = []
    for low, high in opening.free:
        first, last = max(low, opening.earliest), min(high, opening.latest - 1)
        if first <= last:
            found.extend(grid[bisect_left(grid, first) : bisect_right(grid, last)])
    if opening.sessions:
        found = list(_joining_or_clear(terms, found, opening.sessions))
    for midnight, next_midnight in opening.full:
        del found[bisect_left(found, midnight) : bisect_left(found, next_midnight)]
    return found


def _next_round(zone: str, instant: int, step: int) -> int:
    """Return the next instant whose local clock shows a round minute.

    Round means divisible by the largest of 60, 30, 20, 15, 10, 5 minutes that divides the interval.
    """
    minutes = step // 60
    quantum = next((q for q in (60, 30, 20, 15, 10, 5) if step % 60 == 0 and minutes % q == 0), 1)
    instant = -(-instant // 60) * 60
    while local_minute(zone, instant) % quantum:
        instant += 60
    return instant


def _joining_or_clear(terms: Terms, starts: Sequence[int], sessions: Sequence[Session]) -> Iterator[int]:
    """Yield those of the starts, given in order, that meet no session but the one that they join."""
    ordered, position = sorted(sessions), 0
    for start in starts:
        low, high = start - terms.before, start + terms.duration + terms.after
        while position < len(ordered) and ordered[position].end <= low:
            position += 1
        near = position
        while near < len(ordered) and ordered[near].start < high:
            if ordered[near].starts_at != start and ordered[near].end > low:
                break
            near += 1
        else:
            yield start


def full_days(terms: Terms, zone: str, blocks: Sequence[Block]) -> set[date]:
    """Return the local dates on which the service has reached its daily limit."""
    counts: dict[date, int] = {}
    for block in blocks:
        if block.same_service and block.bookings:
            day = local_date(zone, block.starts_at)
            counts[day] = counts.get(day, 0) + block.bookings
    return {day for day, count in counts.items() if terms.max_per_day is not None and count >= terms.max_per_day}
