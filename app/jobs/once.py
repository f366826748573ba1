"""Sending once what must not be sent twice, to somebody whose interface takes no key that makes a repetition harmless.

A request whose answer never came, because the line or this process died, may have been carried out. So it is written
down, and committed, before it is sent; who finds it written down looks at the other side first, and sends only what
is not there. A send whose fate is unknown is never blindly repeated.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utcnow
from app.jobs.errors import FateUnknown, TakenOver, TookTooLong, TryLater
from app.jobs.schedules import limited

T = TypeVar("T")

_JOB = "job"
# The lock has whoever would take the job over pass it by until this transaction ends.
_MINE = text("SELECT id FROM pgqueuer WHERE id = :id AND queue_manager_id = :worker FOR NO KEY UPDATE")


def belonging(job: int, worker: UUID) -> dict[str, Any]:
    """Return what the session of a job is told of it."""
    return {_JOB: {"id": job, "worker": worker}}


async def still_mine(session: AsyncSession) -> None:
    """Keep the session's job for this worker until the transaction ends; outside a worker there is nothing to lose.

    A job that commits before it talks to somebody begins that transaction with this: a worker that was taken for
    dead, and goes on, would do by its old knowledge what another one does at the same time.

    Raises:
        TakenOver: another worker has it.
    """
    job = session.info.get(_JOB)
    if job is not None and await session.scalar(_MINE, job) is None:
        raise TakenOver


async def send_once(
    session: AsyncSession,
    *,
    begun_at: datetime | None,
    record: Callable[[datetime | None], Awaitable[None]],
    find: Callable[[datetime], Awaitable[T | None]],
    send: Callable[[], Awaitable[T]],
    settles: timedelta,
    unsent: tuple[type[Exception], ...] = (),
) -> T:
    """Send, or find what an earlier attempt sent; return what the other side has. Record that in the job's transaction.

    `begun_at` is what `record` last wrote and this job has read: when an attempt began to send, None: none did.
    `record` writes it through the session; committing is done here, so no transaction waits for `find` or `send`.
    `find` looks for what was sent since then. `settles` is how long after a beginning the other side's list is sure to
    show it, at least a minute: until then a list without it proves nothing. `send` has half of that, and no request of
    it leaves later (the `seconds` of `core.http.send`). Errors `unsent` prove that nothing was done; others do not.

    Raises:
        TryLater: the list does not show it, and need not yet.
        TakenOver: another worker has the job.
        TookTooLong: it could not be sent in time.
        Exception: what `find` or `send` raised.
    """
    await session.commit()
    if begun_at is not None:
        found = await find(begun_at)
        if found is not None:
            return found
        _settled(begun_at + settles)
    began = monotonic()
    await _write(session, record, utcnow())
    if monotonic() - began > settles.total_seconds() / 4:
        raise TookTooLong("whoever looks next would not wait long enough")
    try:
        async with limited(settles / 2):
            return await send()
    except unsent:
        await _write(session, record, None)
        raise


def _settled(at: datetime) -> None:
    unsettled = at - utcnow()
    if unsettled > timedelta(0):
        raise TryLater(after=unsettled) from FateUnknown()


async def _write(
    session: AsyncSession, record: Callable[[datetime | None], Awaitable[None]], begun_at: datetime | None
) -> None:
    await still_mine(session)
    await record(begun_at)
    await session.commit()
