"""How often a cache was asked, and whether its hit rate means anything yet."""

from collections import deque

from app.core.cache_figures import State

FEWEST_LOOKUPS, FEWEST_SECONDS = 100, 300.0
"""A cache is cold until it was asked so often, for so long: what it cannot know yet says nothing of its worth."""

WINDOW_MINUTES = 5


class Counting:
    """Counts of one cache since the process began, and lookups by the minute for the last few.

    Seconds are those of the cache's monotonic clock.
    """

    __slots__ = (
        *("hits", "misses", "sets", "deletes", "evictions", "expirations", "stampedes", "stale", "bypasses"),
        *("_since", "_before", "_minutes", "_minute", "_turns_at"),
    )

    def __init__(self, now: float) -> None:
        self.hits = self.misses = self.sets = self.deletes = self.evictions = self.expirations = 0
        self.stampedes = self.stale = self.bypasses = 0
        self.flushed(now)

    def flushed(self, now: float) -> None:
        """Note that all was forgotten: the cache is cold again."""
        self._since, self._before = now, self.hits + self.misses
        self._minutes: deque[list[int]] = deque(maxlen=WINDOW_MINUTES)
        self._turn(now)

    def hit(self, now: float) -> None:
        """Count a lookup that was answered."""
        if now >= self._turns_at:
            self._turn(now)
        self.hits += 1
        self._minute[1] += 1

    def miss(self, now: float) -> None:
        """Count a lookup that was not."""
        if now >= self._turns_at:
            self._turn(now)
        self.misses += 1
        self._minute[2] += 1

    def recent(self, now: float) -> tuple[int, int]:
        """Return hits and lookups of the present minute and the four before it."""
        since = int(now // 60) - WINDOW_MINUTES
        counted = [minute for minute in self._minutes if minute[0] > since]
        hits = sum(minute[1] for minute in counted)
        return hits, hits + sum(minute[2] for minute in counted)

    def state(self, now: float) -> State:
        """Return whether the hit rate can be judged: `warming` while the last five minutes still hold cold ones."""
        age = now - self._since
        if age < FEWEST_SECONDS or self.hits + self.misses - self._before < FEWEST_LOOKUPS:
            return "cold"
        return "warming" if age < FEWEST_SECONDS + WINDOW_MINUTES * 60 else "warm"

    def _turn(self, now: float) -> None:
        minute = int(now // 60)
        self._turns_at = (minute + 1) * 60.0
        self._minute = [minute, 0, 0]
        self._minutes.append(self._minute)
