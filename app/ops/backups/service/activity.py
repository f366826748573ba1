"""How much goes on in the service, beside what is known of its backups."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ops.backups.schemas import Activity

# Ids are made in the order of time, so the last booking of each client is the end of its primary key.
_ACTIVITY = text("""
SELECT count(*) AS clients, count(*) FILTER (WHERE c.status = 'active') AS active, max(last.created_at) AS last_at,
       EXISTS (SELECT FROM pgqueuer WHERE status IN ('queued', 'picked')) AS pending
FROM clients c
LEFT JOIN LATERAL (
    SELECT b.created_at FROM bookings b WHERE b.client_id = c.id ORDER BY b.id DESC LIMIT 1
) last ON true
""")

UNKNOWN = Activity(
    database_accessible=False,
    recent_activity=None,
    hours_since_activity=None,
    days_since_activity=None,
    has_any_data=None,
    has_active_clients=None,
    total_clients=None,
    has_pending_work=None,
)
"""What is known of the activity while the database is away."""


async def activity(session: AsyncSession, *, now: datetime) -> Activity:
    """Return how much is going on; `recent` means within a day."""
    row = (await session.execute(_ACTIVITY)).one()
    hours = None if row.last_at is None else max(0.0, (now - row.last_at).total_seconds() / 3600)
    return Activity(
        database_accessible=True,
        recent_activity=hours is not None and hours <= 24,
        hours_since_activity=None if hours is None else round(hours, 2),
        days_since_activity=None if hours is None else round(hours / 24, 2),
        has_any_data=row.last_at is not None,
        has_active_clients=row.active > 0,
        total_clients=row.clients,
        has_pending_work=row.pending,
    )
