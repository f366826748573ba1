"""pgqueuer, set up as this house uses it; nothing outside this file and `runner` names it.

It finds jobs, hands each to one worker, and keeps it by heartbeats. How an attempt ends is ours, and written only
while the job is still this worker's: done, in the job's own transaction, so that what it did counts once even when it
was taken for dead and runs elsewhere too; or failed, to be tried again or held, with nobody's data beside it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from pgqueuer import AsyncpgDriver, Job, Queries, QueueManager
from pgqueuer.executors import EntrypointExecutor
from pgqueuer.models import Context, TracebackRecord
from pgqueuer.types import JOB_STATUS, JobId, QueueManagerId
from pydantic import ValidationError
from sqlalchemy import Interval, bindparam, text

from app.core.clock import utcnow
from app.core.db import Sessions
from app.core.faults import fault
from app.core.tracking import Recorder, tracing
from app.jobs.errors import EventUnreadable, PermanentFailure, TakenOver, TryLater, failure_code
from app.jobs.once import belonging
from app.jobs.outbox import Subscription, Subscriptions
from app.jobs.rules import Ending, Retries, ending
from app.jobs.schedules import limited

log = structlog.get_logger()

FORGET_KEY = text("UPDATE pgqueuer SET dedupe_key = NULL WHERE id = :id")
SETTLE = text("""
WITH done AS (
    DELETE FROM pgqueuer WHERE id = :id AND queue_manager_id = :worker RETURNING id, entrypoint, priority
), logged AS (
    INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
    SELECT id, 'successful', entrypoint, priority FROM done
)
SELECT EXISTS (SELECT FROM done)
""")
# What is logged of a failure is its code, its types and its place: never a message, which may hold somebody's data.
FAIL = text("""
WITH failed AS (
    UPDATE pgqueuer
    SET status = CAST(:status AS pgqueuer_status), execute_after = NOW() + :delay, attempts = attempts + :used,
        updated = NOW(), queue_manager_id = NULL
    WHERE id = :id AND queue_manager_id = :worker
    RETURNING id, status, entrypoint, priority
), logged AS (
    INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority, traceback)
    SELECT id, status, entrypoint, priority,
           jsonb_build_object('exception_type', CAST(:code AS text), 'exception_message', CAST(:told AS text))
    FROM failed
)
SELECT EXISTS (SELECT FROM failed)
""").bindparams(bindparam("delay", type_=Interval))
# A person who lets a held job run again begins its time anew; that line of the log tells of no failure.
FAILING_FOR = text("""
SELECT NOW() - MIN(created) FROM pgqueuer_log
WHERE job_id = :id AND traceback IS NOT NULL AND created > COALESCE(
    (SELECT MAX(created) FROM pgqueuer_log WHERE job_id = :id AND status = 'queued' AND traceback IS NULL), '-infinity')
""")
GIVE_BACK = text("""
UPDATE pgqueuer SET status = 'queued', queue_manager_id = NULL, updated = NOW()
WHERE status = 'picked' AND queue_manager_id = :worker
""")


# Asked of the database, not of what this process knows of controls: a worker that has just begun on a restored
# database knows nothing yet. The lock keeps a resumption waiting until the job is where it will be found.
PAUSED = text("SELECT id FROM controls WHERE kind = 'outbound' AND ended_at IS NULL LIMIT 1 FOR SHARE")
PARK = text("""
UPDATE pgqueuer
SET status = 'queued', queue_manager_id = NULL, execute_after = '9999-01-01 00:00:00+00', updated = NOW()
WHERE id = :id AND queue_manager_id = :worker
""")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How much a worker does at once, and how patient it is."""

    concurrency: int = 32  # jobs at once; when all are busy pgqueuer looks again after 100 ms
    connections: int = 8  # one of them listens; a job needs one only while in a transaction
    patience: timedelta = timedelta(seconds=20)  # of a job for a connection
    poll: timedelta = timedelta(seconds=10)  # looks for jobs so often when nothing notifies it
    heartbeat: timedelta = timedelta(seconds=30)  # a job whose worker is silent for so long is another's
    retries: Retries = field(default_factory=Retries)
    job_limit: timedelta = timedelta(minutes=1)
    grace: timedelta = timedelta(seconds=8)  # for what runs when the worker is told to stop
    least_pause: timedelta = timedelta(milliseconds=100)  # between attempts to reach the database
    most_pause: timedelta = timedelta(seconds=5)


