"""Processes that serve one database of their own, and what was run in them."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from app.core.tracking import Recorder, Trace, current
from app.main import create_app
from tests.fixtures.api import OPERATOR_KEY

NOW = datetime(2026, 3, 2, 9, 32, tzinfo=UTC)


@dataclasses.dataclass
class Plane:
    """One process, asked as the person on call asks; `now` is its clock."""

    app: FastAPI
    http: httpx.AsyncClient
    now: datetime = NOW

    @property
    def recorder(self) -> Recorder:
        recorder: Recorder = self.app.state.process.recorder
        return recorder

    def run(
        self,
        *statements: str,
        ms: float | Sequence[float] = 1.0,
        route: str | None = None,
        failed: bool = False,
        waited: float | None = None,
    ) -> None:
        """Let one request run statements that take so many milliseconds each."""
        self.recorder.signals.rotate(self.now)
        token = current.set(trace := Trace())
        if waited is not None:
            self.recorder.waited(waited / 1000)
        for statement in statements:
            for length in [ms] if isinstance(ms, float | int) else ms:
                self.recorder.ran(statement, length / 1000, failed=failed)
        current.reset(token)
        trace.route = route
        self.recorder.finished(trace)

    def advance(self, **length: float) -> None:
        self.now += timedelta(**length)

    async def answer(self, path: str, **query: Any) -> httpx.Response:
        return await self.http.get(f"/api/performance/queries/{path}", params=query)

    async def ask(self, path: str, **query: Any) -> dict[str, Any]:
        answer = await self.answer(path, **query)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def slow(self, **query: Any) -> dict[str, Any]:
        """Return the items of /slow by preview, those of the server alone left out."""
        told = await self.ask("slow", **{"minDuration": 0, "limit": 200, **query})
        return {item["preview"]: item for item in told["slowQueries"] if item["source"] != "pg_stat_statements"}


@pytest.fixture(scope="module")
def own_database_url(databases):
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
async def connection(own_database_url):
    """A connection that no process knows of."""
    connection = await asyncpg.connect(own_database_url.replace("+asyncpg", ""))
    yield connection
    await connection.close()


@pytest.fixture
async def begin(settings, own_database_url, connection):
    """Begin a process on the database, in which nothing has been counted: `await begin()`."""
    planes = []
    await connection.execute("TRUNCATE samples, processes, query_shapes")

    async def make(**changes):
        app = create_app(settings.model_copy(update={"database_url": own_database_url, **changes}))
        app.state.process.started_at = NOW
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url="http://test", headers={"X-API-Key": OPERATOR_KEY})
        plane = Plane(app, http)
        app.state.clock = lambda: plane.now
        planes.append(plane)
        return plane

    yield make
    for plane in planes:
        await plane.http.aclose()
        await plane.app.state.engine.dispose()
        await plane.app.state.process.stop()


@pytest.fixture
async def plane(begin):
    return await begin()
