"""Taking note that a call is being placed, that it was, that it is not, or that it is put off."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.attention.rules import Kind
from app.attention.service import bring_up
from app.calls.outbound.events import CallDue
from app.calls.outbound.rules import LONGEST_CALL
from app.core.db import count
from app.core.direct import fetch, fetch_first
from app.jobs.errors import TryLater, failure_code
from app.jobs.outbox import emit

log = structlog.get_logger()

_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('calls:placing', 0))"
# Under the lock, so that two who look at once do not both find the last place free. It looks over all clients.
_UNDER_WAY = """
SELECT count(*) FROM calls
WHERE direction = 'out' AND status IN ('dispatching', 'unknown', 'ringing', 'in_progress', 'forwarding')
  AND tried_at > $1 AND NOT (client_id = $2 AND id = $3)
"""
_BEGIN = """
UPDATE calls SET status = 'dispatching', tried_at = $3, attempts = attempts + 1, error_code = NULL, updated_at = $4
WHERE client_id = $1 AND id = $2 AND status IN ('queued', 'dispatching', 'unknown') AND vapi_id IS NULL
  AND tried_at IS NOT DISTINCT FROM $5::timestamptz
RETURNING id
"""
_TAKE_BACK = """
UPDATE calls SET status = 'queued', tried_at = NULL, attempts = attempts - 1, updated_at = $3
WHERE client_id = $1 AND id = $2 AND status = 'dispatching' AND vapi_id IS NULL
"""
_CLOSE = """
UPDATE calls SET status = $3, error_code = $4, updated_at = $5
WHERE client_id = $1 AND id = $2 AND status IN ('queued', 'dispatching', 'unknown') AND vapi_id IS NULL
RETURNING id, phone, customer_id, booking_id
"""
_PUT_OFF = """
UPDATE calls SET status = CASE WHEN tried_at IS NULL THEN 'queued' ELSE 'unknown' END,
    error_code = $3, due_at = $4, updated_at = $5
WHERE client_id = $1 AND id = $2 AND status IN ('queued', 'dispatching', 'unknown') AND vapi_id IS NULL
"""
_QUEUE = """
UPDATE calls SET status = 'queued', error_code = $3, due_at = $4, tried_at = NULL, updated_at = $5
WHERE client_id = $1 AND id = $2 AND status IN ('queued', 'dispatching', 'unknown') AND vapi_id IS NULL
  AND tried_at IS NOT DISTINCT FROM $6::timestamptz
RETURNING id
"""
_PLACED_BEFORE = """
UPDATE calls SET status = 'withdrawn', error_code = 'placed_before', updated_at = $2
WHERE direction = 'out' AND status = 'queued' AND tried_at IS NULL AND due_at <= $1
RETURNING id
"""
# Vapi may have told of the call before it answered: as of one that is ours, or of one on the client's line.
_JOIN = """
UPDATE calls SET vapi_id = NULL, status = 'failed', error_code = 'joined', updated_at = $4
WHERE client_id = $1 AND id <> $2 AND vapi_id = $3
"""
_PLACED = """
UPDATE calls SET vapi_id = $3, error_code = NULL, updated_at = $4,
    status = CASE WHEN status IN ('queued', 'dispatching', 'unknown') THEN 'ringing' ELSE status END
WHERE client_id = $1 AND id = $2
"""


class TooManyCalls(Exception):
    """As many calls are in progress as may be at once."""


async def begin(
    session: AsyncSession,
    client_id: UUID,
    call_id: UUID,
    begun_at: datetime,
    *,
    known: datetime | None,
    most: int,
    now: datetime,
) -> bool:
    """Take note that a call is about to be placed; return whether it is still to be, and by whom asks.

    `known` is when the last attempt began, as far as who asks has read: of several who look at once, one begins.

    Raises:
        TooManyCalls: `most` are in progress, of all clients.
    """
    await fetch(session, _TURN)
    under_way = await fetch_first(session, _UNDER_WAY, now - LONGEST_CALL, client_id, call_id)
    if under_way is not None and under_way[0] >= most:
        raise TooManyCalls
    return bool(await fetch(session, _BEGIN, client_id, call_id, begun_at, now, known))


async def take_back(session: AsyncSession, client_id: UUID, call_id: UUID, *, now: datetime) -> None:
    """Take note that a call which was begun to be placed was not."""
    await fetch(session, _TAKE_BACK, client_id, call_id, now)


async def placed(session: AsyncSession, client_id: UUID, call_id: UUID, vapi_id: str, *, now: datetime) -> None:
    """Take note of a call's id at Vapi."""
    await fetch(session, _JOIN, client_id, call_id, vapi_id, now)
    await fetch(session, _PLACED, client_id, call_id, vapi_id, now)
    count(session, "voice_calls", "placed")


async def close(
    session: AsyncSession, client_id: UUID, call_id: UUID, status: str, code: str, *, now: datetime
) -> None:
    """Take note that a call is not made, and why; it says so in the log, and before a person where it was wanted."""
    row = await fetch_first(session, _CLOSE, client_id, call_id, status, code, now)
    if row is None:
        return
    count(session, "voice_calls", code)
    log.info("call_not_placed", client_id=str(client_id), call_id=str(call_id), status=status, code=code)
    if status != "withdrawn":
        await bring_up(
            *(session, client_id, Kind.call_failed, f"call:{call_id}"),
            call_id=call_id,
            customer_id=row["customer_id"],
            booking_id=row["booking_id"],
            phone=row["phone"],
            code=code,
            now=now,
        )


async def withdraw_placed(session: AsyncSession, until: datetime, *, now: datetime) -> int:
    """Withdraw the calls of all clients that were due up to an instant; return how many.

    For a database that was restored: the earlier one placed them. What was begun to be placed stays; it is looked for
    before it is placed again.
    """
    return len(await fetch(session, _PLACED_BEFORE, until, now))


async def put_off(
    session: AsyncSession, client_id: UUID, call_id: UUID, failure: Exception, *, wait: timedelta, now: datetime
) -> TryLater:
    """Take note, and commit, why a call was not placed now; return what its job raises to look at it again.

    One that was begun, and may have been placed, is `unknown` from then on.
    """
    await fetch(session, _PUT_OFF, client_id, call_id, failure_code(failure), now + wait, now)
    await session.commit()
    return TryLater(after=wait)


async def queue_for(
    session: AsyncSession,
    client_id: UUID,
    call_id: UUID,
    at: datetime,
    code: str | None,
    *,
    known: datetime | None = None,
    now: datetime,
) -> None:
    """Have a call wait until an instant, however far it is; an attempt that began after `known` goes on."""
    if await fetch(session, _QUEUE, client_id, call_id, code, at, now, known):
        await emit(session, CallDue(client_id, call_id, at), now=now)
