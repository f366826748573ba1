"""From sketches to the buckets of histograms."""

from operator import add

from app.core.sketch import Sketch

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Upper bounds of the buckets in seconds; 0.5 and 2 are what alerts ask about."""

_IN_MILLISECONDS = tuple(bound * 1000 for bound in BOUNDS)


def spread_of(sketch: Sketch) -> list[float]:
    """Return a histogram of a sketch of milliseconds: a count for each bucket and for beyond, then the sum.

    Counts are of each bucket alone, so that histograms add up member by member. The sum is in whole microseconds:
    fractions would add up to a hair less in another order, and Prometheus takes a counter that falls for a restart.
    """
    return [*sketch.spread(_IN_MILLISECONDS), int(sketch.total * 1_000)]


def added(one: list[float] | None, other: list[float]) -> list[float]:
    """Return the histogram of two."""
    return other if one is None else list(map(add, one, other))


def duration(numbers: list[float]) -> tuple[list[tuple[str, float]], float]:
    """Return the cumulative buckets of such a histogram, as Prometheus wants them, and its sum in seconds."""
    counted, buckets = 0.0, []
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), numbers, strict=False):
        counted += count
        buckets.append((bound, counted))
    return buckets, numbers[-1] / 1_000_000
