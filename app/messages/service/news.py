"""What is heard of a message that went out, from whoever hears it first: the answer, the list, or a callback."""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.attention.rules import Kind as Matter
from app.attention.service import bring_up
from app.core.db import count
from app.core.direct import fetch, fetch_first
from app.customers.consents.service import opt_out
from app.messages.rules import IMPORTANT, Status, moves

log = structlog.get_logger()

OPTED_OUT = "21610"
_GONE = [Status.accepted, Status.sent, Status.delivered, Status.undelivered, Status.read]

_LOCK = """
SELECT id, channel, kind, status, sid, address, customer_id, booking_id FROM messages
WHERE client_id = $1 AND id = $2 AND direction = 'out' FOR UPDATE
"""
_MOVE = """
UPDATE messages
SET status = $3::varchar, sid = COALESCE(sid, $4), error_code = $5, segments = COALESCE(NULLIF($6, 0), segments),
    updated_at = $7,
    sent_at = CASE WHEN $3::varchar = ANY ($8::varchar[]) THEN COALESCE(sent_at, $7) ELSE sent_at END
WHERE client_id = $1 AND id = $2
"""


async def hear(
    session: AsyncSession,
    client_id: UUID,
    message_id: UUID,
    status: Status,
    *,
    sid: str | None = None,
    code: str | None = None,
    segments: int = 0,
    now: datetime,
) -> bool:
    """Take news of a message; return whether it moved by them. `code` says why it was not sent or delivered.

    Old news change nothing, and news of another sid than the message's own are not about it. Who has opted out at
    Twilio (21610) is not asked again; where a customer was not told of a booking, a person is.
    """
    message = await fetch_first(session, _LOCK, client_id, message_id)
    if message is None:
        return False
    if sid is not None and message["sid"] not in {None, sid}:
        log.warning("message_sent_twice", message_id=str(message_id))
        return False
    if code == OPTED_OUT:
        status = Status.suppressed
    if not moves(Status(message["status"]), status):
        if sid is not None and message["sid"] is None:
            await fetch(session, _MOVE, client_id, message_id, message["status"], sid, None, segments, now, [])
        return False
    await fetch(session, _MOVE, client_id, message_id, status.value, sid, code, segments, now, _GONE)
    log.info("message_moved", message_id=str(message_id), channel=message["channel"], to=status.value, code=code)
    count(session, "messages", message["channel"], code or status.value)
    await _follow(session, client_id, dict(message), status, code, now=now)
    return True


async def _follow(
    session: AsyncSession, client_id: UUID, message: dict[str, Any], status: Status, code: str | None, *, now: datetime
) -> None:
    if status is Status.suppressed and message["address"] is not None:
        await opt_out(session, client_id, message["channel"], message["address"], source="provider", now=now)
    if status in {Status.undelivered, Status.failed} and message["kind"] in IMPORTANT:
        await bring_up(
            session,
            client_id,
            Matter.confirmation_undelivered,
            str(message["booking_id"] or message["id"]),
            customer_id=message["customer_id"],
            booking_id=message["booking_id"],
            message_id=message["id"],
            phone=message["address"] if message["channel"] == "sms" else None,
            code=code,
            now=now,
        )
