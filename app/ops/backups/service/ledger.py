"""What one process knows of the backups: read from the store in a thread, asked of the database, and kept."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import structlog

from app.core.errors import AppError
from app.core.handlers import database_problem
from app.ops.backups.rules.evidence import Evidence
from app.ops.backups.rules.judging import judge
from app.ops.backups.rules.known import Beat, Judgement, Known, Run, Setup
from app.ops.backups.service.context import is_configured, open_context
from app.ops.backups.service.evidence import Reader
from app.ops.backups.service.reading import remembered
from app.ops.process import Process

logger = structlog.get_logger()

FRESH_SECONDS = 1.0
"""So long what the store showed counts as the present state."""
PATIENCE_SECONDS = 1.2
"""So long a question waits for the store; after that it is answered from what was known."""
TURN_PATIENCE_SECONDS = 15.0
"""So long the background waits for it; the reading itself goes on."""
SLOW = "store_unreachable"

T = TypeVar("T")


@dataclass(slots=True)
class Ledger:
    """The knowledge of one process. One reading of the store goes on at a time, for all who ask."""

    process: Process
    evidence: Evidence | None = None
    store_failure: str | None = None
    runs: tuple[Run, ...] | None = None
    beat: Beat | None = None
    _reader: Reader | None = None
    _read_at: float | None = None
    _reading: "asyncio.Task[None] | None" = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def setup(self) -> Setup:
        """How this process is set up."""
        settings = self.process.settings
        return Setup(
            configured=is_configured(settings),
            scheduled=bool(settings.backup_url),
            drills=bool(settings.backup_identity),
        )

    def judgement(self, *, now: datetime) -> Judgement:
        """Return how the backups are by what is known, without asking anybody."""
        return judge(Known(self.setup, self.evidence, self.store_failure, self.runs, self.beat), now=now)

    async def look(self, *, now: datetime, patience: float = PATIENCE_SECONDS) -> None:
        """See that what is known of the store is at most a second old, if the store answers in time."""
        fresh = self._read_at is not None and self.process.lifeline.clock() - self._read_at < FRESH_SECONDS
        if not self.setup.configured or (fresh and self.store_failure is None):
            return
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read(now), name="backups")
        done, _ = await asyncio.wait({self._reading}, timeout=patience)
        if not done:
            self.store_failure = self.store_failure or SLOW

    async def remember(self) -> None:
        """Ask the database what it remembers of runs and of the schedule; nothing where it does not answer."""
        try:
            self.runs, self.beat = await self.process.ask(remembered)
        except Exception as failure:
            if database_problem(failure) is None:
                raise
            self.runs = self.beat = None

    async def turn(self, *, now: datetime) -> None:
        """Look at both, patiently."""
        await self.remember()
        await self.look(now=now, patience=TURN_PATIENCE_SECONDS)

    async def _read(self, now: datetime) -> None:
        """Read the store; whatever comes of it is known afterwards."""
        try:
            if self._reader is None:
                context = open_context(self.process.settings)
                self._reader = Reader(context.store, context.seal)
            reader = self._reader
            self.evidence = await in_a_daemon(lambda: reader.look(now=now))
            self.store_failure = None
        except AppError as failure:
            self._fail(failure.code)
        except Exception as failure:
            logger.exception("backups_unreadable", kind=type(failure).__name__)
            self._fail(SLOW)
        self._read_at = self.process.lifeline.clock()

    def _fail(self, code: str) -> None:
        if code != self.store_failure:
            logger.warning("backup_store_failure", code=code)
        self.store_failure = code


async def in_a_daemon(work: Callable[[], T]) -> T:
    """Return what blocking work returns, from a thread that no end of the process waits for.

    Raises:
        Exception: what the work raised.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def tell(settle: Callable[[], None]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(lambda: None if result.done() else settle())

    def run() -> None:
        try:
            found = work()
        except BaseException as failure:
            told = failure
            tell(lambda: result.set_exception(told))
        else:
            tell(lambda: result.set_result(found))

    threading.Thread(target=run, name="backups", daemon=True).start()
    return await result
