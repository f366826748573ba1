"""A database of their own for tests of samples, and processes that count without serving anybody."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app.core.config import Settings
from app.core.db import Sessions, create_operations_engine, create_sessions
from app.core.signals import Signals
from app.core.tracking import Recorder, Trace, current
from app.ops.samples.service import Carrier

NOW = datetime(2026, 3, 2, 9, 2, tzinfo=UTC)


@dataclass
class Counting:
    """A process: what it counts, and its way to the database."""

    sessions: Sessions
    recorder: Recorder
    carrier: Carrier

    @property
    def signals(self):
        return self.recorder.signals

    async def flush(self, now=NOW, state=None):
        async with self.sessions.begin() as session:
            await self.carrier.flush(session, state=state or {}, now=now)

    def request(self, route, *statements, milliseconds=1.0):
        """Run statements as a request of a route would."""
        current.set(trace := Trace())
        for statement in statements:
            self.recorder.ran(statement, milliseconds / 1000)
        current.set(None)
        trace.route = route
        self.recorder.finished(trace)


@pytest.fixture(scope="module")
def own_database_url(databases):
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
def own_settings(settings: Settings, own_database_url) -> Settings:
    return settings.model_copy(update={"database_url": own_database_url})


@pytest.fixture
async def sessions(own_settings):
    """Sessions in a database in which nothing has been counted."""
    engine = create_operations_engine(own_settings, role="samples")
    sessions = create_sessions(engine)
    async with sessions.begin() as session:
        await session.execute(text("TRUNCATE samples, processes, query_shapes"))
    yield sessions
    await engine.dispose()


@pytest.fixture
def begin(sessions, own_settings):
    """Begin a process: `begin(at=...)`."""

    def make(at=NOW):
        recorder = Recorder(Signals())
        recorder.signals.rotate(at)
        return Counting(sessions, recorder, Carrier(recorder, own_settings, started_at=at))

    return make


@pytest.fixture
def read(sessions):
    """Run a query and return its rows."""

    async def run(statement, **values):
        async with sessions() as session:
            return (await session.execute(text(statement), values)).all()

    return run
