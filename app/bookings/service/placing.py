"""Who serves a start: lock, read under the lock, decide by the rules that availability is made of."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import cast
from uuid import UUID

from cachetools import LRUCache
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings import rules
from app.bookings.errors import Refused
from app.bookings.service.expiry import expire_on
from app.catalog.service import lock_resources
from app.clients.schemas import ClientContext
from app.core.clock import iso
from app.schedule import service as schedule
from app.schedule.rules import Agenda, Ask, offers, refusal
from app.schedule.rules.walltime import as_datetime
from app.schedule.service import Plan

_turns = count(1)
_last_turns: LRUCache[UUID, int] = LRUCache(maxsize=65_536)
"""When this process last assigned each resource. It decides between equals only; without it the first of them would
serve first on every day, and where there are few bookings a day nearly all of them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A start that somebody wants, at `at` (epoch seconds)."""

    service_id: UUID
    at: int
    seats: int = 1
    resource_id: UUID | None = None
    preferred: tuple[UUID, ...] = ()
    moving: UUID | None = None
    """The booking that is to be moved there; its own time does not stand in its way."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The resources that will serve a start, locked until the transaction ends."""

    plan: Plan
    resources: tuple[UUID, ...]
    starts_at: datetime

    @property
    def ends_at(self) -> datetime:
        """When the appointment ends, buffers not counted."""
        return self.starts_at + self.plan.duration

    @property
    def blocked(self) -> tuple[datetime, datetime]:
        """The span that is taken, buffers counted: [start, end)."""
        terms = self.plan.terms
        return self.starts_at - timedelta(seconds=terms.before), self.ends_at + timedelta(seconds=terms.after)


async def place(
    session: AsyncSession, client: ClientContext, wanted: Wanted, *, now: datetime, also_lock: Sequence[UUID] = ()
) -> Placement:
    """Choose who serves a start and lock them, so that nobody else can take them before the commit.

    What was known of the configuration is compared under the lock; if it has changed since, all is
    looked at again.

    Raises:
        ServiceNotFound, ServiceArchived, ResourceNotFound: there is nothing to be had.
        Refused: the start is not on offer; the error names the nearest that are.
    """
    full = await schedule.load_plan(session, client, wanted.service_id, now=now)
    while True:
        schedule.refuse_archived(full)
        plan = await schedule.narrowed(session, client, full, wanted.resource_id)
        await lock_resources(session, [*plan.serving, *also_lock])
        ask = Ask(wanted.at, wanted.at + 1, now.timestamp(), wanted.seats)
        agendas, version = await schedule.read_agendas(
            session, client, plan, ask, now=now, exclude_booking_id=wanted.moving
        )
        if version == full.configuration_version:
            break
        full = await schedule.reload_plan(session, client, wanted.service_id, now=now, version=version)
    chosen = await _decide(session, client, plan, agendas, wanted, now=now)
    await _clear_expired(session, client, plan, agendas, chosen, now=now)
    return Placement(plan, chosen, as_datetime(wanted.at))


async def _decide(
    session: AsyncSession,
    client: ClientContext,
    plan: Plan,
    agendas: Sequence[Agenda],
    wanted: Wanted,
    *,
    now: datetime,
) -> tuple[UUID, ...]:
    chosen = _chosen(plan, agendas, wanted, now=now)
    if not chosen:
        raise await refused(session, client, plan, agendas, wanted, now=now)
    if plan.terms.assign != "all":
        _last_turns[chosen[0]] = next(_turns)
    return chosen


def _chosen(plan: Plan, agendas: Sequence[Agenda], wanted: Wanted, *, now: datetime) -> tuple[UUID, ...]:
    """Return who serves a start by the rules; nobody where it is not on offer."""
    ask = Ask(wanted.at, wanted.at + 1, now.timestamp(), wanted.seats)
    found = offers(plan.terms, agendas, ask, only=plan.only).get(wanted.at)
    if not found or plan.terms.assign == "all":
        return plan.resources if found else ()
    preferred: Sequence[Hashable] = wanted.preferred
    return (cast("UUID", rules.choose(plan.terms, agendas, ask, found, preferred, turns=_last_turns)),)


async def foresee(session: AsyncSession, client: ClientContext, wanted: Wanted, *, now: datetime) -> tuple[UUID, ...]:
    """Return who would serve a start if it were taken now; nothing is locked, and nobody's turn is used up.

    Raises:
        ServiceNotFound, ResourceNotFound: there is nothing to be had.
        Refused: the start is not on offer; the error names the nearest that are.
    """
    plan = await schedule.load_plan(session, client, wanted.service_id, now=now)
    plan = await schedule.narrowed(session, client, plan, wanted.resource_id)
    ask = Ask(wanted.at, wanted.at + 1, now.timestamp(), wanted.seats)
    plan, agendas = await schedule.look(session, client, plan, ask, now=now, exclude_booking_id=wanted.moving)
    chosen = _chosen(plan, agendas, wanted, now=now)
    if not chosen:
        raise await refused(session, client, plan, agendas, wanted, now=now)
    return chosen


async def refused(
    session: AsyncSession,
    client: ClientContext,
    plan: Plan,
    agendas: Sequence[Agenda],
    wanted: Wanted,
    *,
    now: datetime,
) -> Refused:
    """Return why a start is not on offer, with the nearest that are."""
    why = refusal(
        plan.terms,
        agendas,
        wanted.at,
        now=now.timestamp(),
        seats=wanted.seats,
        only=plan.only,
        zone=plan.timezone,
    )
    if why is None:
        raise AssertionError("a start that is on offer is not refused")
    near = await schedule.nearest(
        session, client, plan, wanted.at, now=now, seats=wanted.seats, exclude_booking_id=wanted.moving
    )
    return Refused(
        why.reason,
        held_until=datetime.fromtimestamp(why.held_until, now.tzinfo) if why.held_until else None,
        alternatives=[{"startsAt": iso(as_datetime(at)), "resourceIds": [str(i) for i in ids]} for at, ids in near],
    )


async def _clear_expired(
    session: AsyncSession,
    client: ClientContext,
    plan: Plan,
    agendas: Sequence[Agenda],
    chosen: Sequence[UUID],
    *,
    now: datetime,
) -> None:
    """Expire what has run out on the chosen resources: the constraints cannot see the clock, so their rows must go.

    Agendas do not show a seat whose hold has run out among others that stand, so a class is always looked through.
    """
    moment = now.timestamp()
    if plan.terms.capacity > 1 or any(
        (block.expires_at is not None and block.expires_at <= moment) or block.seats == 0
        for agenda in agendas
        if agenda.resource in chosen
        for block in agenda.blocks
    ):
        await expire_on(session, client.id, chosen, now=now)
