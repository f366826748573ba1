"""`make bench`: measure, and print the table.

    python -m tests.bench [--quick] [--json] [PART ...]

`--quick` only shows that everything runs: its figures are not to be believed.
"""

import argparse
import os
import platform
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import typer
import uvloop

from tests.bench.backups import backups
from tests.bench.contention import contention
from tests.bench.insight import insight
from tests.bench.phrases import phrases
from tests.bench.size import growth, memory, start_up
from tests.bench.speed import availability, bookings, tracking
from tests.bench.stand import QUICK, WHOLE, Scale, Stand, stand
from tests.bench.table import Row, as_json, as_table
from tests.bench.texts import texts
from tests.bench.voice import voice
from tests.bench.watching import probes, watched
from tests.bench.webhooks import webhooks

PARTS: dict[str, Callable[[Stand], Awaitable[list[Row]]]] = {
    "bookings": bookings,
    "availability": availability,
    "tracking": tracking,
    "insight": insight,
    "probes": probes,
    "watched": watched,
    "contention": contention,
    "memory": memory,
    "start_up": start_up,
    "texts": texts,
    "growth": growth,
    "backups": backups,
    "phrases": phrases,
    "voice": voice,
    "webhooks": webhooks,
}


async def measure(scale: Scale, wanted: list[str]) -> list[Row]:
    """Return the rows of the parts, all of them where none is named; each part has a server of its own."""
    rows: list[Row] = []
    for name in wanted or PARTS:
        began = time.perf_counter()
        async with stand(scale) as place:
            rows += await PARTS[name](place)
        typer.echo(f"{name}: {time.perf_counter() - began:.0f} s", err=True)
    return rows


def machine() -> str:
    """Return what it was measured on."""
    model = Path("/proc/cpuinfo").read_text().partition("model name")[2].partition(":")[2].partition("\n")[0].strip()
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    python, kernel = platform.python_version(), platform.release()
    return f"{cores} cores ({model or 'unknown'}), Linux {kernel}, Python {python}; load average before: {load:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes")
    parser.add_argument("--json", action="store_true", help="print the rows for a program")
    parser.add_argument("parts", nargs="*", metavar="PART", choices=[[], *PARTS], help=", ".join(PARTS))
    options = parser.parse_args()
    here = machine()
    rows = uvloop.run(measure(QUICK if options.quick else WHOLE, options.parts))
    typer.echo(as_json(rows) if options.json else f"{here}\n\n{as_table(rows)}")


if __name__ == "__main__":
    main()
