"""How fast it answers: bookings, availability, and what its tracking costs."""

from pathlib import Path
from statistics import median

import asyncpg

from tests.bench.filling import fill
from tests.bench.load import load, repeat
from tests.bench.reference import as_script, capture, pgbench
from tests.bench.stand import Stand
from tests.bench.table import Row, percentile
from tests.bench.wishes import availability as question
from tests.bench.wishes import bookings as wishes
from tests.bench.wishes import endless
from tests.races.processes import Web

GOALS = {1: 0.25, 16: 0.15}
HTTP_FIRST, HTTP_SHARE, PGBENCH_FIRST, PGBENCH_SHARE = 2, 15_000, 40_000, 36_000
"""The numbers of wishes: the first two give the statements, each measure has a share of its own."""
AT_ONCE, DAYS, CLAIMS = 8, 31, 3_000
BARE = """
SELECT resource_id, service_id, lower(blocked), upper(blocked), starts_at, ends_at, expires_at FROM claims
WHERE client_id = $1 AND resource_id = ANY ($2) AND active AND blocked && tstzrange($3, $4)
"""


async def bookings(stand: Stand) -> list[Row]:
    """Bookings a second through HTTP beside pgbench, with 1 caller and with 16; the rounds' medians."""
    ours: dict[int, list[float]] = {callers: [] for callers in GOALS}
    theirs: dict[int, list[float]] = {callers: [] for callers in GOALS}
    seconds, script = stand.scale.seconds, None
    with stand.web("bookings") as web:
        for _ in range(stand.scale.rounds):
            practice = await stand.practice()
            script = await as_script(practice, stand.database.dsn, await capture(practice, stand.database.url))
            await load(web.port, wishes(practice, HTTP_FIRST), callers=16, most=200)
            await stand.analyze()
            for turn, callers in enumerate(GOALS):
                own = wishes(practice, HTTP_FIRST + 200 + turn * HTTP_SHARE)
                ours[callers].append((await load(web.port, own, callers=callers, seconds=seconds)).per_second)
                first, file = PGBENCH_FIRST + turn * PGBENCH_SHARE, stand.directory / "booking.sql"
                rate = await pgbench(stand.database.url, script, file, clients=callers, first=first, seconds=seconds)
                theirs[callers].append(rate)
    assert script is not None
    of = f"pgbench -M prepared, the {script.statements} statements of a booking"
    return [
        Row(_bookings(callers), median(ours[callers]), "/s", median(theirs[callers]), of, goal, True)
        for callers, goal in GOALS.items()
    ]


def _bookings(callers: int) -> str:
    return f"bookings a second through HTTP, one process, {callers} caller{'s' if callers > 1 else ''}"


async def availability(stand: Stand) -> list[Row]:
    """Availability of 10 staff over 31 days with 3,000 claims, 8 at once, beside the bare SELECT of the rows."""
    practice = await stand.practice()
    per_staff = CLAIMS // len(practice.resources)
    await fill(stand.database.dsn, practice, CLAIMS, last_day=DAYS, a_day=-(-per_staff // DAYS))
    pool = await asyncpg.create_pool(stand.database.dsn, min_size=AT_ONCE, max_size=AT_ONCE)
    span = (practice.start(0, 0), practice.start(DAYS, 0))

    async def bare(_number: int) -> None:
        async with pool.acquire() as connection:
            rows = await connection.fetch(BARE, practice.client_id, list(practice.resources), *span)
            assert len(rows) > CLAIMS * 0.9

    theirs, ours = [], []
    seconds, asked = stand.scale.seconds, endless(question(practice, days=DAYS))
    with stand.web("availability") as web:
        await load(web.port, asked, callers=AT_ONCE, most=40)
        for _ in range(stand.scale.rounds):
            theirs.append(percentile((await repeat(bare, callers=AT_ONCE, seconds=seconds)).seconds, 0.95) * 1000)
            ours.append(
                percentile((await load(web.port, asked, callers=AT_ONCE, seconds=seconds)).seconds, 0.95) * 1000
            )
    await pool.close()
    what = f"availability, 10 staff, {DAYS} days, {CLAIMS:,} claims, p95 at {AT_ONCE} at once"
    return [Row(what, median(ours), "ms", median(theirs), "the bare SELECT of the rows, asyncpg", 3, False)]


async def tracking(stand: Stand) -> list[Row]:
    """CPU time of a booking that is taken down (metrics, statements, its log line) beside one that is not.

    In pairs whose order alternates. The request's id cannot be switched off, so its part of the cost is not in it.
    """
    practice = await stand.practice()
    own = wishes(practice)
    batch, turns = (5, 1) if stand.scale.pairs < 10 else (20, 10)
    ratios = []
    with stand.web("tracked") as on, stand.web("untracked", tracked=False, APP_LOG_LEVEL="error") as off:
        for web in (on, off):
            await load(web.port, own, callers=1, most=batch * turns)
        for _ in range(stand.scale.pairs):
            spent = {on: 0.0, off: 0.0}
            for turn in range(turns):  # by few at a time: what else the machine does is the same for both
                for web in (on, off) if turn % 2 else (off, on):
                    before = cpu_seconds(web)
                    await load(web.port, own, callers=1, most=batch)
                    spent[web] += cpu_seconds(web) - before
            ratios.append(spent[on] / spent[off])
    of = f"spread of {len(ratios)} pairs: {min(ratios):.3f} to {max(ratios):.3f}"
    return [
        Row(
            "CPU time of a booking with metrics, query insight and logs, beside one without",
            median(ratios),
            "times",
            None,
            of,
            1.08,
            False,
        )
    ]


def cpu_seconds(web: Web) -> float:
    """Return the CPU time that a server process has spent so far, to the nanosecond."""
    threads = Path(f"/proc/{web.pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
