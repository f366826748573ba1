"""Counting in Redis, for all processes together; in memory while it is away."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import structlog
from limits.aio.storage import RedisStorage

from app.core.absent import absent
from app.core.limits.memory import Memory
from app.core.limits.policies import WINDOW_SECONDS
from app.core.limits.silence import Watch
from app.core.limits.windows import Window

with absent("opentelemetry.sdk.metrics"):  # redis-py takes 3 MB of it for figures that nobody has asked it for
    from redis.asyncio import BlockingConnectionPool, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import ConnectionError as ConnectionLost
    from redis.exceptions import RedisError

logger = structlog.get_logger()

T = TypeVar("T")

CONNECTIONS = 16
AT_LAST_SECONDS = 5.0
"""Connections are given up then in any case; silence is noticed long before."""

MEND_SECONDS = 0.25


class Shared:
    """The counters of `limits` in Redis. Once it fails nobody asks it again until `mend` has found it well.

    `limits` takes coredis unless told otherwise, and that one fails; a pool that does not block raises when many ask at
    once; redis-py tries three times again, seconds apart, unless told not to. And a connection that introduces itself
    first takes six times as long to open, which counts when a burst opens all of them.
    """

    def __init__(self, url: str, memory: Memory) -> None:
        self.healthy = True
        self._memory = memory
        self._watch = Watch(lambda: self._lose(TimeoutError()))
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=AT_LAST_SECONDS,
            socket_timeout=AT_LAST_SECONDS,
            socket_connect_timeout=AT_LAST_SECONDS,
            protocol=2,
            driver_info=None,
            retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionLost,)),
        )
        self._storage = RedisStorage("async+redis://", implementation="redispy", connection_pool=self._pool)  # type: ignore[arg-type] # the pool goes on to redis-py
        self._redis = Redis(connection_pool=self._pool)

    async def hit(self, key: str, limit: int, *, now: float) -> tuple[bool, Window]:
        """Count a request if it passes; return whether, and the counter. `now` is for memory: Redis has its own."""
        found = await self._ask(self._hit(key, limit)) if self.healthy else None
        return self._memory.hit(key, limit, now=now) if found is None else found

    async def read(self, key: str, *, now: float) -> Window:
        """Return a counter as it is."""
        found = await self._ask(self._read(key)) if self.healthy else None
        return self._memory.read(key, now=now) if found is None else found

    async def clear(self, key: str) -> None:
        """Forget a counter."""
        if self.healthy:
            await self._ask(self._storage.clear_sliding_window(key, WINDOW_SECONDS))

    async def size(self) -> int | None:
        """Return how many keys are kept, two for a counter that has lasted; None while nobody can tell."""
        return await self._ask(self._redis.dbsize()) if self.healthy else None

    async def mend(self) -> None:
        """Ask a Redis that failed whether it is back; a turn of the background, so that no request waits for it."""
        if self.healthy:
            return
        await self._pool.disconnect(inuse_connections=False)
        try:
            async with asyncio.timeout(MEND_SECONDS):
                await self._redis.ping()
        except (RedisError, OSError):
            return
        self.healthy = True
        logger.info("shared_limits_found")

    async def close(self) -> None:
        """Let go of every connection."""
        self._watch.stop()
        await self._pool.aclose()

    async def _hit(self, key: str, limit: int) -> tuple[bool, Window]:
        passed = await self._storage.acquire_sliding_window_entry(key, limit, WINDOW_SECONDS)
        return passed, await self._read(key)

    async def _read(self, key: str) -> Window:
        previous, fades_in, current, lasts = await self._storage.get_sliding_window(key, WINDOW_SECONDS)
        return Window(previous, current, max(0.0, lasts - WINDOW_SECONDS) if lasts else fades_in)

    async def _ask(self, work: Awaitable[T]) -> T | None:
        """Return what Redis answers; None, and it counts as lost, if it fails or is silent."""
        try:
            return await self._watch.answer(work)
        except (RedisError, OSError) as fault:
            self._lose(fault)
            return None

    def _lose(self, fault: Exception) -> None:
        if self.healthy:
            self.healthy = False
            logger.warning("shared_limits_lost", kind=type(fault).__name__)
