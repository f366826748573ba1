"""What one request costs: its statements, their time, its waits for a connection. And whose statement that was.

A `Trace` follows a request through a context variable; the engine's listeners and `core/direct.py` write into it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypedDict

from sqlalchemy import event
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.util.queue import Empty

from app.core.lifeline import TOO_MANY
from app.core.shapes import Shapes
from app.core.signals import POOL_WAIT, STATEMENTS, Signals

LOOP = 10
"""One shape so many times in one request is a loop that asks row by row (N+1)."""

_NONE: frozenset[str] = frozenset()


class Trace:
    """What a request has cost so far; milliseconds."""

    __slots__ = ("pool_timeouts", "pool_wait_ms", "pool_waits", "queries", "query_ms", "route", "shapes")

    def __init__(self) -> None:
        self.queries = 0
        self.query_ms = 0.0
        self.pool_wait_ms = 0.0
        self.pool_waits = 0
        self.pool_timeouts = 0
        self.route: str | None = None
        """`METHOD /template`, once it is known."""
        self.shapes: dict[str, int] = {}
        """How often the request ran each shape: the same one many times is a loop that asks row by row."""


current: ContextVar[Trace | None] = ContextVar("trace", default=None)
"""The trace of the request that runs; None outside of any."""


class Recorder:
    """Takes down the statements of one process."""

    def __init__(self, signals: Signals, shapes: Shapes | None = None) -> None:
        self.signals = signals
        self.shapes = Shapes() if shapes is None else shapes
        self.routes: dict[str, set[str]] = {}
        """Which routes ran a shape."""
        self.loops: dict[tuple[str, str], int] = {}
        """How many requests of a route ran one shape at least `LOOP` times since the start, by route and shape."""
        self.last: dict[str, float] = {}
        """When a shape was last run, by `time.perf_counter`."""
        self._known: dict[str, set[str]] = {}

    def ran(self, statement: str, seconds: float, *, failed: bool = False) -> None:
        """Count one statement that took so long on its connection."""
        shape = self.shapes.of(statement)
        milliseconds = seconds * 1000
        signals = self.signals
        signals.database.add(STATEMENTS, milliseconds, failed=failed)
        trace = current.get()
        if trace is not None:
            trace.queries += 1
            trace.query_ms += milliseconds
        if shape is None:
            return
        signals.queries.add(shape, milliseconds, failed=failed)
        self.last[shape] = time.perf_counter()
        if trace is not None:
            trace.shapes[shape] = trace.shapes.get(shape, 0) + 1
            if trace.route is not None:  # the request was given up, and this is what it died of
                self.routes.setdefault(shape, set()).add(trace.route)

    def waited(self, seconds: float, *, failed: bool = False) -> None:
        """Count one wait for a connection from the pool; one that failed got none.

        Which route waited is known when its request ends.
        """
        milliseconds = seconds * 1000
        self.signals.database.add(POOL_WAIT, milliseconds, failed=failed)
        trace = current.get()
        if trace is None:
            self.signals.pool_wait.add("", milliseconds, failed=failed)
        else:
            trace.pool_wait_ms += milliseconds
            trace.pool_waits += 1
            trace.pool_timeouts += failed

    def finished(self, trace: Trace) -> None:
        """Count a request's waits, and which shapes it ran, and in loops, now that its route is known."""
        route = trace.route or ""
        if trace.pool_waits:
            self.signals.pool_wait.add(route, trace.pool_wait_ms, failed=trace.pool_timeouts > 0)
        if route and not trace.shapes.keys() <= self._known.get(route, _NONE):
            self._known.setdefault(route, set()).update(trace.shapes)
            for shape in trace.shapes:
                self.routes.setdefault(shape, set()).add(route)
        if route and trace.queries >= LOOP:
            for shape, times in trace.shapes.items():
                if times >= LOOP:
                    self.loops[route, shape] = self.loops.get((route, shape), 0) + 1
                    self.signals.loops.add(f"{shape} {route}", times)

    def listen(self, engine: AsyncEngine) -> None:
        """Take down all that an engine runs through SQLAlchemy, and its pool's waits."""
        event.listen(engine.sync_engine, "before_cursor_execute", _begun, retval=True)
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
            context._began = None

    def _failed(self, failure: Any) -> None:
        """Count a statement that failed or was cancelled, unless it had ended and what failed came after."""
        began = getattr(failure.execution_context, "_began", None)
        if began is not None and failure.statement is not None:
            self.ran(failure.statement, time.perf_counter() - began, failed=True)


