"""What every process has of its own for the operational plane: its numbers, its lifeline, its own small pool.

None of it depends on the users' pool, and all of it works, as far as can be, while the database is away.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from starlette.types import Scope

from app.core.background import Background
from app.core.cache import Caches, info_of
from app.core.clock import utcnow
from app.core.config import Settings
from app.core.controls import ACTS, Control, Controls, Kind
from app.core.db import Sessions, create_operations_engine, create_sessions
from app.core.faults import failure, fault
from app.core.lifeline import Lifeline
from app.core.machine import Machine
from app.core.patience import within
from app.core.signals import Signals
from app.core.tracking import Recorder
from app.ops.controls import service as controls_of
from app.ops.samples.service import FLUSH_SECONDS, Carrier

CONTROLS_SECONDS = 2.0
LAG_SECONDS = 0.25
LAST_FLUSH_SECONDS = 1.0

LEAVE_SECONDS = 2.0
"""So long connections have to say goodbye; a frozen server never would."""

SCHEMA = "SELECT version_num FROM alembic_version"
"""What the lifeline asks: whether the database is there, and which migration it has seen."""

logger = structlog.get_logger()

ANSWER_SECONDS = 2.5
"""So long the database has for an operational question or order in all: whoever asks is answered within 3 s."""

FLUSH_PATIENCE_SECONDS, OBEY_PATIENCE_SECONDS = 5.0, 2.5
"""So long a turn may hold one of the few operational connections."""

T = TypeVar("T")
Work = Callable[[AsyncSession], Awaitable[T]]

Gauge = Callable[[], Any]
Look = Callable[[datetime], Awaitable[Any]]
"""Tells what it knows at an instant; within 2 s, or it counts as unknown."""


@dataclass(slots=True)
class Process:
    """The operational side of one process. Rooms add gauges, acts and turns of their own before `start`."""

    settings: Settings
    recorder: Recorder
    engine: AsyncEngine
    sessions: Sessions
    lifeline: Lifeline
    started_at: datetime
    carrier: Carrier
    caches: Caches
    controls: Controls = field(default_factory=Controls)
    background: Background = field(default_factory=Background)
    machine: Machine = field(default_factory=Machine)
    gauges: dict[str, Gauge] = field(default_factory=dict)
    """What this process says of itself, by name: JSON values, read at each flush without waiting."""
    acts: dict[Kind, list[Callable[[Control], Any]]] = field(default_factory=dict)
    """What is called once in each process when an act is set."""
    health: dict[str, Look] = field(default_factory=dict)
    """Components of detailed health by name: each tells a mapping with `status`, beside it `reasons` (codes)."""
    parts: dict[str, Look] = field(default_factory=dict)
    """Other members of detailed health by name (`slo`, `alerts`, `incidents`), from the rooms that know."""
    guard: Callable[[Scope], bool] | None = None
    """Who counts probes: returns whether this one is beyond the limit. It may not wait."""
    started: bool = False
    draining: bool = False
    in_flight: int = 0
    """Requests being answered now, probes aside."""
    _lag: float = 0.0
    _beat: float | None = None
    _told: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def signals(self) -> Signals:
        """What this process has counted."""
        return self.recorder.signals

    @property
    def lag_seconds(self) -> float:
        """By how much the event loop was late when it was last measured, or is by now."""
        overdue = 0.0 if self._beat is None else self.lifeline.clock() - self._beat - LAG_SECONDS
        return max(self._lag, overdue)

    def start(self) -> None:
        """Begin to measure, carry and listen; after a stop, again."""
        self.started, self.draining = True, False
        self.background.start()

    async def stop(self) -> None:
        """End, and let go of every connection."""
        self.draining = True
        await self.background.stop()
        with suppress(Exception):  # the last seconds' numbers, if they can be carried; nobody waits for them
            await within(LAST_FLUSH_SECONDS, self._flush())
        await self.lifeline.close()
        await leave(self.engine)

    async def ask(self, work: Work[T]) -> T:
        """Return what some work reads from the database: at once refused where it is known to be away.

        Raises:
            OSError, TimeoutError, SQLAlchemyError: it does not answer within 2.5 s, or refuses.
        """

        async def read() -> T:
            async with self.sessions() as session:
                return await work(session)

        return await within(ANSWER_SECONDS, self._reaching(read))

    async def order(self, work: Work[T], *, now: datetime) -> T:
        """Do some work in a transaction, in time as `ask`; then what it has set is in force here.

        Raises:
            OSError, TimeoutError, SQLAlchemyError: the database does not answer within 2.5 s, or refuses.
        """

        async def write() -> T:
            async with self.sessions.begin() as session:
                return await work(session)

        async def obey() -> T:
            done = await self._reaching(write)
            await self.read_controls(now=now)
            return done

        return await within(ANSWER_SECONDS, obey())

    async def _reaching(self, act: Callable[[], Awaitable[T]]) -> T:
        """Act on the database, unless it is known to be down."""
        if not (await self.lifeline.check()).up:
            raise ConnectionError("the database is known to be down")
        return await act()

    async def flush(self, *, now: datetime) -> None:
        """Carry what was counted to the database."""
        state = {name: gauge() for name, gauge in self.gauges.items()}
        async with self.sessions.begin() as session:
            await self.carrier.flush(session, state=state, now=now)

    async def read_controls(self, *, now: datetime) -> None:
        """Put what operators have set into force; acts set since this process began happen now, once."""
        async with self.sessions.begin() as session:
            found = await controls_of.read(session, now=now)
        self.controls.replace(found)
        for control in found:
            if control.kind in ACTS and control.id not in self.controls.seen:
                self.controls.seen.add(control.id)
                if control.created_at > self.started_at:
                    await self._act(control)

    async def _act(self, control: Control) -> None:
        """Do what was ordered; an act that fails is told, and hinders no other."""
        for act in self.acts.get(control.kind, ()):
            try:
                result = act(control)
                if asyncio.iscoroutine(result):
                    await result
            except Exception:
                logger.exception("act_failure", kind=control.kind, control=str(control.id))

    def _hear(self, turn: str, error: Exception) -> None:
        """Count a background turn's fault among the failures."""
        told = failure(fault(error), code="background_failure", route=f"background {turn}", request_id="", at=utcnow())
        self.signals.failures.add(told)

    def repeat(self) -> None:
        """Put down what every process does again and again."""
        self.background.hear = self._hear
        self.lifeline.hear(controls_of.CHANNEL, lambda _payload: self._told.set())
        self.background.every(0, "lag", self._measure_lag)
        self.background.every(0, "controls", self._obey)
        self.background.every(FLUSH_SECONDS, "flush", self._flush)
        self.background.every(1, "lifeline", self._check)

    async def _flush(self) -> None:
        if (await self.lifeline.check()).up:
            await within(FLUSH_PATIENCE_SECONDS, self.flush(now=utcnow()))

    async def _obey(self) -> None:
        """Read the controls when told that they have changed, and every so often in case nobody could tell."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CONTROLS_SECONDS):
                await self._told.wait()
        self._told.clear()
        if (await self.lifeline.check()).up:  # in a frozen database turns would only take each other's connections
            await within(OBEY_PATIENCE_SECONDS, self.read_controls(now=utcnow()))

    async def _check(self) -> None:
        self.signals.rotate(utcnow())
        await self.lifeline.check()

    async def _measure_lag(self) -> None:
        """Count by how much a short sleep overslept: so long nobody else was served."""
        began = time.perf_counter()
        await asyncio.sleep(LAG_SECONDS)
        self._lag = max(0.0, time.perf_counter() - began - LAG_SECONDS)
        self._beat = self.lifeline.clock()
        self.signals.loop_lag.add("loop", self._lag * 1000)


async def leave(engine: AsyncEngine) -> None:
    """Close an engine's idle connections, for as long as it is given to."""
    with suppress(TimeoutError):
        await within(LEAVE_SECONDS, engine.dispose())


def create_process(settings: Settings, *, role: str) -> Process:
    """Return the operational side of a process; it opens no connection before it is started or asked."""
    engine = create_operations_engine(settings, role=role)
    name = f"booking-{role}-lifeline"
    lifeline = Lifeline(str(settings.database_url), name=name, clock=time.monotonic, question=SCHEMA)
    recorder, now = Recorder(Signals(role=role)), utcnow()
    carrier = Carrier(recorder, settings, started_at=now)
    caches = Caches(time.monotonic)
    caches.follow(lifeline)
    sessions = create_sessions(engine, info=info_of(caches))
    process = Process(settings, recorder, engine, sessions, lifeline, now, carrier, caches)
    process.gauges["machine"] = process.machine.figures
    process.repeat()
    return process
