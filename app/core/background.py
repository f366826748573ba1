"""What a process does beside its requests, every so often, for as long as it lives."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from app.core.handlers import database_problem
from app.core.patience import within

logger = structlog.get_logger()

Turn = Callable[[], Coroutine[Any, Any, None]]

TURN_SECONDS = 20.0
"""So long a turn may take, whatever it waits for: one that hangs in a frozen database must not be the last."""


@dataclass(slots=True)
class Background:
    """Named turns, each repeated on its own. A turn that fails is logged once a spell of failing, and tried again."""

    hear: Callable[[str, Exception], None] | None = None
    """Is told of each failure that is a fault of ours, by the turn's name."""
    _turns: dict[str, tuple[Turn, float]] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def every(self, seconds: float, name: str, turn: Turn) -> None:
        """Have a turn taken at once and then every so many seconds, once `start` is called.

        Raises:
            ValueError: the name is taken.
        """
        if name in self._turns:
            raise ValueError(f"{name} is there already")
        self._turns[name] = (turn, seconds)

    def start(self) -> None:
        """Begin."""
        self._tasks = [
            asyncio.create_task(self._repeat(name, turn, seconds), name=f"background:{name}")
            for name, (turn, seconds) in self._turns.items()
        ]

    async def stop(self) -> None:
        """End; turns in progress are cancelled."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def _repeat(self, name: str, turn: Turn, seconds: float) -> None:
        failing = False
        while True:
            try:
                await within(TURN_SECONDS, _unshaken(turn))
                failing = False
            except Exception as failure:
                expected = database_problem(failure)
                if expected is None and self.hear is not None:
                    self.hear(name, failure)
                level = logging.WARNING if expected else logging.ERROR
                if not failing:
                    code = expected.code if expected else type(failure).__name__
                    exception = None if expected else failure
                    logger.log(level, "background_failure", turn=name, code=code, exc_info=exception)
                failing = True
            await asyncio.sleep(seconds)


async def _unshaken(turn: Turn) -> None:
    """Take a turn. If it ends because something within it was cancelled, it has failed: nobody has cancelled the turn.

    Raises:
        RuntimeError: it did.
        Exception: what the turn raised.
    """
    try:
        await turn()
    except asyncio.CancelledError as shaken:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise RuntimeError("something that the turn waited for was cancelled") from shaken
