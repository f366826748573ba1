"""Plans from memory, while neither the client's configuration nor the date has changed.

A plan is put together of two things that are remembered each for itself, by service and by team: the service with its
terms, and the hours of the resources that serve it. One query reads both, so lacking either one is lacking both.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.schemas import ClientContext
from app.core.cache import Cache, Definition, caches_of
from app.schedule.rules import Calendar
from app.schedule.service.plans import Plan
from app.schedule.service.reading import read_plan


@dataclass(frozen=True, slots=True)
class Hours:
    """When the resources of a team are open, as of one configuration version of their client, around one date."""

    calendars: tuple[Calendar, ...]
    configuration_version: int
    loaded_on: date


def _made_with(plan: Plan) -> Callable[[Hours], bool]:
    """Return what tells whether hours are those that a plan was made with."""
    return lambda hours: hours.configuration_version == plan.configuration_version and hours.loaded_on == plan.loaded_on


SERVICES: Definition[tuple[UUID, UUID], Plan] = Definition("services", 4_096, 300.0)
"""By client and service. Versions tell what is out of date, so no notice is needed; the lifetime is for changes that
were made past the service."""

HOURS: Definition[bytes, Hours] = Definition("hours", 4_096, 300.0)
"""By team: services that the same team serves share them."""


async def load_plan(session: AsyncSession, client: ClientContext, service_id: UUID, *, now: datetime) -> Plan:
    """Return a service's plan, from memory where that has the client's configuration or a later one.

    The client itself may come from memory: whoever decides by a plan compares its version with the database's.

    Raises:
        ServiceNotFound: the client has no such service.
    """
    caches, key, today = caches_of(session), (client.id, service_id), now.date()
    services, hours = caches.of(SERVICES), caches.of(HOURS)

    def valid(plan: Plan) -> bool:
        return plan.configuration_version >= client.configuration_version and plan.loaded_on == today

    known = services.find(key, valid)
    if known is not None and hours.find(known.team, _made_with(known)):
        return known
    await session.connection()  # whoever waits for another's loading has one too, so the other does not wait for it
    known = services.glance(key, valid)
    if known is not None and hours.glance(known.team, _made_with(known)):
        return known
    return await services.load(key, lambda: _read(session, client, service_id, now=now), valid)


async def reload_plan(
    session: AsyncSession, client: ClientContext, service_id: UUID, *, now: datetime, version: int
) -> Plan:
    """Read a service's plan of this configuration version or a later one, once for all who ask, and remember it.

    Raises:
        ServiceNotFound: the client has no such service.
    """
    services = caches_of(session).of(SERVICES)
    return await services.load(
        (client.id, service_id),
        lambda: _read(session, client, service_id, now=now),
        lambda plan: plan.configuration_version >= version and plan.loaded_on == now.date(),
    )


async def _read(session: AsyncSession, client: ClientContext, service_id: UUID, *, now: datetime) -> Plan:
    hours: Cache[bytes, Hours] = caches_of(session).of(HOURS)
    epoch = hours.epoch
    plan = await read_plan(session, client, service_id, now=now)
    known = hours.peek(plan.team)
    shared = known.calendars if known is not None and known.calendars == plan.calendars else plan.calendars
    hours.put(plan.team, Hours(shared, plan.configuration_version, plan.loaded_on), epoch=epoch)
    return plan if shared is plan.calendars else replace(plan, calendars=shared)
