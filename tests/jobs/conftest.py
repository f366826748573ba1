"""Workers in the test's own event loop, hurried, each stopped at the end of its test."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest

from app.core.config import Settings
from app.core.db import create_engine, create_sessions
from app.jobs.outbox import Subscriptions
from app.jobs.queue import Pace
from app.jobs.runner import run_worker
from app.jobs.schedules import Schedule

HURRIED = Pace(
    poll=timedelta(milliseconds=200),
    heartbeat=timedelta(seconds=1),
    first_delay=timedelta(milliseconds=20),
    growth=4.0,
    attempts=3,
    grace=timedelta(seconds=2),
    most_pause=timedelta(milliseconds=200),
)
PATIENCE = 20  # seconds until a test gives up waiting


@pytest.fixture(scope="session")
def settings(database_url):
    return Settings(env="test", database_url=database_url)


@pytest.fixture(scope="session")
async def sessions(settings):
    engine = create_engine(settings, role="test")
    yield create_sessions(engine)
    await engine.dispose()


@pytest.fixture
def name():
    """A name that no other test's jobs have: all tests share the queue."""
    return f"test.n{uuid4().hex}"


@pytest.fixture
def subscriptions():
    return Subscriptions()


@pytest.fixture
def schedule():
    return Schedule()


@pytest.fixture
def working(settings, subscriptions, schedule):
    """Give a context in which a worker runs; leaving it stops the worker."""

    @asynccontextmanager
    async def run(pace=HURRIED, subscriptions=subscriptions):
        stop = asyncio.Event()
        worker = asyncio.create_task(
            run_worker(settings, stop=stop, subscriptions=subscriptions, schedule=schedule, pace=pace)
        )
        try:
            yield worker
        finally:
            stop.set()
            async with asyncio.timeout(PATIENCE):
                await worker

    return run


async def eventually(condition: Callable[[], Awaitable[object]]) -> None:
    """Wait until something holds in the database, which raises no event that a test could wait for."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
