"""Classes: a session owns the claims, bookings take its seats."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import fetch
from app.core.ids import new_id
from app.schedule.service import Plan

_OPEN = """
INSERT INTO sessions AS s (client_id, id, service_id, resource_id, starts_at, ends_at, capacity)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (client_id, service_id, resource_id, starts_at, ends_at)
DO UPDATE SET capacity = greatest(excluded.capacity, s.taken)
RETURNING id
"""

_CLAIM = """
INSERT INTO claims (client_id, id, resource_id, service_id, session_id, blocked, starts_at, ends_at, active)
SELECT $1, wanted.id, wanted.resource_id, $4, $5, tstzrange($6, $7), $8, $9, false
FROM unnest($2::uuid[], $3::uuid[]) AS wanted (id, resource_id)
WHERE NOT EXISTS (
    SELECT 1 FROM claims c WHERE c.client_id = $1 AND c.session_id = $5 AND c.resource_id = wanted.resource_id)
"""

_REFRESH = """
WITH live AS (
    SELECT s.id, coalesce(sum(b.seats), 0) AS taken,
           CASE WHEN bool_and(b.status = 'held') THEN max(b.expires_at) END AS expires_at
    FROM unnest($2::uuid[]) AS s (id)
    LEFT JOIN bookings b ON b.client_id = $1 AND b.session_id = s.id
        AND b.status IN ('held', 'confirmed', 'completed', 'no_show')
    GROUP BY s.id
), counted AS (
    UPDATE sessions s SET taken = live.taken FROM live WHERE s.client_id = $1 AND s.id = live.id
)
UPDATE claims c SET active = live.taken > 0, expires_at = live.expires_at
FROM live WHERE c.client_id = $1 AND c.session_id = live.id
"""


async def open_session(
    session: AsyncSession,
    client_id: UUID,
    plan: Plan,
    resources: Sequence[UUID],
    *,
    span: tuple[datetime, datetime],
    blocked: tuple[datetime, datetime],
) -> UUID:
    """Return the session of a class on its resources, made if this is its first booking; it claims nothing yet."""
    key = (client_id, new_id(), plan.service_id, min(resources), *span, plan.terms.capacity)
    [[session_id]] = await fetch(session, _OPEN, *key)
    claims = [new_id() for _ in resources]
    await fetch(session, _CLAIM, client_id, claims, list(resources), plan.service_id, session_id, *blocked, *span)
    opened: UUID = session_id
    return opened


async def refresh_sessions(session: AsyncSession, client_id: UUID, session_ids: Sequence[UUID]) -> None:
    """Count the seats of sessions from their bookings; a session without any frees its resources.

    Runs under the locks of the sessions' resources, after the bookings have changed.
    """
    await fetch(session, _REFRESH, client_id, list(session_ids))
