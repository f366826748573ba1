"""What it costs to be watched: probes beside a bare route, and bookings while detailed health is asked."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench.load import load
from tests.bench.speed import cpu_seconds
from tests.bench.stand import Stand
from tests.bench.table import Row
from tests.bench.wishes import bookings as wishes
from tests.bench.wishes import endless
from tests.races.processes import Web
from tests.races.wire import Caller, request

PROBE = b"GET /health/lb HTTP/1.1\r\nHost: test\r\n\r\n"
KEY = "operator-key-of-the-benchmarks"
DETAILED = request("GET", "/api/health/detailed", KEY)
CALLERS, ASKED_EVERY = 16, 0.1


class Bare(Web):
    """A bare route of Starlette in a server like ours."""

    def __init__(self, log: Path) -> None:
        super().__init__("postgresql://nobody@/none", log)
        self._command = [sys.executable, "-m", "tests.bench.bare", f"--port={self.port}"]


async def probes(stand: Stand) -> list[Row]:
    """Probes a second of the server's CPU time beside a bare route: the caller is not what is measured."""
    ours: list[float] = []
    theirs: list[float] = []
    most = 300 if stand.scale.pairs < 10 else 5_000
    with stand.web("probes") as web, Bare(stand.directory / "bare.log") as bare:
        for number in range(stand.scale.pairs):
            turns = [(web, ours), (bare, theirs)]
            for server, rates in turns if number % 2 else turns[::-1]:
                await load(server.port, endless(PROBE), callers=CALLERS, most=100)
                before = cpu_seconds(server)
                await load(server.port, endless(PROBE), callers=CALLERS, most=most)
                rates.append(most / (cpu_seconds(server) - before))
    what = "/health/lb requests a second of CPU time, one process"
    return [Row(what, median(ours), "/s", median(theirs), "a bare Starlette route in such a server", 0.6, True)]


async def watched(stand: Stand) -> list[Row]:
    """CPU time of a booking while detailed health is asked ten times a second, beside one while it is not."""
    own = wishes(await stand.practice())
    ratios = []
    with stand.web("watched", OPERATOR_API_KEY=KEY) as web:
        await load(web.port, own, callers=CALLERS, most=50)
        for number in range(stand.scale.pairs):
            spent = {}
            for asked in (True, False) if number % 2 else (False, True):
                spent[asked] = await _booking(stand, web, own, asked=asked)
            ratios.append(spent[True] / spent[False])
    of = f"spread of {len(ratios)} pairs: {min(ratios):.3f} to {max(ratios):.3f}"
    what = "CPU time of a booking with detailed health asked 10 times a second, beside one without"
    return [Row(what, median(ratios), "times", None, of, 1.05, False)]


async def _booking(stand: Stand, web: Web, own: Iterator[bytes], *, asked: bool) -> float:
    """Return the CPU time of a booking in seconds."""
    looking = asyncio.create_task(_look(web.port)) if asked else None
    before = cpu_seconds(web)
    booked = await load(web.port, own, callers=CALLERS, seconds=stand.scale.seconds / 2)
    spent = cpu_seconds(web) - before
    if looking is not None:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    return spent / len(booked.seconds)


async def _look(port: int) -> None:
    caller = Caller(port)
    try:
        while True:
            answer, _ = await asyncio.gather(caller.send(DETAILED), asyncio.sleep(ASKED_EVERY))
            assert answer.status == 200, answer.body
    finally:
        caller.close()
