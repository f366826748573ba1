"""The entries of a cache: bounded, the least recently used go first."""

from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import TLRUCache

from app.core.cache.counting import Counting
from app.core.cache.sizes import estimate

K = TypeVar("K")
V = TypeVar("V")

KEPT_SECONDS = 90_000.0
"""Longer than any lifetime and the stale hour after it: what is older than this can serve nobody."""

MEASURED_FIRST, MEASURED_EVERY = 32, 16


class Entry(Generic[V]):
    """A value, when it was loaded (monotonic seconds), and which share of the lifetime it gets."""

    __slots__ = ("loaded_at", "share", "value")

    def __init__(self, value: V, loaded_at: float, share: float) -> None:
        self.value, self.loaded_at, self.share = value, loaded_at, share

    def ends(self, lifetime: float) -> float:
        """Return when the entry is no longer good, for a lifetime in seconds."""
        return self.loaded_at + lifetime * self.share


class Entries(TLRUCache[K, Entry[V]]):
    """Entries by key. Some are measured as they come: looking through each of them would cost more than loading it."""

    def __init__(self, most: int, clock: Callable[[], float], counts: Counting) -> None:
        super().__init__(most, lambda _key, entry, _now: entry.loaded_at + KEPT_SECONDS, timer=clock)
        self._counts = counts
        self._mean = 0.0
        self._measured = 0

    def find(self, key: K) -> Entry[V] | None:
        """Return an entry, None where there is none; the general `get` looks twice."""
        try:
            return self[key]
        except KeyError:
            return None

    def bytes(self) -> int:
        """Return about how much memory all take, from the mean of those measured last."""
        return round(self._mean * len(self))

    def __setitem__(self, key: K, entry: Entry[V]) -> None:
        if self._counts.sets < MEASURED_FIRST or self._counts.sets % MEASURED_EVERY == 0:
            self._measured = min(self._measured + 1, MEASURED_FIRST)
            self._mean += (estimate(key) + estimate(entry) - self._mean) / self._measured
        super().__setitem__(key, entry)

    def popitem(self) -> tuple[K, Entry[V]]:
        """Let the least recently used go, to make room."""
        self._counts.evictions += 1
        return super().popitem()

    def expire(self, time: float | None = None) -> list[tuple[K, Entry[V]]]:
        """Let go of what can serve nobody."""
        gone = super().expire(time)
        self._counts.expirations += len(gone)
        return gone
