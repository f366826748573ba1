"""Where memory is allocated, watched for a while: tracing slows every allocation down, so it is never left on."""

import tracemalloc

from app.ops.diagnostics.rules import short
from app.ops.diagnostics.schemas import Site

MOST_SITES = 30


def begin() -> None:
    """Trace allocations from here on."""
    tracemalloc.start(1)


def end() -> tracemalloc.Snapshot:
    """Return what was allocated since and is still held; trace no more."""
    try:
        return tracemalloc.take_snapshot()
    finally:
        tracemalloc.stop()


def told(snapshot: tracemalloc.Snapshot) -> tuple[int, list[Site]]:
    """Return how many bytes that is in all, and where most of it was allocated; may take its time, on a thread."""
    kept = snapshot.filter_traces([tracemalloc.Filter(False, tracemalloc.__file__)])
    found = kept.statistics("lineno")
    sites = [
        Site(
            place=f"{short(each.traceback[0].filename)}:{each.traceback[0].lineno}", bytes=each.size, blocks=each.count
        )
        for each in found[:MOST_SITES]
    ]
    return sum(each.size for each in found), sites
