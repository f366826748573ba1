"""How it bears size and time: a million bookings, ten thousand requests, a start."""

import re
import subprocess
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from statistics import median

from app.core.embedded_programs import binary
from tests.bench.filling import fill
from tests.bench.load import load
from tests.bench.stand import Stand
from tests.bench.table import Row, percentile
from tests.bench.wishes import A_DAY, availability, bookings, endless
from tests.races.practice import Practice
from tests.races.processes import Web
from tests.races.wire import Caller, request

CLIENTS, LAST_DAY, ASKED_DAYS = 100, 10, 7
FREE = (LAST_DAY + 10) * A_DAY
"""From this wish on nothing is booked."""


async def growth(stand: Stand) -> list[Row]:
    """Median latency of book and availability among many bookings beside few, asked in turn; as dense in both."""
    few, many = stand.database.url, stand.database.server.url("many")
    _copy(stand, "many")
    practices = {few: await stand.practice(few), many: await stand.practice(many)}
    await fill(stand.database.dsn, practices[few], stand.scale.few, last_day=LAST_DAY)
    clients = min(CLIENTS, stand.scale.many // stand.scale.few)
    await fill(many.replace("+asyncpg", ""), practices[many], stand.scale.many, last_day=LAST_DAY, clients=clients)
    seen: dict[tuple[str, str], list[float]] = {
        (url, what): [] for url in practices for what in ("book", "availability")
    }
    with stand.web("few", few) as on_few, stand.web("many", many) as on_many:
        webs = {few: on_few, many: on_many}
        asked = {(url, what): wanted for url in webs for what, wanted in _wanted(practices[url]).items()}
        for url, web in webs.items():
            for what in ("book", "availability"):
                await load(web.port, asked[url, what], callers=1, most=50)
        for number in range(4 * stand.scale.rounds):
            for url in (few, many) if number % 2 else (many, few):
                for what in ("book", "availability"):
                    measured = await load(webs[url].port, asked[url, what], callers=1, seconds=stand.scale.seconds / 4)
                    seen[url, what] += measured.seconds
    of = f"the same among {stand.scale.few:,}, in turn"
    return [
        Row(
            f"{what}, median latency among {stand.scale.many:,} bookings of {clients} clients",
            *(percentile(seen[many, what], 0.5) * 1000, "ms", percentile(seen[few, what], 0.5) * 1000),
            *(of, 1.3, False),
        )
        for what in ("book", "availability")
    ]


def _copy(stand: Stand, name: str) -> None:
    place = stand.database.server.url("postgres").replace("+asyncpg", "")
    copy = f"CREATE DATABASE {name} TEMPLATE booking"
    subprocess.run([str(binary("psql")), "-Xqc", copy, place], check=True)


def _wanted(practice: Practice) -> dict[str, Iterator[bytes]]:
    return {"book": bookings(practice, FREE), "availability": endless(availability(practice, days=ASKED_DAYS))}


async def memory(stand: Stand) -> list[Row]:
    """Resident memory of one web process after many requests: bookings, lists of them and availability in turn."""
    practice = await stand.practice()
    wanted = _wanted(practice)
    listed = endless(request("GET", "/api/bookings?limit=50", practice.key))
    turns = cycle((wanted["book"], wanted["availability"], listed, wanted["availability"]))
    with stand.web("memory") as web:
        await load(web.port, (next(turn) for turn in turns), callers=8, most=stand.scale.requests)
        megabytes = resident_megabytes(web)
    what = f"memory of one web process after {stand.scale.requests:,} requests"
    return [Row(what, megabytes, "MB", None, "", 160, False)]


def resident_megabytes(web: Web) -> float:
    """Return how much memory a server process has at the moment."""
    status = Path(f"/proc/{web.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found, status
    return int(found[1]) / 1024


async def start_up(stand: Stand) -> list[Row]:
    """Seconds from `booking serve` to the first 200 on an existing database."""
    practice = await stand.practice()
    raw = availability(practice, days=1)
    seconds = []
    for _ in range(stand.scale.rounds + 2):
        web = stand.web("start")
        began = time.perf_counter()
        try:
            web.start()
            web.wait_until_ready()
            caller = Caller(web.port)
            answer = await caller.send(raw)
            seconds.append(time.perf_counter() - began)
            caller.close()
            assert answer.status == 200, answer.body
        finally:
            web.stop()
    of = f"median of {len(seconds)} starts"
    return [Row("booking serve to the first 200", median(seconds), "s", None, of, 2.5, False)]
