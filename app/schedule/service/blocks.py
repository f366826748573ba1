"""What blocks resources: claims and busy times, read in one query."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.schemas import ClientContext
from app.core.direct import fetch, fetch_first
from app.schedule.rules import Agenda, Ask, Block, reading_span
from app.schedule.rules.walltime import as_datetime
from app.schedule.service.plans import Plan
from app.schedule.service.recalling import reload_plan

# A class' session blocks as one span; its seats are counted from its live bookings, so that a hold which has
# just run out is free in the same instant. What was booked before the service became a class, or was arranged
# otherwise, has no seats to take. An outside calendar's times are widened to whole minutes, on which
# everything here starts. Whole arrays come back, for a row a block costs ten times as much.
_BLOCKS = """
WITH wanted AS (SELECT id, n::int4 FROM unnest($2::uuid[]) WITH ORDINALITY AS wanted (id, n)),
blocks AS (
    SELECT w.n, date_part('epoch', lower(c.blocked))::int8 AS "from",
           date_part('epoch', upper(c.blocked))::int8 AS "to",
           date_part('epoch', c.starts_at)::int8 AS starts, date_part('epoch', c.ends_at)::int8 AS ends,
           c.service_id = $5 AND (NOT $8 OR EXISTS (
               SELECT FROM sessions s
               WHERE s.client_id = $1 AND s.id = c.session_id AND s.resource_id = coalesce($9, w.id)
           )) AS same, coalesce(seats.taken, 1)::int4 AS seats,
           coalesce(seats.bookings, 1)::int4 AS bookings, date_part('epoch', c.expires_at) AS expires
    FROM wanted w
    JOIN claims c ON c.client_id = $1 AND c.resource_id = w.id AND c.active AND c.blocked && tstzrange($3, $4)
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(b.seats), 0) AS taken, count(*) AS bookings FROM bookings b
        WHERE b.client_id = $1 AND b.session_id = c.session_id AND b.id IS DISTINCT FROM $6::uuid
          AND (b.status IN ('confirmed', 'completed', 'no_show') OR b.status = 'held' AND b.expires_at > $7)
    ) seats ON c.session_id IS NOT NULL
    WHERE $6::uuid IS NULL OR c.booking_id IS DISTINCT FROM $6
    UNION ALL
    SELECT w.n, span."from", span."to", span."from", span."to", false, 1, 0, NULL
    FROM wanted w
    JOIN busy_times t ON t.client_id = $1 AND t.resource_id = w.id AND t.starts_at < $4 AND t.ends_at > $3
    CROSS JOIN LATERAL (
        SELECT (floor(date_part('epoch', t.starts_at) / 60) * 60)::int8 AS "from",
               (ceil(date_part('epoch', t.ends_at) / 60) * 60)::int8 AS "to"
    ) span
)
SELECT (SELECT configuration_version FROM clients WHERE id = $1) AS configuration_version,
       array_agg(n), array_agg("from"), array_agg("to"), array_agg(starts), array_agg(ends), array_agg(same),
       array_agg(seats), array_agg(bookings), array_agg(expires)
FROM (SELECT * FROM blocks ORDER BY n, "from") AS blocks
"""

_VERSION = "SELECT configuration_version FROM clients WHERE id = $1"


async def look(
    session: AsyncSession,
    client: ClientContext,
    plan: Plan,
    ask: Ask,
    *,
    now: datetime,
    exclude_booking_id: UUID | None = None,
) -> tuple[Plan, list[Agenda]]:
    """Return the agendas of a plan's resources for a question, and the plan: another, if it was out of date.

    Raises:
        ServiceNotFound: the service is no more.
    """
    while True:
        agendas, version = await read_agendas(
            session, client, plan, ask, now=now, exclude_booking_id=exclude_booking_id
        )
        if version == plan.configuration_version:
            return plan, agendas
        fresh = await reload_plan(session, client, plan.service_id, now=now, version=version)
        plan = replace(fresh, only=plan.only)


async def read_agendas(
    session: AsyncSession,
    client: ClientContext,
    plan: Plan,
    ask: Ask,
    *,
    now: datetime,
    exclude_booking_id: UUID | None = None,
) -> tuple[list[Agenda], int]:
    """Return the agendas of a plan's resources for a question, and the client's configuration version.

    The version is that of the database now: if it is not the plan's, the agendas are of no use. One query, however many
    resources and days. `exclude_booking_id` is looked through, as its mover needs.
    Where one resource is asked for, the others' blocks are read only if the grid hangs on them.
    """
    if not plan.serving:
        version = await fetch_first(session, _VERSION, client.id)
        return [], version[0] if version else 0
    wanted = plan.serving if plan.terms.grid == "window" else plan.resources
    start, end = reading_span(plan.terms, plan.calendars, ask)
    span = (as_datetime(start), as_datetime(end))
    joined = (plan.terms.capacity > 1, min(plan.serving) if plan.terms.assign == "all" else None)
    arguments = (client.id, list(wanted), *span, plan.service_id, exclude_booking_id, now, *joined)
    [(version, numbers, *columns)] = await fetch(session, _BLOCKS, *arguments)
    blocks: dict[UUID, list[Block]] = {resource: [] for resource in plan.resources}
    found = map(Block._make, zip(*(column or () for column in columns), strict=True))
    for number, block in zip(numbers or (), found, strict=True):
        blocks[wanted[number - 1]].append(block)
    calendars = zip(plan.resources, plan.calendars, strict=True)
    return [Agenda(resource, calendar, blocks[resource]) for resource, calendar in calendars], version
