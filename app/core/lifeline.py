"""One connection of a process' own, apart from every pool: asks whether the database answers, and hears its notices.

Through a saturated pool a probe fails while the database is well. It is opened once and kept, so it is still there
when the server takes no more connections.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog
from sqlalchemy.engine import make_url

logger = structlog.get_logger()

Hear = Callable[[str], None]

FRESH_SECONDS = 1.0
"""So long an answer counts as the present one: however many ask, the database is asked once."""
DOWN_FRESH_SECONDS = 0.5
"""So long a failure does: who was refused for an instant should not stay refused for a second."""
ANSWER_SECONDS = 1.5
"""So long the database has to answer; a frozen server takes the connection and stays silent."""
STATEMENT_SECONDS = 1.2
"""So long the server lets a statement run: less, so that a slow one is cancelled and the connection kept."""
TURN_SECONDS = 2.2
"""So long a check may take in all: a read may be under way on the connection, and ends before that."""
TOO_MANY = "53300"
"""What the server says when it has no connection left."""

_NOTICED_GONE = {"tcp_keepalives_idle": "15", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
"""So the server notices within 30 s that our machine is gone without a word, and frees the locks that we held."""

_FAILURES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


@dataclass(frozen=True, slots=True)
class Check:
    """Whether the database answered; times in seconds of the process' monotonic clock."""

    up: bool
    latency_ms: float
    at: float
    since: float
    failures: int = 0
    """How many checks in a row have failed."""
    code: str | None = None
    """Why, as the server says it (SQLSTATE), or the kind of failure."""
    answer: Any = None
    """What it answered to the lifeline's question; None also where there is no such table."""

    @property
    def fresh_seconds(self) -> float:
        """So long it counts as the present state."""
        return FRESH_SECONDS if self.up else DOWN_FRESH_SECONDS

    @property
    def full(self) -> bool:
        """Whether the server is well, and refuses only because it has no connection left."""
        return self.code == TOO_MANY


class Lifeline:
    """Checks the database, single-flight and cached, and passes its notices on.

    `question` is one value of one row: any answer shows that the database is there, and is kept in the check.
    `clock` is monotonic and in seconds. `hear` callbacks take a notice's payload and must not raise or wait.
    `on_lost` and `on_found` are told when notices may be missed, and when they come again.
    """

    def __init__(self, url: str, *, name: str, clock: Callable[[], float], question: str = "SELECT 1") -> None:
        self._url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._name = name
        self._question = question
        self.clock = clock
        self._busy = asyncio.Lock()
        self._doubted = False
        """Whether the connection was lost since the last check: then that one is not to be believed."""
        self._connection: asyncpg.Connection | None = None
        self._asking: asyncio.Task[Check] | None = None
        self._channels: dict[str, list[Hear]] = {}
        self.on_lost: list[Callable[[], None]] = []
        self.on_found: list[Callable[[], None]] = []
        self.last: Check | None = None
        self.reached = False
        """Whether the database has ever answered this process."""

    @property
    def listening(self) -> bool:
        """Whether notices arrive, as far as is known."""
        return self._connection is not None and not self._connection.is_closed()

    def hear(self, channel: str, callback: Hear) -> None:
        """Have the payload of each notice on a channel passed to a callback; call before the first check."""
        self._channels.setdefault(channel, []).append(callback)

    async def check(self) -> Check:
        """Return whether the database answers: what is known if it is fresh, else one question for all who ask."""
        last = self.last
        if last is not None and not self._doubted and self.clock() - last.at < last.fresh_seconds:
            return last
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(), name="lifeline")
        return await asyncio.shield(self._asking)

    async def fetch(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """Run a read over the kept connection, within 1.5 s from when it is its turn.

        So it waits in no pool, and works where the server takes no more connections.

        Raises:
            OSError, TimeoutError, PostgresError, InterfaceError: the database does not answer, or refuses.
        """
        async with self._busy:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    rows: list[asyncpg.Record] = await (await self._connected()).fetch(query, *values)
            except asyncpg.PostgresError:  # an answer, too; a server that ends the session has closed the connection
                raise
            except BaseException:
                self._doubted = True
                self._drop()
                raise
            return rows

    async def close(self) -> None:
        """Let go of the connection."""
        if self._asking is not None:
            self._asking.cancel()
            with suppress(asyncio.CancelledError):
                await self._asking
        self._drop()

    async def _ask(self) -> Check:
        began = self.clock()
        self._doubted = False
        code = answer = None
        try:
            async with asyncio.timeout(TURN_SECONDS), self._busy, asyncio.timeout(ANSWER_SECONDS):
                answer = await self._answer(await self._connected())
        except _FAILURES as failure:
            code = getattr(failure, "sqlstate", None) or type(failure).__name__
            self._drop()
        self.last = self._seen(began, code, answer)
        return self.last

    async def _answer(self, connection: asyncpg.Connection) -> Any:
        try:
            return await connection.fetchval(self._question)
        except asyncpg.SyntaxOrAccessError:
            return None  # what is asked about is not there, but somebody said so

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            await self._connect()
        assert self._connection is not None
        return self._connection

    def _seen(self, began: float, code: str | None, answer: Any) -> Check:
        at, up, before = self.clock(), code is None, self.last
        since = before.since if before is not None and before.up == up else at
        if before is None or before.up != up:
            tell = logger.info if up else logger.warning
            tell("database_reached" if up else "database_unreachable", code=code)
        self.reached = self.reached or up
        failures = 0 if up else (before.failures if before else 0) + 1
        return Check(up, (at - began) * 1000, at, since, failures, code, answer)

    async def _connect(self) -> None:
        limit = str(int(STATEMENT_SECONDS * 1000))
        settings = {"application_name": self._name, "statement_timeout": limit, "jit": "off", **_NOTICED_GONE}
        connection = await asyncpg.connect(self._url, timeout=ANSWER_SECONDS, server_settings=settings)
        self._connection = connection
        connection.add_termination_listener(self._lost)
        for channel, callbacks in self._channels.items():
            await connection.add_listener(channel, _passing_on(callbacks))
        for found in self.on_found:
            found()

    def _lost(self, connection: Any) -> None:
        if connection is self._connection:
            self._doubted = True
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
            logger.info("lifeline_lost")
            for lost in self.on_lost:
                lost()


def _passing_on(callbacks: list[Hear]) -> Callable[[Any, int, str, str], None]:
    def passed(_connection: Any, _pid: int, _channel: str, payload: str) -> None:
        for callback in callbacks:
            callback(payload)

    return passed
