"""Waiting for what may never come: give it so long, and do not wait for it to clean up after itself."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_leaving: set[asyncio.Task[Any]] = set()
"""What nobody waits for and has not ended yet: the loop itself holds tasks only weakly."""


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Return what some work returns, if it does so in time.

    Unlike `asyncio.timeout` it does not wait for the cancelled work: taking leave of a frozen server takes seconds.

    Raises:
        TimeoutError: the time is over.
        Exception: what the work raised.
    """
    task = asyncio.create_task(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        _give_up(task)
        raise
    if not done:
        _give_up(task)
        raise TimeoutError(f"no answer within {seconds:g} s")
    return task.result()


def aside(work: Coroutine[Any, Any, None]) -> None:
    """Have some work done beside whatever goes on; nobody waits for it, and it has to tell of its own failures."""
    task = asyncio.create_task(work)
    _leaving.add(task)
    task.add_done_callback(_left)


def _give_up(task: asyncio.Task[Any]) -> None:
    task.cancel()
    _leaving.add(task)
    task.add_done_callback(_left)


def _left(task: asyncio.Task[Any]) -> None:
    _leaving.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that nobody complains of a failure that no one waits for