class Driver(AsyncpgDriver):
    """pgqueuer's way to its connection. The first failure ends the manager's work, before it waits for its jobs."""

    def __init__(self, connection: "asyncpg.Connection") -> None:
        super().__init__(connection)
        self.leaving = asyncio.Event()
        self.failure: Exception | None = None

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Return the rows of a query."""
        with self._noticing():
            return await super().fetch(query, *args)

    async def execute(self, query: str, *args: object) -> str:
        """Execute a statement."""
        with self._noticing():
            return await super().execute(query, *args)

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        try:
            yield
        except Exception as failure:
            # A connection that breaks in the middle of a statement may call itself neither closed nor lost.
            self.failure = self.failure or failure
            self.leaving.set()
            raise


@dataclass(frozen=True, kw_only=True)
class Worker:
    """Who does the jobs: a name in the queue, a way to the database, and what it knows to do."""

    identity: UUID
    sessions: Sessions
    subscriptions: Subscriptions
    pace: Pace
    recorder: Recorder | None = None

    async def run(self, driver: Driver) -> None:
        """Run jobs until the driver is to be left, and those in progress have ended."""
        manager = QueueManager(_Queries(driver))
        manager.queue_manager_id = QueueManagerId(self.identity)
        manager.shutdown = driver.leaving
        for subscription in self.subscriptions:
            executor = partial(_Executor, worker=self, running=manager.job_context)
            manager.entrypoint(subscription.name, on_failure="hold", executor_factory=executor)(
                partial(self._traced, subscription)
            )
        await manager.run(
            dequeue_timeout=self.pace.poll,
            batch_size=self.pace.concurrency // 2,  # the most it allows
            max_concurrent_tasks=self.pace.concurrency,
            shutdown_on_listener_failure=True,
            heartbeat_timeout=self.pace.heartbeat,
            log_aggregation_interval=timedelta(0),  # statistics that nobody reads
        )

    async def give_back(self) -> None:
        """Let others have what is still this worker's although it does not run here any more."""
        async with self.sessions.begin() as session:
            await session.execute(GIVE_BACK, {"worker": self.identity})

    async def _traced(self, subscription: Subscription[Any], job: Job) -> None:
        with tracing(self.recorder, f"JOB {subscription.name}"):
            await self._perform(subscription, job)

    async def _perform(self, subscription: Subscription[Any], job: Job) -> None:
        """Do one job in its own session, and end it in the same transaction."""
        began = perf_counter()
        if subscription.outbound and await self._parked(job):
            log.info("job_waits_for_outbound", job=job.entrypoint, job_id=job.id)
            return
        if subscription.once is not None:
            # What happens from now on needs another job. Waits for those who are about to rely on this one.
            async with self.sessions.begin() as session:
                await session.execute(FORGET_KEY, {"id": job.id})
        try:
            event = subscription.reads.validate_json(job.payload or b"")
        except ValidationError as unreadable:
            raise EventUnreadable from unreadable
        mine = belonging(job.id, self.identity)
        async with limited(subscription.limit or self.pace.job_limit), self.sessions(info=mine) as session:
            await subscription.handle(session, event, now=utcnow())
            if not await session.scalar(SETTLE, {"id": job.id, "worker": self.identity}):
                raise TakenOver
            await session.commit()
        log.info("job_done", job=job.entrypoint, job_id=job.id, run_ms=round((perf_counter() - began) * 1000))

    async def fail(self, job: Job, failure: Exception) -> Ending | None:
        """Write down what becomes of a job that failed; return it, None where the job is another's by now."""
        asked = failure.after if isinstance(failure, TryLater) else None
        seen = fault(failure)
        async with self.sessions.begin() as session:
            asking_for = None if asked is None else await session.scalar(FAILING_FOR, {"id": job.id})
            ended = ending(
                self.pace.retries,
                job=job.id,
                attempts=job.attempts,
                asked=asked,
                asking_for=asking_for or timedelta(0),
                hopeless=isinstance(failure, PermanentFailure),
            )
            facts = {"id": job.id, "worker": self.identity, "status": "failed" if ended.held else "queued"}
            facts |= {"delay": ended.delay, "used": int(ended.counts)}
            facts |= {"code": failure_code(failure), "told": " at ".join(filter(None, (seen.kind, seen.place)))}
            return ended if await session.scalar(FAIL, facts) else None

    async def _parked(self, job: Job) -> bool:
        """Return whether messages are paused; then the job waits until they are resumed, with all its attempts."""
        async with self.sessions.begin() as session:
            paused = await session.scalar(PAUSED)
            if paused is not None:
                await session.execute(PARK, {"id": job.id, "worker": self.identity})
        return paused is not None


@dataclass
class _Executor(EntrypointExecutor):
    """Runs a job, and writes down what becomes of it when it fails."""

    worker: Worker
    running: dict[JobId, Context]
    """What the manager runs here: it does not begin a job twice."""

    async def execute(self, job: Job, context: Context) -> None:
        """Run the job; what it raises is logged, with a code."""
        facts = {"job": job.entrypoint, "job_id": job.id, "attempt": job.attempts + 1}
        try:
            await super().execute(job, context)
        except TakenOver:
            log.warning("job_taken_over", **facts)
        except Exception as failure:
            self.running.pop(job.id, None)  # or it could be found again before it is known to have ended
            try:
                ended = await self.worker.fail(job, failure)
            except Exception as unwritten:
                # It stays this worker's, which gives it back once it has a connection again, or dies.
                log.warning("job_end_unwritten", code=failure_code(failure), exc_info=unwritten, **facts)
            else:
                _tell(failure, ended, facts)


def _tell(failure: Exception, ended: Ending | None, facts: dict[str, Any]) -> None:
    code = failure_code(failure)
    if ended is None:
        log.warning("job_taken_over", code=code, **facts)
    elif ended.held:
        log.error("job_held", code=code, exc_info=failure, **facts)
    else:
        log.warning("job_delayed", code=code, delay_s=round(ended.delay.total_seconds(), 3), **facts)


class _Queries(Queries):
    """Leaves the end of a job to us."""

    async def log_jobs(self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]) -> None:
        """Do nothing: how a job ended is written already; one that was cancelled, with its worker, is given back."""
