"""Waiting for what may never come: give it so long, and do not wait for it to clean up after itself."""

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar, copy_context
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

_leaving: set[asyncio.Task[Any]] = set()
"""What nobody waits for and has not ended yet: the loop itself holds tasks only weakly."""


class Connection(Protocol):
    """A driver's connection, which can be cut without a word to the server."""

    def is_closed(self) -> bool:
        """Tell whether it is no more."""

    def terminate(self) -> None:
        """Close its socket."""


class Hold:
    """The connections that a piece of work uses. Once it is given up they are cut, and so is each it still gets.

    Otherwise a frozen server would leave a transaction open for as long as the work's farewell takes.
    """

    __slots__ = ("_connections", "_over")

    def __init__(self) -> None:
        self._connections: set[Connection] = set()
        self._over = False

    def take(self, connection: Connection) -> None:
        """Add a connection."""
        self._connections.add(connection)
        if self._over:
            connection.terminate()

    def release(self, connection: Connection) -> None:
        """Have a connection that the work has given back stay open."""
        self._connections.discard(connection)

    def cut(self) -> None:
        """Cut what is held, and what will be."""
        self._over = True
        for connection in self._connections:
            if not connection.is_closed():
                connection.terminate()


holding: ContextVar[Hold | None] = ContextVar("holding", default=None)
"""Where the work that runs puts down its connections; None: nobody gives it up."""


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Return what some work returns, if it does so in time.

    Unlike `asyncio.timeout` it does not wait for the cancelled work: taking leave of a frozen server takes seconds.
    The database connections of work that is given up are cut, whatever it does with them at that moment.

    Raises:
        TimeoutError: the time is over.
        Exception: what the work raised.
    """
    hold, context = Hold(), copy_context()
    context.run(holding.set, hold)
    task = asyncio.create_task(work, context=context)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        _give_up(task, hold)
        raise
    if not done:
        _give_up(task, hold)
        raise TimeoutError(f"no answer within {seconds:g} s")
    return task.result()


def aside(work: Coroutine[Any, Any, None]) -> None:
    """Have some work done beside whatever goes on; nobody waits for it, and it has to tell of its own failures."""
    task = asyncio.create_task(work)
    _leaving.add(task)
    task.add_done_callback(_left)


def _give_up(task: asyncio.Task[Any], hold: Hold) -> None:
    hold.cut()
    task.cancel()
    _leaving.add(task)
    task.add_done_callback(_left)


def _left(task: asyncio.Task[Any]) -> None:
    _leaving.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that nobody complains of a failure that no one waits for
