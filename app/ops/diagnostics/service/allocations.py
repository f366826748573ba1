"""Where memory is allocated, watched for a while: tracing slows every allocation down, so it is never left on."""

import tracemalloc

from app.ops.diagnostics.rules import short
from app.ops.diagnostics.schemas import Site

MOST_SITES = 30


def begin() -> None:
    """Trace allocations from here on."""
    tracemalloc.start(1)


def end() -> tuple[int, list[Site]]:
    """Return how many bytes were allocated since and are still held, and where most of them were; trace no more."""
    try:
        snapshot = tracemalloc.take_snapshot()
    finally:
        tracemalloc.stop()
    kept = snapshot.filter_traces([tracemalloc.Filter(False, tracemalloc.__file__)])
    found = kept.statistics("lineno")
    sites = [
        Site(
            place=f"{short(each.traceback[0].filename)}:{each.traceback[0].lineno}", bytes=each.size, blocks=each.count
        )
        for each in found[:MOST_SITES]
    ]
    return sum(each.size for each in found), sites
