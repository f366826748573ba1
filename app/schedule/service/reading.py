"""Services and hours as the database has them, read as plans."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.errors import ServiceNotFound
from app.clients.schemas import ClientContext
from app.schedule.rules import Calendar, Terms, WeeklyWindow
from app.schedule.service.plans import Plan

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


async def read_plan(session: AsyncSession, client: ClientContext, service_id: UUID, *, now: datetime) -> Plan:
    """Read a service and the hours of its resources in one query.

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
    return Plan(
        service_id=service_id,
        name=rows[0].name,
        status=rows[0].status,
        price_minor=rows[0].price_minor,
        terms=_terms(rows[0]),
        timezone=rows[0].timezone,
        resources=tuple(row.resource_id for row in serving),
        team=b"".join([client.id.bytes, *(row.resource_id.bytes for row in serving)]),
        calendars=_shared([_calendar(row) for row in serving]),
        configuration_version=rows[0].configuration_version,
        loaded_on=now.date(),
    )


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
