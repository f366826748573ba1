"""What is looked at for a while, one at a time."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.core.errors import AppError
from app.ops.diagnostics.errors import ProfileRunning, SitesRunning
from app.ops.diagnostics.rules import Stack
from app.ops.diagnostics.schemas import Site
from app.ops.diagnostics.service import allocations
from app.ops.diagnostics.service.growth import Growth
from app.ops.diagnostics.service.sampling import Sampler
from app.ops.diagnostics.service.tasks import Ages


@dataclass(slots=True)
class Diagnostics:
    """The diagnostics of one process. `sleep` is how it waits while it looks."""

    ages: Ages = field(default_factory=lambda: Ages(time.monotonic))
    growth: Growth = field(default_factory=Growth)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _looking: set[type[AppError]] = field(default_factory=set)

    async def profile(self, seconds: float) -> dict[Stack, int]:
        """Return the stacks of this thread, where the event loop runs, and how often each was seen.

        Raises:
            ProfileRunning: somebody else is at it.
        """
        with self._alone(ProfileRunning):
            sampler = Sampler(threading.get_ident())
            sampler.start()
            try:
                await self.sleep(seconds)
            finally:
                sampler.stop()
            return await asyncio.to_thread(sampler.stacks)

    async def sites(self, seconds: float) -> tuple[int, list[Site]]:
        """Return what was allocated meanwhile and is still held, in bytes, and where.

        Raises:
            SitesRunning: somebody else is at it.
        """
        with self._alone(SitesRunning):
            allocations.begin()
            try:
                await self.sleep(seconds)
            finally:
                snapshot = allocations.end()
            return await asyncio.to_thread(allocations.told, snapshot)

    @contextmanager
    def _alone(self, refusal: type[AppError]) -> Iterator[None]:
        if refusal in self._looking:
            raise refusal
        self._looking.add(refusal)
        try:
            yield
        finally:
            self._looking.discard(refusal)
