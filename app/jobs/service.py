"""What a human does with the queue: look, try held jobs again, give them up."""

from collections.abc import Sequence

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.errors import JobNotHeld, coded
from app.jobs.schemas import HeldJob, JobCount

# `since` is when a job got into its state; of one whose time has not come, when it was made.
COUNTS = text("""
SELECT name, state, COUNT(*) AS count, MIN(since) AS oldest_at,
       GREATEST(0, EXTRACT(EPOCH FROM NOW() - MIN(since)))::float8 AS oldest_age_seconds
FROM (
    SELECT entrypoint AS name,
           CASE WHEN status = 'picked' THEN 'running' WHEN status = 'failed' THEN 'held'
                WHEN execute_after <= NOW() THEN 'waiting'
                WHEN execute_after = '9999-01-01 00:00:00+00' THEN 'paused' ELSE 'scheduled' END AS state,
           CASE WHEN status <> 'queued' OR execute_after = '9999-01-01 00:00:00+00' THEN updated
                WHEN execute_after <= NOW() THEN execute_after ELSE created END AS since
    FROM pgqueuer
) AS job
GROUP BY name, state ORDER BY name, state
""")
HELD = text("""
SELECT job.id, job.entrypoint AS name, job.attempts, job.created AS created_at, job.updated AS held_at,
       failure.traceback ->> 'exception_type' AS error_code, failure.traceback ->> 'exception_message' AS error
FROM pgqueuer AS job
LEFT JOIN LATERAL (
    SELECT line.traceback FROM pgqueuer_log AS line
    WHERE line.job_id = job.id AND line.status = 'failed' ORDER BY line.created DESC LIMIT 1
) AS failure ON TRUE
WHERE job.status = 'failed' AND job.id > :after
ORDER BY job.id LIMIT :limit
""")
# Its key is given up: another job with the same one may wait by now.
RETRY = text("""
WITH changed AS (
    UPDATE pgqueuer
    SET status = 'queued', execute_after = NOW(), updated = NOW(), attempts = 0, dedupe_key = NULL
    WHERE status = 'failed' AND id = ANY(:ids)
    RETURNING id, entrypoint, priority
), logged AS (
    INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
    SELECT id, 'queued', entrypoint, priority FROM changed
)
SELECT id FROM changed ORDER BY id
""")
ALL_HELD = text("""
SELECT id FROM pgqueuer WHERE status = 'failed' AND (CAST(:name AS text) IS NULL OR entrypoint = :name)
ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
""")
DISCARD = text("""
WITH changed AS (
    DELETE FROM pgqueuer WHERE status = 'failed' AND id = ANY(:ids) RETURNING id, entrypoint, priority
), logged AS (
    INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
    SELECT id, 'deleted', entrypoint, priority FROM changed
)
SELECT id FROM changed ORDER BY id
""")
COUNT_HELD = text("SELECT COUNT(*) FROM pgqueuer WHERE status = 'failed'")
COUNT_PARKED = text("""
SELECT COUNT(*) FROM pgqueuer WHERE status = 'queued' AND execute_after = '9999-01-01 00:00:00+00'
""")
RELEASE = text("""
UPDATE pgqueuer SET execute_after = NOW(), updated = NOW()
WHERE status = 'queued' AND execute_after = '9999-01-01 00:00:00+00'
RETURNING id
""")


async def parked(session: AsyncSession) -> int:
    """Return how many outbound jobs wait because those are paused."""
    return int(await session.scalar(COUNT_PARKED) or 0)


async def release(session: AsyncSession) -> int:
    """Let outbound jobs run that waited for it; return how many. After the pause has ended, in its transaction."""
    return len(list(await session.scalars(RELEASE)))


async def counts(session: AsyncSession) -> list[JobCount]:
    """Return how many jobs of each kind are in each state, and since when the oldest is."""
    return [JobCount.model_validate(dict(row)) for row in (await session.execute(COUNTS)).mappings()]


async def count_held(session: AsyncSession) -> int:
    """Return how many jobs have given up."""
    return int(await session.scalar(COUNT_HELD) or 0)


async def held(session: AsyncSession, *, limit: int, after: int = 0) -> list[HeldJob]:
    """Return held jobs with what stopped them, oldest first, at most `limit`, of numbers beyond `after`."""
    rows = (await session.execute(HELD, {"limit": limit, "after": after})).mappings()
    return [HeldJob.model_validate({**row, "error_code": coded(row["error_code"] or "unknown")}) for row in rows]


async def retry(session: AsyncSession, ids: Sequence[int]) -> list[int]:
    """Let held jobs run again with all their attempts; return their numbers.

    A worker sees them within `Pace.poll`.

    Raises:
        JobNotHeld: one of them is not held; then none is changed.
    """
    return await _change(session, RETRY, ids)


async def retry_all(session: AsyncSession, *, name: str | None = None, most: int) -> list[int]:
    """Let held jobs of a kind, or of all, run again, the oldest first and at most so many; return their numbers."""
    return await _change(session, RETRY, list(await session.scalars(ALL_HELD, {"name": name, "most": most})))


async def discard(session: AsyncSession, ids: Sequence[int]) -> list[int]:
    """Delete held jobs for good; return their numbers.

    Raises:
        JobNotHeld: one of them is not held; then none is changed.
    """
    return await _change(session, DISCARD, ids)


async def _change(session: AsyncSession, statement: TextClause, ids: Sequence[int]) -> list[int]:
    wanted = sorted(set(ids))
    changed = list(await session.scalars(statement, {"ids": wanted}))
    if changed != wanted:
        raise JobNotHeld
    return changed
