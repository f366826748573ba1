"""What one request costs: its statements, their time, its waits for a connection. And whose statement that was.

A `Trace` follows a request through a context variable; the engine's listeners and `core/direct.py` write into it.
"""

import time
from contextvars import ContextVar
from typing import Any, TypedDict

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

from app.core.shapes import Shapes
from app.core.signals import Signals

LOOP = 10
"""One shape so many times in one request is a loop that asks row by row (N+1)."""


class Trace:
    """What a request has cost so far; milliseconds."""

    __slots__ = ("pool_wait_ms", "queries", "query_ms", "route", "shapes")

    def __init__(self) -> None:
        self.queries = 0
        self.query_ms = 0.0
        self.pool_wait_ms = 0.0
        self.route: str | None = None
        self.shapes: dict[str, int] = {}
        """How often the request ran each shape: the same one many times is a loop that asks row by row."""


current: ContextVar[Trace | None] = ContextVar("trace", default=None)
"""The trace of the request that runs; None outside of any."""


class Recorder:
    """Takes down the statements of one process."""

    def __init__(self, signals: Signals, shapes: Shapes | None = None) -> None:
        self.signals = signals
        self.shapes = shapes or Shapes()
        self.routes: dict[str, set[str]] = {}
        """Which routes ran a shape."""
        self.loops: dict[tuple[str, str], int] = {}
        """How many requests of a route ran one shape at least `LOOP` times, by route and shape."""

    def ran(self, statement: str, seconds: float, *, failed: bool = False) -> None:
        """Count one statement that took so long on its connection."""
        shape = self.shapes.of(statement)
        if shape is None:
            return
        milliseconds = seconds * 1000
        self.signals.queries.add(shape, milliseconds, failed=failed)
        trace = current.get()
        if trace is not None:
            trace.queries += 1
            trace.query_ms += milliseconds
            trace.shapes[shape] = trace.shapes.get(shape, 0) + 1

    def waited(self, seconds: float, *, failed: bool = False) -> None:
        """Count one wait for a connection from the pool; one that failed got none in time."""
        trace = current.get()
        milliseconds = seconds * 1000
        self.signals.pool_wait.add((trace.route if trace else None) or "", milliseconds, failed=failed)
        if trace is not None:
            trace.pool_wait_ms += milliseconds

    def finished(self, trace: Trace) -> None:
        """Remember which shapes a request ran, now that its route is known, and which of them in a loop."""
        route = trace.route
        if route is None:
            return
        for shape, times in trace.shapes.items():
            self.routes.setdefault(shape, set()).add(route)
            if times >= LOOP:
                self.loops[route, shape] = self.loops.get((route, shape), 0) + 1

    def listen(self, engine: AsyncEngine) -> None:
        """Take down all that an engine runs through SQLAlchemy, and its pool's waits."""
        event.listen(engine.sync_engine, "before_cursor_execute", _begun)
        event.listen(engine.sync_engine, "after_cursor_execute", self._ended)
        event.listen(engine.sync_engine, "handle_error", self._failed)
        pool = engine.sync_engine.pool
        if isinstance(pool, MeasuredPool):
            pool.recorder = self

    def _ended(
        self, _connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _executemany: bool
    ) -> None:
        if context is not None:  # a statement that goes straight to the driver times itself
            self.ran(statement, time.perf_counter() - context._began)

    def _failed(self, failure: Any) -> None:
        context = failure.execution_context
        if context is not None and hasattr(context, "_began") and failure.statement is not None:
            self.ran(failure.statement, time.perf_counter() - context._began, failed=True)


def _begun(_connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _executemany: bool) -> None:
    if context is not None:
        context._began = time.perf_counter()


class PoolFigures(TypedDict):
    """How full a pool is: connections, who waits for one, how often in vain; `utilization` in percent."""

    active: int
    idle: int
    max: int
    waiting: int
    timeouts: int
    utilization: float


class MeasuredPool(AsyncAdaptedQueuePool):
    """A pool that knows who waits: how many now, and how long each did."""

    recorder: Recorder | None = None
    waiting = 0
    timeouts = 0

    def figures(self) -> PoolFigures:
        """Return how full the pool is now.

        The most that it may hold is counted from its settings: `overflow()` of an unused pool is minus its size.
        """
        most = self.size() + max(0, self._max_overflow)
        return PoolFigures(
            active=self.checkedout(),
            idle=self.checkedin(),
            max=most,
            waiting=self.waiting,
            timeouts=self.timeouts,
            utilization=round(100 * self.checkedout() / most, 1),
        )

    def _do_get(self) -> ConnectionPoolEntry:
        began = time.perf_counter()
        self.waiting += 1
        got = False
        try:
            record = super()._do_get()
            got = True
            return record
        finally:
            self.waiting -= 1
            self.timeouts += not got
            if self.recorder is not None:
                self.recorder.waited(time.perf_counter() - began, failed=not got)

    def recreate(self) -> "MeasuredPool":
        """Return a new pool of the same kind, which goes on counting."""
        fresh: MeasuredPool = super().recreate()  # type: ignore[assignment]
        fresh.recorder = self.recorder
        return fresh
