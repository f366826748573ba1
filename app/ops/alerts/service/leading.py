"""Which process evaluates: the one that holds a lock of the database on its lifeline, for as long as it does."""

from contextlib import suppress
from enum import Enum

import asyncpg

from app.core.lifeline import Lifeline

LOCK = 7_302_118_406_651_220_017
"""Of no meaning; nothing else locks this number."""

_TRY = "SELECT pg_try_advisory_lock($1)"
_LET_GO = "SELECT pg_advisory_unlock_all()"
_FAILURES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Standing(Enum):
    """What a process is to the others."""

    leads = "leads"
    follows = "follows"
    alone = "alone"
    """The database is away, and this one led last, or none could ever be asked: it goes on from what it knows."""


class Leadership:
    """The lock dies with the connection, so a leader that dies, or is cut off, makes room by itself."""

    def __init__(self, lifeline: Lifeline, *, lock: int = LOCK) -> None:
        self._lifeline = lifeline
        self._lock = lock
        self._led = False

    async def claim(self) -> Standing:
        """Return what this process is now; it becomes the leader where there is none.

        Asked again by the holder the lock is held once more, which is free, and shows that it still is.
        """
        try:
            if (await self._lifeline.check()).up:
                rows = await self._lifeline.fetch(_TRY, self._lock)
                self._led = bool(rows[0][0])
                return Standing.leads if self._led else Standing.follows
        except _FAILURES:
            pass
        alone = self._led or not self._lifeline.reached
        return Standing.alone if alone else Standing.follows

    async def let_go(self) -> None:
        """Leave it to others, if this process leads."""
        if self._led:
            with suppress(*_FAILURES):
                await self._lifeline.fetch(_LET_GO)  # nothing else locks anything over the lifeline
            self._led = False
