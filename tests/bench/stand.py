"""Where it is measured: an embedded server with fsync on, one practice, one web process."""

import asyncio
import itertools
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from app.core.clock import iso, utcnow
from tests.races.practice import Offer, Practice, found
from tests.races.processes import Database, Web
from tests.races.wire import Caller, request

STAFF, SLOTS_A_DAY = 30, 16


@dataclass
class Stand:
    """The practice's first service takes half an hour of any of its staff; starts are handed out once each."""

    database: Database
    practice: Practice
    directory: Path
    seconds: float
    _turns: "itertools.count[int]" = field(default_factory=itertools.count)
    _phones: random.Random = field(default_factory=lambda: random.Random(7))

    def web(self, name: str) -> Web:
        """Return one server process, to be entered."""
        return Web(self.database.url, self.directory / f"{name}.log")

    async def connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.database.dsn)

    def booking(self) -> dict[str, Any]:
        """Return the body of a booking that nobody made yet: the next free half hour of the next of the staff."""
        turn = next(self._turns)
        slot, staff = divmod(turn, STAFF)
        day, of_day = divmod(slot, SLOTS_A_DAY)
        return {
            "serviceId": str(self.practice.offers[0].id),
            "startsAt": iso(self.practice.start(day, of_day * 30)),
            "resourceId": str(self.practice.resources[staff]),
            "customer": {"phone": f"+4474001{self._phones.randrange(10**5):05d}", "name": "Sam Taylor"},
        }

    def request(self, method: str, path: str, body: Any = None) -> bytes:
        return request(method, path, self.practice.key, body)

    def availability(self, staff: int, days: int) -> bytes:
        """Return a question about the service that the first so many of the staff give."""
        offer = next(each for each in self.practice.offers if len(each.resources) == staff and each.capacity == 1)
        start, end = self.practice.first_day, self.practice.first_day + timedelta(days=days)
        return self.request("GET", f"/api/availability?serviceId={offer.id}&from={iso(start)}&to={iso(end)}")


@asynccontextmanager
async def stand(seconds: float) -> AsyncIterator[Stand]:
    """Make the stand; every timed part takes about so many seconds."""
    with tempfile.TemporaryDirectory(prefix="bench.") as directory, Database(Path(directory) / "postgres") as database:
        offers = [Offer(30, range(STAFF), interval=30), Offer(30, range(10), interval=30)]
        practice = await found(database.url, resources=STAFF, offers=offers, now=utcnow())
        yield Stand(database, practice, Path(directory), seconds)


async def load(port: int, callers: int, seconds: float, make: Callable[[], bytes], expected: int) -> Sequence[float]:
    """Send requests one after the other from each caller for so long; return the latencies in seconds.

    Raises:
        AssertionError: an answer had another status than expected; figures of refusals measure nothing.
    """
    latencies: list[float] = []
    end = time.perf_counter() + seconds

    async def call() -> None:
        caller = Caller(port)
        try:
            while (begun := time.perf_counter()) < end:
                answer = await caller.send(make())
                latencies.append(time.perf_counter() - begun)
                assert answer.status == expected, answer.body
        finally:
            caller.close()

    await asyncio.gather(*(call() for _ in range(callers)))
    return latencies


async def repeat(callers: int, seconds: float, run: Callable[[int], Awaitable[object]]) -> Sequence[float]:
    """Run something again and again from each caller for so long; return the durations in seconds."""
    durations: list[float] = []
    end = time.perf_counter() + seconds

    async def call(number: int) -> None:
        while (begun := time.perf_counter()) < end:
            await run(number)
            durations.append(time.perf_counter() - begun)

    await asyncio.gather(*(call(number) for number in range(callers)))
    return durations


_FILL = """
WITH numbered AS (
    SELECT n, gen_random_uuid() AS id, ($3::uuid[])[n % $4 + 1] AS resource_id,
           $5::timestamptz + (n / $4 / 16) * interval '1 day' + (n / $4 % 16) * interval '30 minutes' AS starts_at
    FROM generate_series($6::bigint, $7::bigint) AS n
), booked AS (
    INSERT INTO bookings (client_id, id, service_id, customer_id, status, starts_at, ends_at, channel)
    SELECT $1, id, $2, $8, 'confirmed', starts_at, starts_at + interval '30 minutes', 'api' FROM numbered
)
INSERT INTO claims (client_id, id, resource_id, service_id, booking_id, blocked, starts_at, ends_at)
SELECT $1, gen_random_uuid(), resource_id, $2, id,
       tstzrange(starts_at, starts_at + interval '30 minutes'), starts_at, starts_at + interval '30 minutes'
FROM numbered
"""


async def fill(stand: Stand, count: int, *, first: int = 0, staff: int = STAFF, day: datetime | None = None) -> None:
    """Insert bookings with their claims, sixteen a day and resource from `day` on, the constraint in force."""
    connection = await stand.connect()
    practice = stand.practice
    customer = await connection.fetchval(
        "INSERT INTO customers (client_id, id, phone) VALUES ($1, gen_random_uuid(), '+447911123456') "
        "ON CONFLICT (client_id, phone) DO UPDATE SET phone = excluded.phone RETURNING id",
        practice.client_id,
    )
    await connection.execute("SET synchronous_commit = off")
    opening = (day or practice.first_day) + timedelta(hours=9)
    resources = list(practice.resources[:staff])
    for begin in range(first, first + count, 20_000):
        last = min(begin + 20_000, first + count) - 1
        arguments = (practice.client_id, practice.offers[0].id, resources, staff, opening, begin, last, customer)
        await connection.execute(_FILL, *arguments, timeout=600)
    await connection.execute("ANALYZE bookings")
    await connection.execute("ANALYZE claims")
    await connection.close()
