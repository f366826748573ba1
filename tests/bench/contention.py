"""Forty callers after thirty staff, beside the bare loop that locks and inserts on the same mix."""

import asyncio
import statistics
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import asyncpg

from app.catalog.service import resource_lock_keys
from app.core.ids import new_id
from tests.bench.stand import Stand
from tests.bench.table import Row, percentile
from tests.races.mix import Attempt
from tests.races.practice import Practice
from tests.races.scene import CALLERS, plans, scene

SEED = 4711
LOCK = "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key"
FREE = "SELECT count(*) FROM bare WHERE resource_id = ANY ($1) AND active AND blocked && tstzrange($2, $3)"
INSERT = "INSERT INTO bare SELECT $1, resource_id, tstzrange($3, $4) FROM unnest($2::uuid[]) AS resource_id"
TABLE = """
CREATE TABLE bare (id uuid, resource_id uuid, blocked tstzrange, active boolean DEFAULT true,
                            EXCLUDE USING gist (resource_id WITH =, blocked WITH &&) WHERE (active));
CREATE INDEX ON bare (id);
"""


async def contention(stand: Stand) -> list[Row]:
    """The slowest hundredth of contended requests, beside that of the bare loop; and that nothing went wrong."""
    ours, theirs, wrong, failed = [], [], 0, 0
    attempts = stand.scale.attempts
    for number in range(stand.scale.rounds):
        async with scene(stand.database.url, stand.directory, servers=2) as arranged:
            warm_up = plans(arranged.practice, SEED - 1, attempts=2 * CALLERS, days=5)
            planned = [list(each) for each in plans(arranged.practice, SEED + number, attempts=attempts, days=5)]
            theirs.append(percentile(await _bare(stand, arranged.practice, planned), 0.99) * 1000)
            await arranged.race(warm_up)
            arranged.ledger.seconds.clear()
            ledger = await arranged.race(planned)
            ours.append(percentile(ledger.seconds, 0.99) * 1000)
            outcome = await arranged.outcome()
        wrong += len(outcome.flaws) + outcome.deadlocks
        failed += sum(count for (status, _), count in outcome.unexpected.items() if status >= 500)
    what = f"{attempts:,} contended attempts, {CALLERS} callers, p99"
    return [
        Row(what, statistics.median(ours), "ms", statistics.median(theirs), "bare lock and insert", 5, False),
        Row("overlaps, half-written bookings and deadlocks among them", wrong, "found", None, "", 0, False),
        Row("answers 5xx among them", failed, "found", None, "", 0, False),
    ]


async def _bare(stand: Stand, practice: Practice, planned: Iterable[Iterable[Attempt]]) -> list[float]:
    """Return how long each attempt takes that only locks, looks and writes a span."""
    setup = await stand.connect()
    await setup.execute("DROP TABLE IF EXISTS bare;" + TABLE)
    seconds: list[float] = []
    made: list[UUID] = []

    async def call(number: int, attempts: Iterable[Attempt]) -> None:
        connection = await stand.connect()
        random = Random(number)
        for attempt in attempts:
            begun = time.perf_counter()
            async with connection.transaction():
                await _attempt(connection, practice, attempt, random, made)
            seconds.append(time.perf_counter() - begun)
        await connection.close()

    await asyncio.gather(*(call(number, attempts) for number, attempts in enumerate(planned)))
    await setup.close()
    return seconds


async def _attempt(
    connection: asyncpg.Connection, practice: Practice, attempt: Attempt, random: Random, made: list[UUID]
) -> None:
    wanted = attempt.body
    offer = next((each for each in practice.offers if str(each.id) == wanted.get("serviceId")), practice.offers[0])
    numbers = list(offer.resources) if offer.assign == "all" else [random.choice(offer.resources)]
    resources = [practice.resources[number] for number in numbers]
    await connection.execute(LOCK, resource_lock_keys(resources))
    if attempt.kind in ("cancel", "reschedule") and made:
        known = made[int(attempt.pick * len(made))]
        await connection.execute("UPDATE bare SET active = false WHERE id = $1", known)
    if attempt.kind == "cancel":
        return
    start = datetime.fromisoformat(wanted["startsAt"])
    end = start + timedelta(minutes=offer.minutes)
    if not await connection.fetchval(FREE, resources, start, end):
        identifier = new_id()
        await connection.execute(INSERT, identifier, resources, start, end)
        made.append(identifier)
