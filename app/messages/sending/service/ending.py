"""Taking note that a message is being sent, that it is not, or that it is put off."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import fetch
from app.jobs.errors import TryLater, failure_code
from app.messages.rules import Status

log = structlog.get_logger()

_BEGIN = """
UPDATE messages SET status = 'sending', tried_at = $3, attempts = attempts + 1, error_code = NULL, updated_at = $4
WHERE client_id = $1 AND id = $2 AND status IN ('queued', 'sending', 'unknown')
  AND tried_at IS NOT DISTINCT FROM $5::timestamptz
RETURNING id
"""
_TAKE_BACK = """
UPDATE messages SET status = 'queued', tried_at = NULL, attempts = attempts - 1, updated_at = $3
WHERE client_id = $1 AND id = $2 AND status = 'sending'
"""
_CLOSE = """
UPDATE messages SET status = $3, error_code = $4, updated_at = $5
WHERE client_id = $1 AND id = $2 AND status IN ('queued', 'sending', 'unknown')
"""
_PUT_OFF = """
UPDATE messages SET status = $3, error_code = $4, due_at = $5, woken_at = $5, updated_at = $6
WHERE client_id = $1 AND id = $2 AND status IN ('queued', 'sending', 'unknown')
"""

_SENT_BEFORE = """
UPDATE messages SET status = 'withdrawn', error_code = 'sent_before', updated_at = $2
WHERE direction = 'out' AND status = 'queued' AND due_at <= $1
RETURNING id
"""
_OTHERS = "SELECT sid FROM messages WHERE client_id = $1 AND id <> $2 AND sid = ANY ($3::varchar[])"


async def sids_of_others(session: AsyncSession, client_id: UUID, message_id: UUID, sids: Sequence[str]) -> set[str]:
    """Return which of Twilio's sids belong to other messages: two may say the same to the same phone."""
    return {row["sid"] for row in await fetch(session, _OTHERS, client_id, message_id, list(sids))} if sids else set()


async def begin(
    session: AsyncSession, client_id: UUID, message_id: UUID, begun_at: datetime, *, known: datetime | None
) -> bool:
    """Take note that a message is about to be sent; return whether it is still to be.

    It is not where somebody has heard of it meanwhile, has taken it back, or has begun to send it himself: then it was
    last begun at another instant than is `known` here.
    """
    return bool(await fetch(session, _BEGIN, client_id, message_id, begun_at, begun_at, known))


async def take_back(session: AsyncSession, client_id: UUID, message_id: UUID, *, now: datetime) -> None:
    """Take note that a message that was about to be sent was not."""
    await fetch(session, _TAKE_BACK, client_id, message_id, now)


async def close(
    session: AsyncSession, client_id: UUID, message_id: UUID, status: Status, code: str, *, now: datetime
) -> None:
    """Take note that a message is not sent, and why. It says so in the log, too: never silently."""
    await fetch(session, _CLOSE, client_id, message_id, status.value, code, now)
    log.info("message_not_sent", client_id=str(client_id), message_id=str(message_id), status=status.value, code=code)


async def withdraw_sent(session: AsyncSession, until: datetime, *, now: datetime) -> int:
    """Withdraw the messages of all clients that were due up to an instant; return how many.

    For a database that was restored: the earlier one sent them. What was begun to be sent stays; it is looked for
    before it is sent again.
    """
    return len(await fetch(session, _SENT_BEFORE, until, now))


async def put_off(
    session: AsyncSession,
    client_id: UUID,
    message_id: UUID,
    failure: Exception,
    *,
    status: Status,
    wait: timedelta,
    now: datetime,
) -> TryLater:
    """Take note, and commit, why a message was not sent now; return what its job raises to look at it again."""
    values = status.value, failure_code(failure), now + wait, now
    await fetch(session, _PUT_OFF, client_id, message_id, *values)
    await session.commit()
    return TryLater(after=wait)
