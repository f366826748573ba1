"""Notice that a server has fallen silent: nobody who waits for it has been answered for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_SECONDS = 0.1
LOOKS = 5
"""So many looks in a row at which nobody had been answered since the last one mean silence."""


class Watch:
    """Give up all who wait for a server at once, when it has answered none of them for `LOOKS * LOOK_SECONDS`.

    A time-out for each would also give up those who only wait for their turn, or for this very process: a burst of
    requests, or a loop that was held up, is no silence.
    """

    def __init__(self, on_silence: Callable[[], None]) -> None:
        self._on_silence = on_silence
        self._waiting: set[asyncio.Timeout] = set()
        self._silent = 0
        self._timer: asyncio.TimerHandle | None = None

    async def answer(self, work: Awaitable[T]) -> T:
        """Return what the server answers.

        Raises:
            TimeoutError: it is silent.
            Exception: what the work raised.
        """
        async with asyncio.timeout(None) as deadline:
            self._waiting.add(deadline)
            if self._timer is None:
                self._silent = 0
                self._later()
            try:
                answered = await work
            finally:
                self._waiting.discard(deadline)
            self._silent = 0
            return answered

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self._timer = None
        if not self._waiting:
            return
        self._silent += 1
        if self._silent < LOOKS:
            self._later()
            return
        self._on_silence()
        now = asyncio.get_running_loop().time()
        for deadline in tuple(self._waiting):
            deadline.reschedule(now)
