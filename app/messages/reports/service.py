"""Whose message a report is about, and taking it."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.attention.service import keep_unrouted
from app.core.direct import fetch_first
from app.messages.rules import from_twilio
from app.messages.service import hear

_BY_ID = "SELECT client_id, id FROM messages WHERE client_id = $1 AND id = $2 AND (sid IS NULL OR sid = $3)"
_BY_SID = "SELECT client_id, id FROM messages WHERE sid = $1"


class Report(NamedTuple):
    """What Twilio says of a message: its sid, the status in Twilio's words, and an error code, if any."""

    sid: str
    status: str
    error_code: int | None


async def take(session: AsyncSession, report: Report, about: tuple[UUID, UUID] | None, *, now: datetime) -> bool:
    """Take a report of a message; return whether the message moved by it.

    `about` is the client and the message that its address named, if it did: a report may come before we know the sid.
    What is about no message of ours is kept as unrouted.
    """
    found = await fetch_first(session, _BY_ID, *about, report.sid) if about else None
    found = found or await fetch_first(session, _BY_SID, report.sid)
    if found is None:
        content = {"status": report.status, "errorCode": report.error_code}
        key = f"{report.sid}:{report.status}"
        await keep_unrouted(session, "twilio", key, kind="status", line=None, content=content, now=now)
        return False
    status = from_twilio(report.status)
    if status is None:
        return False
    code = None if report.error_code is None else str(report.error_code)
    return await hear(session, found["client_id"], found["id"], status, sid=report.sid, code=code, now=now)
