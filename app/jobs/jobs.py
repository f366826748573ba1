"""Periodic tasks of the ground floors: what nobody needs any more is forgotten, and what kills workers is held."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.idempotency import purge_answers
from app.jobs.schedules import periodic, schedule

log = structlog.get_logger()

KEPT = timedelta(days=7)
MOST = 50_000  # lines a run: more than a busy day makes in five minutes, less than a second's work

PURGE = text("""
DELETE FROM pgqueuer_log WHERE id IN (
    SELECT line.id FROM pgqueuer_log AS line
    WHERE line.created < :before AND NOT EXISTS (SELECT FROM pgqueuer AS job WHERE job.id = line.job_id)
    ORDER BY line.created LIMIT :most
)
""")

# A begun attempt that left no line of its end was interrupted: its worker died, or was told to stop.
HOLD_DEADLY = text("""
WITH deadly AS (
    SELECT job.id FROM pgqueuer AS job
    WHERE job.status = 'picked' AND :deaths < (
        SELECT COUNT(*) FILTER (WHERE line.status = 'picked') - COUNT(*) FILTER (WHERE line.status <> 'picked')
        FROM pgqueuer_log AS line WHERE line.job_id = job.id AND line.created > :since
    )
    FOR UPDATE
), held AS (
    UPDATE pgqueuer AS job SET status = 'failed', queue_manager_id = NULL, updated = NOW()
    FROM deadly WHERE job.id = deadly.id RETURNING job.id, job.entrypoint, job.priority
)
INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority, traceback)
SELECT id, 'failed', entrypoint, priority, jsonb_build_object('exception_type', 'worker_died') FROM held
RETURNING job_id
""")
MOST_DEATHS, WITHIN = 10, timedelta(hours=1)

FORGET_TASKS = text("DELETE FROM periodic_runs WHERE due_at < :before AND name <> ALL(:known)")
FORGOTTEN = timedelta(minutes=15)


@periodic("jobs.purge_log", every=timedelta(minutes=5))
async def purge_log(session: AsyncSession, *, now: datetime) -> None:
    """Delete what the queue logged of jobs that ended over a week ago; held and waiting jobs keep their history."""
    await session.execute(PURGE, {"before": now - KEPT, "most": MOST})


@periodic("jobs.purge_answers", every=timedelta(minutes=1))
async def purge_stored_answers(session: AsyncSession, *, now: datetime) -> None:
    """Delete the stored answers to idempotency keys that are past their time."""
    await purge_answers(session, now=now)


@periodic("jobs.hold_deadly", every=timedelta(minutes=1))
async def hold_deadly(session: AsyncSession, *, now: datetime) -> None:
    """Hold jobs whose workers died ten times within the hour: they would take down one worker after another.

    A death leaves no failure that would count as an attempt. Those that ran beside such a job may be held with it.
    """
    held = list(await session.scalars(HOLD_DEADLY, {"deaths": MOST_DEATHS, "since": now - WITHIN}))
    for job in held:
        log.error("job_held", code="worker_died", job_id=job)


@periodic("jobs.forget_tasks", every=timedelta(minutes=5))
async def forget_tasks(session: AsyncSession, *, now: datetime) -> None:
    """Forget periodic tasks that no version has any more, which would be late for ever."""
    known = [each.name for each in schedule]
    await session.execute(FORGET_TASKS, {"before": now - FORGOTTEN, "known": known})
