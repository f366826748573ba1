"""What a human does with the queue: look, try held jobs again, give them up."""

from collections.abc import Sequence

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.errors import JobNotHeld, coded
from app.jobs.schemas import HeldJob, JobCount

COUNTS = text("""
SELECT entrypoint AS name,
       CASE status WHEN 'queued' THEN 'waiting' WHEN 'picked' THEN 'running' ELSE 'held' END AS state,
       COUNT(*) AS count, MIN(created) AS oldest_at
FROM pgqueuer GROUP BY entrypoint, status ORDER BY entrypoint, status
""")
HELD = text("""
SELECT job.id, job.entrypoint AS name, job.attempts, job.created AS created_at, job.updated AS held_at,
       failure.traceback ->> 'exception_type' AS error_code, failure.traceback ->> 'exception_message' AS error
FROM pgqueuer AS job
LEFT JOIN LATERAL (
    SELECT line.traceback FROM pgqueuer_log AS line
    WHERE line.job_id = job.id AND line.status = 'failed' ORDER BY line.created DESC LIMIT 1
) AS failure ON TRUE
WHERE job.status = 'failed'
ORDER BY job.id LIMIT :limit
""")
# Its key is given up: another job with the same one may wait by now.
RETRY = text("""
WITH changed AS (
    UPDATE pgqueuer
    SET status = 'queued', execute_after = NOW(), updated = NOW(), attempts = 0, dedupe_key = NULL
    WHERE status = 'failed' AND (CAST(:ids AS bigint[]) IS NULL OR id = ANY(:ids))
    RETURNING id, entrypoint, priority
), logged AS (
    INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
    SELECT id, 'queued', entrypoint, priority FROM changed
)
SELECT id FROM changed ORDER BY id
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
    """Return how many jobs of each kind wait, run or are held, and since when the oldest does."""
    return [JobCount.model_validate(dict(row)) for row in (await session.execute(COUNTS)).mappings()]


async def held(session: AsyncSession, *, limit: int) -> list[HeldJob]:
    """Return held jobs with what stopped them, oldest first, at most `limit`."""
    rows = (await session.execute(HELD, {"limit": limit})).mappings()
    return [HeldJob.model_validate({**row, "error_code": coded(row["error_code"] or "unknown")}) for row in rows]


async def retry(session: AsyncSession, ids: Sequence[int] | None) -> list[int]:
    """Let held jobs run again with all their attempts, all of them for None; return their numbers.

    A worker sees them within `Pace.poll`.

    Raises:
        JobNotHeld: one of them is not held; then none is changed.
    """
    return await _change(session, RETRY, ids)


async def discard(session: AsyncSession, ids: Sequence[int]) -> list[int]:
    """Delete held jobs for good; return their numbers.

    Raises:
        JobNotHeld: one of them is not held; then none is changed.
    """
    return await _change(session, DISCARD, ids)


async def _change(session: AsyncSession, statement: TextClause, ids: Sequence[int] | None) -> list[int]:
    wanted = None if ids is None else sorted(set(ids))
    changed = list(await session.scalars(statement, {"ids": wanted}))
    if wanted is not None and changed != wanted:
        raise JobNotHeld
    return changed
