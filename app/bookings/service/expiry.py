"""Ending holds that have run out: on one resource before a conflict check, everywhere by the sweep."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.events import HoldEnded
from app.bookings.service.seats import refresh_sessions
from app.core.direct import fetch
from app.core.ids import new_id
from app.jobs.outbox import emit

_DUE_ON = """
SELECT b.id FROM bookings b
WHERE b.client_id = $1 AND b.status = 'held' AND b.expires_at <= $3 AND (
    b.id IN (SELECT booking_id FROM claims WHERE client_id = $1 AND resource_id = ANY ($2) AND active
             AND booking_id IS NOT NULL AND expires_at <= $3)
    OR b.session_id IN (SELECT session_id FROM claims WHERE client_id = $1 AND resource_id = ANY ($2) AND active
                        AND session_id IS NOT NULL AND upper(blocked) > $3))
"""

_EXPIRE = """
WITH due AS (
    SELECT id, event_id FROM unnest($2::uuid[], $3::uuid[]) AS due (id, event_id)
), ended AS (
    UPDATE bookings b SET status = 'expired', version = b.version + 1, updated_at = $4
    FROM due WHERE b.client_id = $1 AND b.id = due.id AND b.status = 'held' AND b.expires_at <= $4
    RETURNING b.id, b.session_id, due.event_id
), freed AS (
    UPDATE claims SET active = false
    WHERE client_id = $1 AND booking_id IN (SELECT id FROM ended)
), told AS (
    INSERT INTO booking_events (client_id, id, booking_id, type, at, actor)
    SELECT $1, event_id, id, 'expired', $4, 'clock' FROM ended
)
SELECT id, session_id FROM ended
"""


async def expire_on(session: AsyncSession, client_id: UUID, resource_ids: Sequence[UUID], *, now: datetime) -> None:
    """Expire the due holds of resources whose locks the caller has."""
    due = await fetch(session, _DUE_ON, client_id, list(resource_ids), now)
    await expire(session, client_id, [row["id"] for row in due], now=now)


async def expire(session: AsyncSession, client_id: UUID, booking_ids: Sequence[UUID], *, now: datetime) -> int:
    """Expire those of the bookings that are holds past their time, and return how many were.

    The caller has the locks of their resources.
    """
    if not booking_ids:
        return 0
    ended = await fetch(session, _EXPIRE, client_id, list(booking_ids), [new_id() for _ in booking_ids], now)
    sessions = sorted({row["session_id"] for row in ended if row["session_id"] is not None})
    if sessions:
        await refresh_sessions(session, client_id, sessions)
    for row in ended:
        await emit(session, HoldEnded(client_id, row["id"]), now=now)
    return len(ended)
