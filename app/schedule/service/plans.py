"""What availability of one service rests on, save what is booked; kept in memory until it changes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from cachetools import LRUCache
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.errors import ResourceNotFound, ServiceArchived, ServiceNotFound
from app.clients.schemas import ClientContext
from app.core.direct import fetch_first
from app.schedule.rules import Calendar, Terms, WeeklyWindow


@dataclass(frozen=True, slots=True)
class Plan:
    """All that availability of one service rests on, save what is booked: its terms, and who is open when.

    Valid for one configuration version of its client and one date; never changed, so it is shared.
    """

    service_id: UUID
    name: str
    status: str
    price_minor: int | None
    terms: Terms
    timezone: str
    resources: tuple[UUID, ...]
    calendars: tuple[Calendar, ...]
    configuration_version: int
    loaded_on: date
    only: UUID | None = None
    """The one resource that is asked for; the grid of starts stays that of all."""

    @property
    def serving(self) -> tuple[UUID, ...]:
        """The resources that may be taken: all, or the one that is asked for; none if that one cannot."""
        if self.only is None or (self.terms.assign == "all" and self.only in self.resources):
            return self.resources
        return (self.only,) if self.only in self.resources else ()

    @property
    def duration(self) -> timedelta:
        """The service's length."""
        return timedelta(seconds=self.terms.duration)


_plans: LRUCache[tuple[UUID, UUID], Plan] = LRUCache(maxsize=4096)

_LOAD = """
SELECT s.name, s.status, s.price_minor, s.duration_minutes, s.buffer_before_minutes, s.buffer_after_minutes,
       s.interval_minutes, s.grid, s.min_notice_minutes, s.max_advance_days, s.max_per_day, s.capacity, s.assign,
       c.timezone, c.configuration_version, r.id AS resource_id, r.status AS resource_status,
       coalesce(r.timezone, c.timezone) AS zone, h.weekly,
       (SELECT jsonb_object_agg(o.date, o.windows) FROM date_overrides o
        WHERE o.client_id = r.client_id AND o.resource_id = r.id AND o.date BETWEEN $3 AND $4) AS overrides
FROM clients c
JOIN services s ON s.client_id = c.id AND s.id = $2
LEFT JOIN service_resources sr ON sr.client_id = s.client_id AND sr.service_id = s.id
LEFT JOIN resources r ON r.client_id = sr.client_id AND r.id = sr.resource_id
LEFT JOIN opening_hours h ON h.client_id = r.client_id AND h.resource_id = r.id
WHERE c.id = $1
ORDER BY r.id
"""


async def load_plan(session: AsyncSession, client: ClientContext, service_id: UUID, *, now: datetime) -> Plan:
    """Return a service's plan, from memory while the client's configuration has not changed.

    Raises:
        ServiceNotFound: the client has no such service.
    """
    known = _plans.get((client.id, service_id))
    if known and known.configuration_version == client.configuration_version and known.loaded_on == now.date():
        return known
    return await reload_plan(session, client, service_id, now=now)


async def reload_plan(session: AsyncSession, client: ClientContext, service_id: UUID, *, now: datetime) -> Plan:
    """Read a service's plan afresh and remember it.

    Raises:
        ServiceNotFound: the client has no such service.
    """
    first, last = now.date() - timedelta(days=3), now.date() + timedelta(days=830)
    connection = await session.connection()
    rows = (await connection.exec_driver_sql(_LOAD, (client.id, service_id, first, last))).all()
    if not rows:
        raise ServiceNotFound
    serving = [row for row in rows if row.resource_status == "active"]
    if rows[0].assign == "all" and len(serving) < len(rows):
        serving = []  # all of them are needed, and one is archived
    plan = Plan(
        service_id=service_id,
        name=rows[0].name,
        status=rows[0].status,
        price_minor=rows[0].price_minor,
        terms=_terms(rows[0]),
        timezone=rows[0].timezone,
        resources=tuple(row.resource_id for row in serving),
        calendars=_shared([_calendar(row) for row in serving]),
        configuration_version=rows[0].configuration_version,
        loaded_on=now.date(),
    )
    _plans[client.id, service_id] = plan
    return plan


def _shared(calendars: Sequence[Calendar]) -> tuple[Calendar, ...]:
    """Return the calendars with one object for all that are equal: what it says to a question is found out once."""
    return tuple([calendars[calendars.index(calendar)] for calendar in calendars])


_CALENDARS = """
SELECT r.id, coalesce(r.timezone, c.timezone) AS zone, h.weekly,
       (SELECT jsonb_object_agg(o.date, o.windows) FROM date_overrides o
        WHERE o.client_id = r.client_id AND o.resource_id = r.id AND o.date BETWEEN $2 AND $3) AS overrides
FROM clients c
JOIN resources r ON r.client_id = c.id AND r.status = 'active'
LEFT JOIN opening_hours h ON h.client_id = r.client_id AND h.resource_id = r.id
WHERE c.id = $1
ORDER BY r.id
"""


async def load_calendars(
    session: AsyncSession, client: ClientContext, *, first: date, last: date
) -> dict[UUID, Calendar]:
    """Return the calendars of a client's active resources, good for a day around the dates first to last."""
    around = (client.id, first - timedelta(days=2), last + timedelta(days=2))
    rows = await (await session.connection()).exec_driver_sql(_CALENDARS, around)
    return {row.id: _calendar(row) for row in rows}


def _terms(row: Any) -> Terms:
    return Terms(
        duration=row.duration_minutes * 60,
        before=row.buffer_before_minutes * 60,
        after=row.buffer_after_minutes * 60,
        interval=(row.interval_minutes or 0) * 60,
        grid=row.grid,
        notice=row.min_notice_minutes * 60,
        horizon_days=row.max_advance_days,
        max_per_day=row.max_per_day,
        capacity=row.capacity,
        assign=row.assign,
    )


def _calendar(row: Any) -> Calendar:
    weekly = tuple(
        WeeklyWindow(frozenset(window["days"]), _minute(window["start"]), _minute(window["end"]))
        for window in row.weekly or ()
    )
    overrides = {
        date.fromisoformat(day): tuple((_minute(window["start"]), _minute(window["end"])) for window in windows)
        for day, windows in (row.overrides or {}).items()
    }
    return Calendar(row.zone, weekly, overrides)


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


async def narrowed(session: AsyncSession, client: ClientContext, plan: Plan, resource_id: UUID | None) -> Plan:
    """Return the plan for the resource that was asked for, if one was.

    Raises:
        ResourceNotFound: the client has no such resource; one that merely cannot serve leaves nobody serving.
    """
    if resource_id is None:
        return plan
    narrow = replace(plan, only=resource_id)
    if not narrow.serving:
        known = "SELECT 1 FROM resources WHERE client_id = $1 AND id = $2"
        if await fetch_first(session, known, client.id, resource_id) is None:
            raise ResourceNotFound
    return narrow


def refuse_archived(plan: Plan) -> None:
    """Refuse new bookings of an archived service.

    Raises:
        ServiceArchived: it is.
    """
    if plan.status != "active":
        raise ServiceArchived
