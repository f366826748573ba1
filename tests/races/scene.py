"""One race from its beginning to its checks: a practice, two server processes, forty callers."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import randbelow
from typing import Any

import asyncpg

from app.core.clock import utcnow
from tests.races.callers import Ledger, run
from tests.races.checks import deadlocks, flaws
from tests.races.mix import RESOURCES, Attempt, offers, plan
from tests.races.practice import Practice, found
from tests.races.processes import Web, dsn_of

CALLERS = 40
UNHURRIED = dict.fromkeys(
    ("APP_REQUEST_DEADLINE", "APP_POOL_TIMEOUT", "APP_LOCK_TIMEOUT", "APP_STATEMENT_TIMEOUT"), "30"
)
"""A busy machine makes answers late, which is not what a race is about; a deadlock still shows as 503."""
REFUSALS = frozenset(
    {
        "busy",
        "held",
        "buffer",
        "capacity",
        "closed",
        "horizon",
        "limit",
        "transition_invalid",
        "version_conflict",
        "hold_expired",
        "hold_mismatch",
    }
)
"""What a caller may be told who comes too late. Not `slot_taken`: the locks know it before the database."""


@dataclass
class Outcome:
    """How a race ended: what is wrong, by name, is empty."""

    ledger: Ledger
    flaws: dict[str, Any]
    deadlocks: int

    @property
    def unexpected(self) -> dict[Any, int]:
        """Answers that nobody should get, by status and code."""
        return {
            (status, code): count
            for (status, code), count in self.ledger.refused.items()
            if status != 409 or code not in REFUSALS
        }


@dataclass
class Scene:
    """A practice on a database, and the servers that it is raced through."""

    url: str
    practice: Practice
    servers: list[Web]
    ledger: Ledger = field(default_factory=Ledger)

    async def race(self, plans: Iterable[Iterable[Attempt]], **options: Any) -> Ledger:
        """Have callers run their plans, in turn on one of the servers."""
        ports = [server.port for server in self.servers]
        return await run(self.practice, ports, list(plans), ledger=self.ledger, **options)

    async def outcome(self) -> Outcome:
        """Stop the servers and look at what is left."""
        for server in self.servers:
            await asyncio.to_thread(server.stop)
        connection = await asyncpg.connect(dsn_of(self.url))
        try:
            return Outcome(
                self.ledger, await flaws(connection, self.practice, self.ledger), await deadlocks(connection)
            )
        finally:
            await connection.close()


@asynccontextmanager
async def scene(url: str, directory: Path, *, servers: int = 2, workers: int = 1) -> AsyncIterator[Scene]:
    """Arrange a practice and start so many servers of so many processes each; they are gone afterwards."""
    practice = await found(url, resources=RESOURCES, offers=offers(), now=utcnow())
    with ExitStack() as stack:
        started = [
            Web(url, directory / f"web-{number}.log", workers=workers, environment=UNHURRIED)
            for number in range(servers)
        ]
        for server in started:
            server.start()
            stack.callback(server.kill)
        for server in started:
            await asyncio.to_thread(server.wait_until_ready)
        yield Scene(url, practice, started)


def plans(
    practice: Practice, seed: int, *, attempts: int, days: int, callers: int = CALLERS
) -> list[Iterable[Attempt]]:
    """Return what each caller does, so many attempts in all on so many days."""
    return [plan(practice, seed, number, attempts=attempts // callers, days=days) for number in range(callers)]


def a_seed() -> int:
    """Return a new seed, or that of RACE_SEED to run a race again; it is printed."""
    seed = int(os.environ.get("RACE_SEED") or randbelow(1_000_000))
    tell(f"\nRACE_SEED={seed}")
    return seed


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def summary(ledger: Ledger) -> str:
    """Return one line: how many attempts, what was accepted and refused, how long it took."""
    seconds = sorted(ledger.seconds)
    accepted = Counter(each.happened for each in ledger.accepted)
    refused = Counter({code: count for (_, code), count in ledger.refused.items()})
    p50, p99 = (round(seconds[int(len(seconds) * share)] * 1000) for share in (0.5, 0.99))
    return f"{ledger.attempts} attempts; {dict(accepted)}; refused {dict(refused)}; p50 {p50} ms, p99 {p99} ms"
