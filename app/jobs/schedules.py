"""What runs every so often: registered here by any room, begun by one worker at a time.

There is no elected leader. Before each run the workers race for one row (`periodic_runs`), and the one whose
conditional update lands begins it: docs/decisions/periodic-tasks.md.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Interval, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utcnow
from app.core.db import Sessions
from app.jobs.errors import TookTooLong, failure_code
from app.jobs.outbox import NAME

AGAIN = timedelta(minutes=1)  # after a run that failed, or whose worker died
LONGEST_RUN = timedelta(minutes=1)

# One statement: claim the run if it is due and no earlier one goes on, and say when it is due again.
CLAIM = text("""
WITH claimed AS (
    INSERT INTO periodic_runs AS run (name, due_at, last_started_at, runs)
    VALUES (:name, NOW() + :again, NOW(), 1)
    ON CONFLICT (name) DO UPDATE
    SET due_at = EXCLUDED.due_at, last_started_at = EXCLUDED.last_started_at, runs = run.runs + 1
    WHERE run.due_at <= NOW() AND pg_try_advisory_xact_lock(hashtextextended('periodic:' || run.name, 0))
    RETURNING name
)
SELECT EXISTS (SELECT FROM claimed), (SELECT due_at - NOW() FROM periodic_runs WHERE name = :name)
""").bindparams(bindparam("again", type_=Interval))
ALONE = text("SELECT pg_try_advisory_xact_lock(hashtextextended('periodic:' || :name, 0))")
SUCCEED = text("""
UPDATE periodic_runs
SET last_succeeded_at = CLOCK_TIMESTAMP(), last_error_code = NULL, due_at = last_started_at + :every
WHERE name = :name
RETURNING due_at - CLOCK_TIMESTAMP()
""").bindparams(bindparam("every", type_=Interval))
FAIL = text("UPDATE periodic_runs SET last_error_code = :code WHERE name = :name")


class Task(Protocol):
    """One run: a single transaction, committed after it, at most a minute long; it never commits itself."""

    async def __call__(self, session: AsyncSession, /, *, now: datetime) -> None:
        """Do all that is due by `now`, so that the next run makes up for one that was missed."""


@dataclass(frozen=True, kw_only=True)
class Periodic:
    """A task, and how long after the start of one run the next begins."""

    name: str
    every: timedelta
    run: Task


class Schedule:
    """What runs every so often. The application has one; a test may have its own."""

    def __init__(self) -> None:
        self._periodics: dict[str, Periodic] = {}

    def __iter__(self) -> Iterator[Periodic]:
        """Iterate over all periodic tasks."""
        return iter(self._periodics.values())

    def periodic(self, name: str, *, every: timedelta) -> Callable[[Task], Task]:
        """Register the decorated function to run `every` so often, once for all workers together.

        It sweeps all clients at once. The name (`room.verb`) is the key of its row in `periodic_runs`.

        Raises:
            ValueError: the name is taken or malformed, or `every` is not positive.
        """
        if not NAME.fullmatch(name) or name in self._periodics or every <= timedelta(0):
            raise ValueError(f"{name!r} is taken, not of the form room.verb, or runs too often")

        def register(run: Task) -> Task:
            self._periodics[name] = Periodic(name=name, every=every, run=run)
            return run

        return register


async def run_if_due(periodic: Periodic, sessions: Sessions) -> timedelta:
    """Run a task if it is due and this worker is the first to come; return how long until it is due again.

    A run that fails, or dies with its worker, is due again after a minute, or sooner if it runs more often.

    Raises:
        Exception: what the task raised; its code is recorded.
    """
    again = min(AGAIN, periodic.every)
    async with sessions.begin() as session:
        claimed, due_in = (await session.execute(CLAIM, {"name": periodic.name, "again": again})).one()
    if not claimed:
        # Not sooner than a while from now, also while an earlier run goes on over its time.
        return max(due_in or again, min(again, timedelta(seconds=1)))
    try:
        return await _run(periodic, sessions) or again
    except Exception as failure:
        async with sessions.begin() as session:
            await session.execute(FAIL, {"name": periodic.name, "code": failure_code(failure)})
        raise


async def _run(periodic: Periodic, sessions: Sessions) -> timedelta | None:
    async with limited(LONGEST_RUN), sessions.begin() as session:
        if not await session.scalar(ALONE, {"name": periodic.name}):
            return None
        await periodic.run(session, now=utcnow())
        due_in: timedelta | None = await session.scalar(SUCCEED, {"name": periodic.name, "every": periodic.every})
        return due_in


@asynccontextmanager
async def limited(limit: timedelta) -> AsyncIterator[None]:
    """Cancel the block when it takes longer than `limit`.

    Raises:
        TookTooLong: it did; other time-outs within it stay what they are.
    """
    try:
        async with asyncio.timeout(limit.total_seconds()) as timer:
            yield
    except TimeoutError as ended:
        if timer.expired():
            raise TookTooLong(f"given up after {limit.total_seconds():g} s") from ended
        raise


schedule = Schedule()
periodic = schedule.periodic
