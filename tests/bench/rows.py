"""What is measured. Each function returns its rows; its reference is taken in the same run, before and after."""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg

from tests.bench.reference import capture, run_pgbench, script
from tests.bench.stand import STAFF, Stand, fill, load, repeat
from tests.bench.table import Row, percentile
from tests.races.wire import Caller

CALLERS = 16
ROUNDS = 3
BARE = """
SELECT resource_id, lower(blocked), upper(blocked) FROM claims
WHERE client_id = $1 AND resource_id = ANY ($2) AND active AND blocked && tstzrange($3, $4)
"""


async def bookings(stand: Stand) -> list[Row]:
    """Bookings a second through HTTP beside pgbench, with 1 caller and with 16."""
    captured, booked = await capture(stand)
    file = stand.directory / "booking.sql"
    file.write_text(script(stand, captured, booked))
    connection = await stand.connect()
    rows = []
    with stand.web("bookings") as web:
        await load(web.port, CALLERS, 1, _book(stand), 201)
        for callers, goal in ((1, 0.25), (CALLERS, 0.15)):
            ours, theirs = [], []
            for _ in range(ROUNDS):
                await connection.execute("ANALYZE")
                theirs.append(await asyncio.to_thread(run_pgbench, stand, file, callers, stand.seconds))
                latencies = await load(web.port, callers, stand.seconds, _book(stand), 201)
                ours.append(len(latencies) / stand.seconds)
            what = f"bookings a second, one process, {callers} caller{'s' if callers > 1 else ''}"
            of = f"pgbench, the {len(captured)} statements of a booking"
            rows.append(Row(what, statistics.median(ours), "/s", statistics.median(theirs), of, goal, True))
    await connection.close()
    return rows


def _book(stand: Stand) -> Callable[[], bytes]:
    return lambda: stand.request("POST", "/api/bookings", stand.booking())


async def availability(stand: Stand) -> list[Row]:
    """Availability of 10 staff over 31 days with 3,000 claims, 8 at once, beside the bare SELECT of the rows."""
    day = stand.practice.first_day
    await fill(stand, 3_000, staff=10, day=day)
    pool = await asyncpg.create_pool(stand.database.dsn, min_size=8, max_size=8)
    staff = list(stand.practice.resources[:10])
    last = await pool.fetchval("SELECT $1::timestamptz + interval '31 days'", day)

    async def bare(_caller: int) -> None:
        async with pool.acquire() as connection:
            assert len(await connection.fetch(BARE, stand.practice.client_id, staff, day, last)) >= 3_000

    theirs, ours = [], []
    question = stand.availability(10, 31)
    with stand.web("availability") as web:
        await load(web.port, 8, 1, lambda: question, 200)
        for _ in range(ROUNDS):
            theirs.append(percentile(await repeat(8, stand.seconds, bare), 0.95) * 1000)
            ours.append(percentile(await load(web.port, 8, stand.seconds, lambda: question, 200), 0.95) * 1000)
    await pool.close()
    what = "availability, 10 staff, 31 days, 3,000 claims, p95 at 8 at once"
    return [Row(what, statistics.median(ours), "ms", statistics.median(theirs), "the bare SELECT", 3, False)]


async def growth(stand: Stand, *, few: int = 1_000, many: int = 1_000_000) -> list[Row]:
    """Median latency of book and availability with many bookings beside few, on the same tables."""
    first = [await _latencies(stand, few)]
    far = stand.practice.first_day.replace(year=stand.practice.first_day.year - 10)
    await fill(stand, many, day=far)
    then = await _latencies(stand, 0)
    rows = []
    for name, before, after in zip(("book", "availability"), first[0], then, strict=True):
        what = f"{name}, median latency at {many:,} bookings"
        rows.append(Row(what, after, "ms", before, f"at {few:,}", 1.3, False))
    return rows


async def _latencies(stand: Stand, count: int) -> tuple[float, float]:
    if count:
        await fill(stand, count, day=stand.practice.first_day.replace(year=stand.practice.first_day.year - 11))
    question = stand.availability(10, 7)
    with stand.web("growth") as web:
        await load(web.port, 1, 1, _book(stand), 201)
        booked = await load(web.port, 1, stand.seconds, _book(stand), 201)
        asked = await load(web.port, 1, stand.seconds, lambda: question, 200)
    return percentile(booked, 0.5) * 1000, percentile(asked, 0.5) * 1000


async def memory(stand: Stand, *, requests: int = 10_000) -> list[Row]:
    """Resident memory of one web process after many requests: half of them availability, half bookings' list."""
    questions = [stand.availability(10, 7), stand.request("GET", "/api/bookings?limit=50")]
    with stand.web("memory") as web:
        callers = [Caller(web.port) for _ in range(4)]

        async def ask(caller: Caller) -> None:
            for number in range(requests // len(callers)):
                answer = await caller.send(questions[number % 2])
                assert answer.status == 200, answer.body

        await asyncio.gather(*(ask(caller) for caller in callers))
        status = Path(f"/proc/{web.pid}/status").read_text()
        megabytes = int(status.partition("VmRSS:")[2].split()[0]) / 1024
    return [Row(f"memory of one web process after {requests:,} requests", megabytes, "MB", None, "", 160, False)]


async def start_up(stand: Stand) -> list[Row]:
    """Time from `booking serve` to the first 200 on an existing database."""
    raw = stand.request("GET", "/api/services")
    durations = []
    for _ in range(ROUNDS):
        web = stand.web("start")
        begun = time.perf_counter()
        try:
            web.start()
            web.wait_until_ready()
            caller = Caller(web.port)
            answer = await caller.send(raw)
            durations.append(time.perf_counter() - begun)
            caller.close()
            assert answer.status == 200, answer.body
        finally:
            web.stop()
    return [Row("booking serve to first 200", statistics.median(durations), "s", None, "", 2.5, False)]


def machine() -> str:
    """Return what it was measured on."""
    model = Path("/proc/cpuinfo").read_text().partition("model name")[2].partition(":")[2].partition("\n")[0].strip()
    kernel = subprocess.run(["uname", "-sr"], capture_output=True, text=True, check=True).stdout.strip()
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({model or 'unknown'}), {kernel}, Python {sys.version.split()[0]}, {STAFF} staff"
