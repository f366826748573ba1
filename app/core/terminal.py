"""What a command shows: tables, sizes, worked cases, and how far long work has come: a bar for a person, else JSON."""

import json
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

import typer

from app.core.progress import Progress

EVERY_SECONDS = 1.0
"""Between two lines of one stage."""


@contextmanager
def progress() -> Iterator[Progress]:
    """Show progress on standard error for the length of the block, where results never go."""
    if sys.stderr.isatty():
        with _bar() as report:
            yield report
    else:
        yield _lines()


def _lines() -> Progress:
    """Return what writes a line of JSON when a stage begins or ends, and every second of it."""
    began = monotonic()
    told: dict[str, float] = {}
    turn = threading.Lock()

    def report(stage: str, done: int = 0, total: int | None = None, /) -> None:
        now = monotonic()
        with turn:
            if now - told.get(stage, -EVERY_SECONDS) < EVERY_SECONDS and done != total:
                return
            told[stage] = now
            line = {"stage": stage, "done": done, "total": total, "seconds": round(now - began, 3)}
            sys.stderr.write(json.dumps(line) + "\n")
            sys.stderr.flush()

    return report


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich import progress as rich
    from rich.console import Console

    columns = rich.TextColumn("{task.description:<12}"), rich.BarColumn(), rich.TextColumn("{task.fields[amount]}")
    stages: dict[str, rich.TaskID] = {}
    with rich.Progress(*columns, rich.TimeElapsedColumn(), console=Console(stderr=True)) as bars:

        def report(stage: str, done: int = 0, total: int | None = None, /) -> None:
            amount = f"{done:,}" if total is None else f"{done:,} of {total:,}"
            if stage not in stages:
                for earlier in stages.values():
                    bars.stop_task(earlier)
                stages[stage] = bars.add_task(stage, total=total, amount=amount)
            bars.update(stages[stage], completed=done, total=total, amount=amount)

        yield report


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows in columns as wide as they need to be, the same on a terminal and in a file."""
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    lines = (
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in [titles, *rows]
    )
    return "\n".join(lines)


def size(count: int) -> str:
    """Return a number of bytes as people say it."""
    for unit, length in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= length:
            return f"{count / length:.1f} {unit}"
    return f"{count} B"


def age(seconds: float) -> str:
    """Return a length of time as people say it, in its largest unit."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if abs(seconds) >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def tell_solved(results: Sequence[tuple[str, Any, Any]]) -> None:
    """Print of each worked case (its id, what it expects, what came) whether they agree; exit 1 where one does not."""
    for identifier, expected, got in results:
        agrees = expected == got
        typer.echo(
            f"{identifier} ok" if agrees else f"{identifier} expected {json.dumps(expected)} got {json.dumps(got)}"
        )
    if any(expected != got for _, expected, got in results):
        raise typer.Exit(1)
