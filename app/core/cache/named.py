"""One cache: what was loaded, for how long it is good, and who is loading it now."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.core.cache.counting import Counting
from app.core.cache.entries import Entries, Entry
from app.core.cache_figures import Figures
from app.core.handlers import database_problem

K = TypeVar("K")
V = TypeVar("V")

STALE_SECONDS = 3_600.0
"""So long past its lifetime an entry may still serve while the database is away."""

JITTER = 0.1
"""Lifetimes are shortened by up to this share at random, so that what was loaded together is not reloaded together."""

Valid = Callable[[V], bool]


@dataclass(frozen=True, slots=True)
class Definition(Generic[K, V]):
    """A cache's name, its most entries, how long they are good (seconds), and how a notice names one of them."""

    name: str
    most: int
    lifetime: float
    parse: Callable[[str], K] | None = None


class Cache(Generic[K, V]):
    """Values by key, loaded once however many ask. Values are shared, so they must not be changed.

    When an entry was loaded is kept, not when it ends: another lifetime holds for what is there already. `clock` is
    monotonic, in seconds; `chance` draws from [0, 1).
    """

    def __init__(
        self, definition: Definition[K, V], clock: Callable[[], float], chance: Callable[[], float] = random.random
    ) -> None:
        self.definition = definition
        self.lifetime = definition.lifetime
        self.counts = Counting(clock())
        self.epoch = 0
        """Grows whenever something is forgotten; what was read before is not stored after."""
        self._clock, self._chance = clock, chance
        self._entries: Entries[K, V] = Entries(definition.most, clock, self.counts)
        self._flights: dict[K, asyncio.Future[V]] = {}

    def find(self, key: K, valid: Valid[V] | None = None) -> V | None:
        """Return what is remembered, None where that is nothing good; a counted lookup."""
        now = self._clock()
        value = self._good(key, valid, now)
        if value is None:
            self.counts.miss(now)
        else:
            self.counts.hit(now)
        return value

    def glance(self, key: K, valid: Valid[V] | None = None) -> V | None:
        """Return what is remembered, None where that is nothing good; not counted."""
        return self._good(key, valid, self._clock())

    def peek(self, key: K) -> V | None:
        """Return what is remembered, however old; not counted."""
        entry = self._entries.find(key)
        return None if entry is None else entry.value

    async def get(
        self,
        key: K,
        load: Callable[[], Awaitable[V]],
        *,
        valid: Valid[V] | None = None,
        fresh: bool = False,
        ready: Callable[[], Awaitable[Any]] | None = None,
    ) -> V:
        """Return what is remembered, else load it, once for all who ask at the same time.

        `fresh` loads always. While the database fails, what has expired serves for a while longer, if it is `valid`.
        `ready` runs before one waits for others: it takes what loading needs, such as a connection, lest those who
        wait keep it from the one who loads.

        Raises:
            Exception: whatever `load` raises.
        """
        if fresh:
            self.counts.bypasses += 1
        known = None if fresh else self.find(key, valid)
        if known is not None:
            return known
        try:
            if ready is not None:
                await ready()
                known = None if fresh else self.glance(key, valid)
            return await self.load(key, load, valid) if known is None else known
        except Exception as failure:
            stale = self._stale(key, valid)
            if stale is None or database_problem(failure) is None:
                raise
            self.counts.stale += 1
            return stale

    async def load(self, key: K, load: Callable[[], Awaitable[V]], valid: Valid[V] | None = None) -> V:
        """Load and remember; who comes while somebody else does waits for that.

        A loader that fails for want of the database, or is cancelled, fails for itself alone: the next one tries.
        """
        began = self._clock()
        while (flight := self._flights.get(key)) is not None:
            self.counts.stampedes += 1
            await asyncio.wait([flight])
            failure = None if flight.cancelled() else flight.exception()
            if isinstance(failure, Exception) and database_problem(failure) is None:
                raise failure
            entry = self._entries.find(key)
            if entry is not None and entry.loaded_at >= began and (valid is None or valid(entry.value)):
                return entry.value
            if failure is None and not flight.cancelled():
                if valid is None or valid(flight.result()):
                    return flight.result()
                break
        return await self._lead(key, load)

    def put(self, key: K, value: V, *, epoch: int) -> None:
        """Remember what was read while `epoch` was the present one, unless something was forgotten since."""
        if epoch != self.epoch:
            return
        entry = Entry(value, self._clock(), 1 - JITTER * self._chance())
        old = self._entries.find(key)
        if old is not None and self._clock() >= old.ends(self.lifetime):
            self.counts.expirations += 1
        self._entries[key] = entry
        self.counts.sets += 1

    def bypassed(self, key: K, value: V, *, epoch: int) -> None:
        """Remember what had to be read though it may be known, for nobody tells of changes now."""
        self.counts.bypasses += 1
        self.put(key, value, epoch=epoch)

    def forget(self, key: K) -> None:
        """Remember an entry no more, nor what is being loaded for it right now."""
        self.epoch += 1
        self._flights.pop(key, None)
        if self._entries.pop(key, None) is not None:
            self.counts.deletes += 1

    def clear(self) -> None:
        """Remember nothing any more; the cache is cold again."""
        self.epoch += 1
        self._flights.clear()
        self.counts.deletes += len(self._entries)
        self._entries.clear()
        self.counts.flushed(self._clock())

    def figures(self) -> Figures:
        """Return how full, how often asked and how good the cache is."""
        now, counts = self._clock(), self.counts
        recent = counts.recent(now)
        return Figures(
            *(len(self._entries), self.definition.most, counts.hits, counts.misses, counts.sets, counts.deletes),
            *(counts.evictions, counts.expirations, counts.stampedes, counts.stale, counts.bypasses, *recent),
            *(self._entries.bytes(), counts.state(now)),
        )

    def _good(self, key: K, valid: Valid[V] | None, now: float) -> V | None:
        entry = self._entries.find(key)
        if entry is None or now >= entry.ends(self.lifetime) or not (valid is None or valid(entry.value)):
            return None
        return entry.value

    def _stale(self, key: K, valid: Valid[V] | None) -> V | None:
        return self._good(key, valid, self._clock() - STALE_SECONDS)

    async def _lead(self, key: K, load: Callable[[], Awaitable[V]]) -> V:
        flight: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._flights[key], epoch = flight, self.epoch
        try:
            value = await load()
            self.put(key, value, epoch=epoch)
            flight.set_result(value)
            return value
        except Exception as failure:
            flight.set_exception(failure)
            flight.exception()  # nobody may be waiting for it
            raise
        finally:
            flight.cancel()
            if self._flights.get(key) is flight:
                del self._flights[key]
