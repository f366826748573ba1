"""The worker: runs jobs and periodic tasks until it is told to stop, through every failure of the database.

What it holds it gives back when it stops or loses its connection, so that nobody has to wait until its
heartbeat is missed; that is for workers that die.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any
from uuid import uuid4

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

import app.jobs.jobs  # noqa: F401 - the room's own periodic task
from app.core.config import Settings
from app.core.db import Sessions, create_engine, create_sessions, knowing
from app.core.handlers import DatabaseUnavailable, database_problem
from app.core.http import carrying, create_client
from app.core.tracking import Recorder, tracing
from app.jobs import outbox, schedules
from app.jobs.errors import failure_code
from app.jobs.queue import Driver, Pace, Worker

log = structlog.get_logger()

Turn = Callable[["_Condition"], Awaitable[timedelta]]
NORMAL = Pace()
GONE = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a connection that breaks in the middle of something may raise, before it knows that it is closed."""


async def run_worker(
    settings: Settings,
    *,
    stop: asyncio.Event,
    subscriptions: outbox.Subscriptions = outbox.subscriptions,
    schedule: schedules.Schedule = schedules.schedule,
    pace: Pace = NORMAL,
    recorder: Recorder | None = None,
) -> None:
    """Run jobs and periodic tasks until `stop` is set; what is in progress then has a grace to finish.

    Has connections of its own, at most `pace.connections`. Outlives every failure of the database and says so once.
    Any number of workers share the work; several may run in one process. The recorder takes down what they run.
    """
    logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)  # we log the same, with codes, once
    changes = {"db_pool_max": pace.connections, "pool_timeout": pace.patience}
    engine = create_engine(settings.model_copy(update=changes), role="worker", recorder=recorder)
    client = create_client()
    sessions = create_sessions(engine, info=knowing(settings) | carrying(client))
    turns: dict[str, Turn] = {
        each.name: partial(_periodic_turn, partial(_run_if_due, each, sessions, recorder), stop, pace)
        for each in schedule
    }
    if any(True for _ in subscriptions):
        identity = uuid4()
        worker = Worker(identity=identity, sessions=sessions, subscriptions=subscriptions, pace=pace, recorder=recorder)
        turns["queue"] = partial(_queue_turn, worker, engine, stop)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(stop.wait())
            for part, turn in turns.items():
                group.create_task(_repeat(turn, _Condition(part, pace), stop))
    finally:
        await client.aclose()
        await engine.dispose()


class _Condition:
    """Whether a part of the worker is well; logs changes only."""

    def __init__(self, part: str, pace: Pace) -> None:
        self._log = log.bind(part=part)
        self._pace = pace
        self._code: str | None = None
        self._pause = pace.least_pause
        self._broke_at = 0.0

    def broken(self, failure: Exception) -> timedelta:
        """Take note of a failure; return how long to wait, longer when it comes soon after the last one."""
        expected = failure if isinstance(failure, DatabaseUnavailable) else database_problem(failure)
        code = failure_code(expected or failure)
        if code != self._code:
            self._log.warning("worker_interrupted", code=code, exc_info=None if expected else failure)
        soon = monotonic() - self._broke_at < 2 * self._pace.most_pause.total_seconds()
        self._pause = min(self._pause * 2, self._pace.most_pause) if soon else self._pace.least_pause
        self._code, self._broke_at = code, monotonic()
        return self._pause

    def well(self) -> None:
        """Take note that it works."""
        if self._code is not None:
            self._log.info("worker_recovered", after_code=self._code)
            self._code = None


async def _repeat(turn: Turn, condition: _Condition, stop: asyncio.Event) -> None:
    """Take turns until `stop` is set. A failure ends a turn, never the worker: it is logged and waited out."""
    while not stop.is_set():
        try:
            pause = await turn(condition)
        except Exception as failure:
            pause = condition.broken(failure)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause.total_seconds()):
                await stop.wait()


async def _finish(task: asyncio.Task[Any], *, leaving: asyncio.Event, grace: timedelta) -> None:
    """Wait for a task; from the moment that `leaving` is set it has `grace`, then it is cancelled.

    Raises:
        Exception: what the task raised.
    """
    signal = asyncio.create_task(leaving.wait())
    try:
        await asyncio.wait({task, signal}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({task}, timeout=grace.total_seconds())
    finally:
        signal.cancel()
        task.cancel()
        await asyncio.wait({task, signal})
    if not task.cancelled():
        task.result()


async def _run_if_due(periodic: schedules.Periodic, sessions: Sessions, recorder: Recorder | None) -> timedelta:
    with tracing(recorder, f"PERIODIC {periodic.name}"):
        return await schedules.run_if_due(periodic, sessions)


async def _periodic_turn(
    due: Callable[[], Coroutine[Any, Any, timedelta]], stop: asyncio.Event, pace: Pace, condition: _Condition
) -> timedelta:
    run = asyncio.create_task(due())
    await _finish(run, leaving=stop, grace=pace.grace)
    condition.well()
    return timedelta(0) if run.cancelled() else run.result()


async def _queue_turn(worker: Worker, engine: AsyncEngine, stop: asyncio.Event, condition: _Condition) -> timedelta:
    """Run jobs over one connection.

    Raises:
        Exception: why the connection is of no more use; this worker's jobs have ended by then.
    """
    await worker.give_back()
    async with engine.connect() as connection:
        raw: asyncpg.Connection = (await connection.get_raw_connection()).driver_connection
        driver = Driver(raw)
        raw.add_termination_listener(lambda _: driver.leaving.set())
        try:
            condition.well()
            await _run_jobs(worker, driver, stop)
        except Exception as failure:
            if raw.is_closed() or isinstance(failure, GONE):
                raise DatabaseUnavailable from failure
            raise
        finally:
            await connection.invalidate()  # it listens: not for others
    if not stop.is_set():
        raise DatabaseUnavailable
    await worker.give_back()
    return timedelta(0)


async def _run_jobs(worker: Worker, driver: Driver, stop: asyncio.Event) -> None:
    async def pass_on() -> None:
        await stop.wait()
        driver.leaving.set()

    relay = asyncio.create_task(pass_on())
    try:
        jobs = asyncio.create_task(worker.run(driver))
        await _finish(jobs, leaving=driver.leaving, grace=worker.pace.grace)
    finally:
        relay.cancel()
        await asyncio.wait({relay})
    if driver.failure is not None and not stop.is_set():
        raise driver.failure
