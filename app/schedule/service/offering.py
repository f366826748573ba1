"""Starts on offer: in a span, nearest to an instant, or from one on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.schemas import ClientContext
from app.schedule.rules import Agenda, Ask, offers, seats_taken
from app.schedule.service.blocks import look
from app.schedule.service.plans import Plan

MAX_DAYS = 92
"""The longest span that one question may cover, in days."""


@dataclass(frozen=True, slots=True)
class Found:
    """Starts on offer in order (epoch seconds), each with the resources that could serve it."""

    plan: Plan
    offers: dict[int, list[Any]]
    agendas: Sequence[Agenda] = ()

    def seats_left(self, starts: Sequence[int], *, now: float) -> list[int]:
        """Return for each of the starts on offer how many seats of a class one booking could still take."""
        terms = self.plan.terms
        taken = {agenda.resource: seats_taken(terms, agenda, now) for agenda in self.agendas}
        least = max if terms.assign == "all" else min
        return [
            terms.capacity - least(taken[resource].get(start, 0) for resource in self.offers[start]) for start in starts
        ]


async def available(
    session: AsyncSession,
    client: ClientContext,
    plan: Plan,
    ask: Ask,
    *,
    now: datetime,
    exclude_booking_id: UUID | None = None,
    enough: int | None = None,
) -> Found:
    """Return the starts on offer in [ask.start, ask.end); none of an archived service.

    A plan that turns out to be out of date is read anew: what is shown is bookable now. Where there are more than
    `enough`, the first so many and some more: no time is spent on the rest.
    """
    whole = _clipped(plan, ask)
    if plan.status != "active" or whole.start >= whole.end:
        return Found(plan, {})
    current, agendas = await look(session, client, plan, whole, now=now, exclude_booking_id=exclude_booking_id)
    if current is not plan:
        return await available(
            session, client, current, ask, now=now, exclude_booking_id=exclude_booking_id, enough=enough
        )
    found: dict[int, list[Any]] = {}
    for part in _parts(plan, whole, enough):
        found.update(offers(plan.terms, agendas, part, only=plan.only))
        if enough is not None and len(found) >= enough:
            break
    return Found(plan, found, agendas)


def _parts(plan: Plan, ask: Ask, enough: int | None) -> Iterator[Ask]:
    """Yield a question in parts that hold enough starts if all is free, none shorter than a week."""
    length = ask.end - ask.start if enough is None else max(7 * 86_400, enough * plan.terms.step)
    for start in range(ask.start, ask.end, length):
        yield replace(ask, start=start, end=min(start + length, ask.end))


def _clipped(plan: Plan, ask: Ask) -> Ask:
    """Return the question without the parts that have no answer, so that nothing is read for them."""
    horizon = plan.terms.horizon_days
    end = ask.end if horizon is None else min(ask.end, int(ask.now) + (horizon + 2) * 86_400)
    return replace(ask, start=max(ask.start, int(ask.now)), end=end)


async def nearest(
    session: AsyncSession,
    client: ClientContext,
    plan: Plan,
    at: int,
    *,
    now: datetime,
    seats: int = 1,
    exclude_booking_id: UUID | None = None,
    count: int = 3,
) -> list[tuple[int, list[Any]]]:
    """Return the starts on offer that lie nearest to an instant, in order of time.

    Looks a day to either side, then eight, then 92; each look is one query. Around an instant that is past or beyond
    the horizon nothing can be on offer, so it looks around the end that is nearer.
    """
    found: dict[int, list[Any]] = {}
    centre = max(at, int(now.timestamp()))
    if plan.terms.horizon_days is not None:
        centre = min(centre, int(now.timestamp()) + (plan.terms.horizon_days + 1) * 86_400)
    for days in (1, 8, MAX_DAYS):
        ask = Ask(centre - days * 86_400, centre + days * 86_400 + 1, now.timestamp(), seats)
        looked = await available(session, client, plan, ask, now=now, exclude_booking_id=exclude_booking_id)
        found, plan = looked.offers, looked.plan
        if len(found) >= count:
            break
    chosen = sorted(found, key=lambda start: (abs(start - at), start))[:count]
    return [(start, found[start]) for start in sorted(chosen)]


async def following(
    session: AsyncSession,
    client: ClientContext,
    plan: Plan,
    at: int,
    *,
    now: datetime,
    seats: int = 1,
    exclude_booking_id: UUID | None = None,
) -> Found:
    """Return starts on offer from an instant on, the first day with any, within 92 days; the past holds none."""
    found, start = Found(plan, {}), max(at, int(now.timestamp()))
    for days in (1, 8, MAX_DAYS):
        ask = Ask(start, start + days * 86_400, now.timestamp(), seats)
        found = await available(session, client, plan, ask, now=now, exclude_booking_id=exclude_booking_id, enough=1)
        if found.offers:
            break
        plan = found.plan
    return found
