"""Why an instant is not on offer: one code, the first that applies, never "unknown"."""

from collections.abc import Hashable, Sequence
from enum import StrEnum
from typing import NamedTuple

from app.schedule.rules.agenda import Agenda, Block, Terms, living, split_sessions
from app.schedule.rules.starts import Ask, Openings, fits, full_days, grouped, horizon_end, survey
from app.schedule.rules.walltime import local_date
from app.schedule.rules.windows import joined


class Reason(StrEnum):
    """Reason codes in the order in which they are looked for."""

    past = "past"
    horizon = "horizon"
    notice = "notice"
    resource_cannot = "resource_cannot"
    off_grid = "off_grid"
    closed = "closed"
    limit = "limit"
    capacity = "capacity"
    held = "held"
    busy = "busy"
    buffer = "buffer"


_TELLING = (
    Reason.past,
    Reason.horizon,
    Reason.notice,
    Reason.resource_cannot,
    Reason.closed,
    Reason.off_grid,
    Reason.limit,
    Reason.buffer,
    Reason.busy,
    Reason.capacity,
    Reason.held,
)
"""Of several resources' reasons the last of these is told: the one that came nearest to an offer."""


class Refusal(NamedTuple):
    """Why not, and, where holds alone are in the way, when the first of them runs out (epoch seconds)."""

    reason: Reason
    held_until: float | None = None


def refusal(
    terms: Terms,
    agendas: Sequence[Agenda],
    at: int,
    *,
    now: float,
    seats: int = 1,
    only: Hashable | None = None,
    zone: str = "UTC",
) -> Refusal | None:
    """Return why a start at `at` is refused, or None if it is on offer.

    `agendas` are the resources that serve, `only` the one that is asked for by name. Where there is
    none such: `resource_cannot`, and then days are those of `zone`.
    """
    if at < now:
        return Refusal(Reason.past)
    if not any(only in (None, agenda.resource) for agenda in agendas):
        return Refusal(_of_nobody(terms, at, now, zone))
    ask = Ask(at, at + 1, now, seats)
    groups = grouped(terms, agendas, only)
    openings, grid = survey(terms, groups, ask)
    refusals = []
    for group, opening in zip(groups, openings, strict=True):
        if only is not None and only not in opening.resources:
            continue
        if seats <= terms.capacity and fits(terms, opening, grid):
            return None
        refusals.append(_of_group(terms, group, opening, ask, on_grid=bool(grid)))
    told = max(refusals, key=lambda each: _TELLING.index(each.reason))
    waits = [each.held_until for each in refusals if each.held_until is not None]
    return Refusal(told.reason, min(waits, default=None))


def _of_nobody(terms: Terms, at: int, now: float, zone: str) -> Reason:
    if terms.horizon_days is not None and at >= horizon_end(terms.horizon_days, zone, now):
        return Reason.horizon
    return Reason.notice if at < now + terms.notice else Reason.resource_cannot


def _of_group(terms: Terms, group: Sequence[Agenda], opening: Openings, ask: Ask, *, on_grid: bool) -> Refusal:
    at = ask.start
    if opening.latest <= at:
        return Refusal(Reason.horizon)
    if opening.earliest > at:
        return Refusal(Reason.notice)
    inside = any(window.start <= at < window.end for window in opening.windows)
    if terms.grid == "window" and inside and not on_grid:
        return Refusal(Reason.off_grid)
    stretches = joined(opening.windows)
    if not any(stretch.start <= at and at + terms.duration <= stretch.end for stretch in stretches):
        return Refusal(Reason.closed)
    return _of_blocks(terms, group, ask) or Refusal(Reason.off_grid)


def _of_blocks(terms: Terms, group: Sequence[Agenda], ask: Ask) -> Refusal | None:
    """Return the first of limit, capacity, held, busy and buffer that any of the group gives."""
    found = {Reason.capacity} if ask.seats > terms.capacity else set()
    met: list[Block] = []
    for agenda in group:
        blocks = living(agenda.blocks, ask.now)
        zone = agenda.calendar.zone
        if terms.max_per_day is not None and local_date(zone, ask.start) in full_days(terms, zone, blocks):
            found.add(Reason.limit)
        met.extend(_in_the_way(terms, blocks, ask))
    expiries = [block.expires_at for block in met if block.expires_at is not None]
    holds_alone = not found and len(expiries) == len(met)
    found.update(_of_block(terms, block, ask.start) for block in met)
    first = next((reason for reason in Reason if reason in found), None)
    return None if first is None else Refusal(first, max(expiries) if holds_alone else None)


def _in_the_way(terms: Terms, blocks: Sequence[Block], ask: Ask) -> list[Block]:
    """Return the blocks that a start meets, save those of a session that it would join."""
    at, end = ask.start, ask.start + terms.duration
    low, high = at - terms.before, end + terms.after
    _, sessions = split_sessions(terms, blocks, ask.seats)
    joins = any(session.starts_at == at for session in sessions)
    met = [block for block in blocks if block.start < high and low < block.end]
    return [block for block in met if not (joins and _is_of_session(terms, block, at))]


def _of_block(terms: Terms, block: Block, at: int) -> Reason:
    if terms.capacity > 1 and _is_of_session(terms, block, at):
        return Reason.capacity
    if block.expires_at is not None:
        return Reason.held
    overlaps = block.starts_at < at + terms.duration and at < block.ends_at
    return Reason.busy if overlaps else Reason.buffer


def _is_of_session(terms: Terms, block: Block, at: int) -> bool:
    return block.same_service and (block.starts_at, block.ends_at) == (at, at + terms.duration)
