"""Where it is measured: an embedded server with fsync on, practices, server processes; and how long."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from app.core.clock import utcnow
from tests.bench.wishes import STAFF, offers
from tests.races.practice import Practice, found
from tests.races.processes import Database, Web


@dataclass(frozen=True)
class Scale:
    """How much is measured; timed parts take about `seconds` each."""

    seconds: float = 4.0
    rounds: int = 3
    pairs: int = 10
    requests: int = 10_000
    few: int = 1_000
    many: int = 1_000_000
    attempts: int = 1_200
    kept: int = 300_000


WHOLE = Scale()
QUICK = Scale(seconds=0.2, rounds=1, pairs=2, requests=100, few=200, many=2_000, attempts=80, kept=400)
"""Only shows that everything runs."""


@dataclass(frozen=True)
class Stand:
    """A durable database, a place for logs, and how much to measure."""

    database: Database
    directory: Path
    scale: Scale

    def web(self, name: str, url: str | None = None, *, tracked: bool = True, **environment: str) -> Web:
        """Return one server process as in production, to be entered: a line of JSON for each request in its log.

        One that is not tracked takes nothing down.
        """
        settings = {"APP_LOG_LEVEL": "info", **environment}
        program = "app.cli" if tracked else "tests.bench.untracked"
        return Web(url or self.database.url, self.directory / f"{name}.log", environment=settings, program=program)

    async def practice(self, url: str | None = None) -> Practice:
        """Return a new client with ten staff and one service, of whom nothing is booked."""
        return await found(url or self.database.url, resources=STAFF, offers=offers(), now=utcnow())

    async def connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.database.dsn)

    async def analyze(self) -> None:
        """Let the planner know the tables: without statistics the reference is ten times slower."""
        connection = await self.connect()
        await connection.execute("ANALYZE")
        await connection.close()


@asynccontextmanager
async def stand(scale: Scale) -> AsyncIterator[Stand]:
    """Start a server of its own; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench.") as directory, Database(Path(directory) / "postgres") as database:
        yield Stand(database, Path(directory), scale)
