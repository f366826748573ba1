"""Workers in the test's own event loop, hurried, each stopped at the end of its test."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.core.config import Settings
from app.core.db import create_engine, create_sessions
from app.jobs.outbox import Subscriptions
from app.jobs.queue import Pace
from app.jobs.rules import Retries
from app.jobs.runner import run_worker
from app.jobs.schedules import Schedule
from tests.fixtures.api import PATIENT


@dataclass(frozen=True)
class Happened:
    """Something happened."""

    id: UUID


HURRIED = Pace(
    poll=timedelta(milliseconds=200),
    heartbeat=timedelta(seconds=1),
    retries=Retries(first_delay=timedelta(milliseconds=20), growth=4.0, attempts=3),
    grace=timedelta(seconds=2),
    most_pause=timedelta(milliseconds=200),
)
NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
PATIENCE = 60  # seconds until a test gives up waiting


@pytest.fixture(scope="session")
def settings(database_url):
    return Settings(env="test", database_url=database_url).model_copy(update=PATIENT)


@pytest.fixture(scope="session")
async def sessions(settings):
    engine = create_engine(settings, role="test")
    yield create_sessions(engine)
    await engine.dispose()


@pytest.fixture(scope="session")
async def marks(sessions):
    """A table that jobs write to, in a schema of its own: others compare the tables with the models."""
    async with sessions.begin() as session:
        await create_marks(session)
    yield
    async with sessions.begin() as session:
        await session.execute(text("DROP SCHEMA scratch CASCADE"))


async def create_marks(session):
    await session.execute(text("CREATE SCHEMA scratch"))
    await session.execute(text("CREATE TABLE scratch.marks (job text, at timestamptz DEFAULT clock_timestamp())"))


async def mark(session, name):
    await session.execute(text("INSERT INTO scratch.marks (job) VALUES (:name)"), {"name": name})


@pytest.fixture
def happen(sessions, subscriptions, marks):
    async def emit(count=1):
        async with sessions.begin() as session:
            for _ in range(count):
                await subscriptions.emit(session, Happened(uuid4()), now=NOW)

    return emit


@pytest.fixture
def ask(sessions, name):
    """Ask the database about this test's jobs, whose name is `:name`."""

    async def value(question):
        async with sessions() as session:
            return await session.scalar(text(question), {"name": name})

    return value


@pytest.fixture
def state(ask):
    return lambda: ask("SELECT string_agg(status::text, ',') FROM pgqueuer WHERE entrypoint = :name")


@pytest.fixture
def marked(ask):
    return lambda: ask("SELECT count(*) FROM scratch.marks WHERE job = :name")


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
    async def run(pace=HURRIED, subscriptions=subscriptions, recorder=None):
        stop, work = asyncio.Event(), {"subscriptions": subscriptions, "schedule": schedule}
        worker = asyncio.create_task(run_worker(settings, stop=stop, pace=pace, recorder=recorder, **work))
        try:
            yield worker
        finally:
            stop.set()
            async with asyncio.timeout(PATIENCE):
                await worker

    return run


async def soon(event):
    """Wait for an event, but not for ever."""
    async with asyncio.timeout(PATIENCE):
        await event.wait()


async def eventually(condition: Callable[[], Awaitable[object]]) -> None:
    """Wait until something holds in the database, which raises no event that a test could wait for."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
