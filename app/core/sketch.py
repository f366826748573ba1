"""Percentiles of many numbers in little memory, which add up: DDSketch.

Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees"
(VLDB 2019): a value falls into the bin ceil(log(value) / log(gamma)), gamma = (1 + a) / (1 - a), and a bin's middle
is within the share `a` of every value in it. Bins of two sketches are summed, so processes and minutes merge exactly.
"""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from math import ceil, log

ACCURACY = 0.01
"""The relative error of every percentile."""

_ROUNDING = 1e-9
_OTHER_ORDER = sys.byteorder == "big"
_GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
_PER_LOG = 1 / log(_GAMMA)
_LEAST = 1e-6
"""Smaller values count as this: a nanosecond, where the unit is milliseconds."""


class Sketch:
    """The distribution of finite numbers from 0 up, in whatever unit they are added."""

    __slots__ = ("bins", "count", "most", "total")

    def __init__(self) -> None:
        self.bins: dict[int, int] = {}
        self.count = 0
        self.total = 0.0
        self.most = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        place = ceil(log(value) * _PER_LOG) if value > _LEAST else _BOTTOM
        try:
            self.bins[place] += 1
        except KeyError:
            self.bins[place] = 1
        self.count += 1
        self.total += value
        if value > self.most:
            self.most = value

    def merge(self, other: "Sketch") -> None:
        """Count everything that another sketch has counted."""
        self._sum(other.bins.items())
        self.count += other.count
        self.total += other.total
        self.most = max(self.most, other.most)

    def absorb(self, stored: bytes, *, total: float, most: float) -> None:
        """Count everything in stored bins, with their sum and their largest value."""
        numbers = _numbers(stored)
        counts = numbers[1::2]
        self._sum(zip(numbers[::2], counts, strict=True))
        self.count += sum(counts)
        self.total += total
        self.most = max(self.most, most)

    def quantile(self, share: float) -> float | None:
        """Return the least value that the share (0 to 1) of all does not exceed, within 1 %; None of nothing.

        Of two values the 95th percentile is the larger one.
        """
        rank, seen = max(1, ceil(share * self.count - _ROUNDING)), 0
        for place in sorted(self.bins):
            seen += self.bins[place]
            if seen >= rank:
                return min(_middle(place), self.most)
        return None

    @property
    def mean(self) -> float | None:
        """The exact mean; None where nothing was counted."""
        return self.total / self.count if self.count else None

    def at_most(self, bound: float) -> int:
        """Return how many values lie at or below a bound, within the accuracy of the bound."""
        return sum(count for place, count in self.bins.items() if _middle(place) <= bound)

    def spread(self, bounds: tuple[float, ...]) -> list[int]:
        """Return how many values lie up to each of the rising bounds and above the one before; last, beyond them all.

        Their running sums are what `at_most` says, in one pass.
        """
        limits, counts = _limits(bounds), [0] * (len(bounds) + 1)
        for place, count in self.bins.items():
            counts[bisect_left(limits, place)] += count
        return counts

    def to_bytes(self) -> bytes:
        """Return the bins for storage: pairs of place and count, as 32-bit integers, the least byte first."""
        numbers = array("i", [number for pair in self.bins.items() for number in pair])
        if _OTHER_ORDER:
            numbers.byteswap()
        return numbers.tobytes()

    @classmethod
    def of(cls, stored: bytes, *, total: float, most: float) -> "Sketch":
        """Return the sketch whose bins were stored, with its sum and its largest value."""
        sketch = cls()
        sketch.absorb(stored, total=total, most=most)
        return sketch

    @classmethod
    def merged(cls, sketches: Iterable["Sketch"]) -> "Sketch":
        """Return one sketch of all that several have counted."""
        whole = cls()
        for sketch in sketches:
            whole.merge(sketch)
        return whole

    def _sum(self, pairs: Iterable[tuple[int, int]]) -> None:
        bins = self.bins
        for place, count in pairs:
            bins[place] = bins.get(place, 0) + count


def _numbers(stored: bytes) -> "array[int]":
    numbers = array("i")
    numbers.frombytes(stored)
    if _OTHER_ORDER:
        numbers.byteswap()
    return numbers


def _middle(place: int) -> float:
    return 0.0 if place == _BOTTOM else float(2 * _GAMMA**place / (_GAMMA + 1))


@lru_cache
def _limits(bounds: tuple[float, ...]) -> list[int]:
    """Return the last place that lies within each bound."""
    limits = []
    for bound in bounds:
        place = ceil(log(bound) * _PER_LOG)
        while _middle(place) > bound:
            place -= 1
        limits.append(place)
    return limits


_BOTTOM = ceil(log(_LEAST) * _PER_LOG)
