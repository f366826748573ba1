"""`make bench`: measure, print a row at a time, and the whole table at the end.

    python -m tests.bench [--quick] [--json] [ROW ...]

`--quick` only shows that everything runs: its figures are not to be believed.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

import typer

from tests.bench import rows
from tests.bench.contention import contention
from tests.bench.stand import Stand, stand
from tests.bench.table import Row, as_json, as_table

PARTS = ("bookings", "availability", "contention", "memory", "start_up", "growth")
LATER = "Not measured yet, for there is nothing to measure: voice tool calls, /health/lb, the cost of tracking."


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes")
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "rows", nargs="*", metavar="ROW", help="bookings availability contention memory start_up growth"
    )
    return parser.parse_args()


async def measure(*, quick: bool, wanted: list[str]) -> list[Row]:
    """Return the rows; those that fill the tables come last."""
    parts: dict[str, Callable[[Stand], Awaitable[list[Row]]]] = {
        "bookings": rows.bookings,
        "availability": rows.availability,
        "contention": partial(contention, attempts=120 if quick else 1_200),
        "memory": partial(rows.memory, requests=400 if quick else 10_000),
        "start_up": rows.start_up,
        "growth": partial(rows.growth, few=100, many=2_000) if quick else rows.growth,
    }
    found: list[Row] = []
    for name, part in parts.items():
        if not wanted or name in wanted:
            begun = time.perf_counter()
            async with stand(0.3 if quick else 5) as place:
                measured = await part(place)
            found += measured
            typer.echo(f"{name}: {time.perf_counter() - begun:.0f} s", err=True)
    return found


def main() -> None:
    options = arguments()
    found = asyncio.run(measure(quick=options.quick, wanted=options.rows))
    if options.json:
        typer.echo(as_json(found))
        return
    typer.echo(f"{rows.machine()}\n\n{as_table(found)}\n\n{LATER}")


if __name__ == "__main__":
    main()