@contextmanager
def tracing(recorder: Recorder | None, route: str) -> Iterator[None]:
    """Follow work that is no request; its statements and waits count for a route of its own, such as `JOB name`."""
    if recorder is None:
        yield
        return
    trace = Trace()
    token = current.set(trace)
    try:
        yield
    finally:
        current.reset(token)
        trace.route = route
        recorder.finished(trace)


def _begun(
    _connection: Any, _cursor: Any, statement: str, parameters: Any, context: Any, _executemany: bool
) -> tuple[str, Any]:
    if context is not None:
        context._began = time.perf_counter()
    return statement, parameters


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

    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self.out: set[ConnectionPoolEntry] = set()
        """Connections that are being used."""
        self.predecessor: MeasuredPool | None = None
        self._successor: MeasuredPool | None = None
        self._opening = 0
        """Connections that are counted already, and not there yet."""

    @property
    def draining(self) -> bool:
        """Whether connections of the pool before this one are still being used."""
        return self.predecessor is not None and bool(self.predecessor.out)

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

    def connect(self) -> PoolProxiedConnection:
        """Return a connection. The wait for it is that of opening one, too, where it has to be opened."""
        began = time.perf_counter()
        self.waiting += 1
        got = False
        try:
            connection = super().connect()
            got = True
            return connection
        except PoolTimeout:
            self.timeouts += 1
            raise
        finally:
            self.waiting -= 1
            if self.recorder is not None:
                self.recorder.waited(time.perf_counter() - began, failed=not got)

    def retire(self, successor: "MeasuredPool") -> None:
        """Give out no more connections: who asks, or waits here, gets one of the successor; what comes back is closed.

        Those that are idle are left for `close_idle`.
        """
        self._successor = successor
        successor.predecessor, self.predecessor = self, None
        if self.waiting:
            self._wake()

    def close_idle(self) -> None:
        """Close the idle connections of a retired pool; waits, so it is to be called in a greenlet."""
        while self.checkedin():
            record = self._pool.get(False)
            if record is not None:
                record.close()
        if self.waiting:
            self._wake()

    def _wake(self) -> None:
        if not self.checkedin():
            self._pool.put(None, False)  # type: ignore[arg-type] # nothing: for the next who waits, who then looks up

    def _do_get(self) -> ConnectionPoolEntry:
        while self._successor is None:
            record = self._new_or_kept()
            if record is not None:
                self.out.add(record)
                return record
        self._wake()
        return self._successor._do_get()

    def _new_or_kept(self) -> ConnectionPoolEntry | None:
        """Return a connection, or None to him who is to look up. From a full server it is one that is kept here."""
        try:
            return super()._do_get()
        except Exception as refusal:
            if getattr(refusal, "sqlstate", None) != TOO_MANY:
                raise
            if self.size() + self.overflow() == self._opening:  # none is kept
                if self.waiting > 1:  # this one waits, too
                    self._wake()
                raise
            try:
                return self._pool.get(True, self._timeout)
            except Empty:
                raise refusal from None

    def _create_connection(self) -> ConnectionPoolEntry:
        self._opening += 1
        try:
            return super()._create_connection()
        finally:
            self._opening -= 1

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        self.out.discard(record)
        if self._successor is None:
            super()._do_return_conn(record)
            return
        record.close()
        self._wake()

    def recreate(self) -> "MeasuredPool":
        """Return a new pool of the same kind, which goes on counting."""
        fresh: MeasuredPool = super().recreate()  # type: ignore[assignment]
        fresh.recorder, fresh.timeouts = self.recorder, self.timeouts
        return fresh
