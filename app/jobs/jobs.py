"""Periodic tasks of the ground floors: what nobody needs any more is forgotten."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.idempotency import purge_answers
from app.jobs.schedules import periodic

KEPT = timedelta(days=7)
MOST = 50_000  # lines a run: more than a busy day makes in five minutes, less than a second's work

PURGE = text("""
DELETE FROM pgqueuer_log WHERE id IN (
    SELECT line.id FROM pgqueuer_log AS line
    WHERE line.created < :before AND NOT EXISTS (SELECT FROM pgqueuer AS job WHERE job.id = line.job_id)
    ORDER BY line.created LIMIT :most
)
""")


@periodic("jobs.purge_log", every=timedelta(minutes=5))
async def purge_log(session: AsyncSession, *, now: datetime) -> None:
    """Delete what the queue logged of jobs that ended over a week ago; held and waiting jobs keep their history."""
    await session.execute(PURGE, {"before": now - KEPT, "most": MOST})


@periodic("jobs.purge_answers", every=timedelta(minutes=1))
async def purge_stored_answers(session: AsyncSession, *, now: datetime) -> None:
    """Delete the stored answers to idempotency keys that are past their time."""
    await purge_answers(session, now=now)
