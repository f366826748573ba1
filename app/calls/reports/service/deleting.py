"""What Vapi keeps of calls whose words are forgotten here: which is to be deleted there, and what was."""

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.reports.events import CallForgotten
from app.calls.reports.service.missing import MOST_LOOKS
from app.core.direct import fetch, fetch_first
from app.jobs.outbox import emit_all

log = structlog.get_logger()

MOST_ASKED = 500
"""Calls in one run; the next run goes on."""

# Whoever was erased in the middle of a call has its end, and its cost, come in first.
_TO_DELETE = """
words_deleted_at IS NOT NULL AND deletion_asked_at IS NULL AND vapi_id IS NOT NULL
  AND status IN ('ended', 'failed') AND (reported_at IS NOT NULL OR looks >= $1)
"""
_ASK = f"""
UPDATE calls AS k SET deletion_asked_at = $2
FROM (SELECT client_id, id FROM calls WHERE {_TO_DELETE} ORDER BY words_deleted_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS o
WHERE k.client_id = o.client_id AND k.id = o.id
RETURNING k.client_id, k.id
"""  # noqa: S608 - made of constants
_LEFT = f"SELECT count(*) FROM calls WHERE {_TO_DELETE}"  # noqa: S608 - made of constants
_ID = """
SELECT vapi_id FROM calls
WHERE client_id = $1 AND id = $2 AND vapi_id IS NOT NULL
  AND words_deleted_at IS NOT NULL AND provider_deleted_at IS NULL
"""
_AGAIN = "UPDATE calls SET deletion_asked_at = NULL WHERE client_id = $1 AND id = $2 AND provider_deleted_at IS NULL"
_DELETED = "UPDATE calls SET provider_deleted_at = $3, updated_at = $3 WHERE client_id = $1 AND id = $2"


async def ask_to_delete(session: AsyncSession, *, now: datetime) -> int:
    """Leave a job for each call that is to be deleted at Vapi, of all clients, and return how many."""
    rows = await fetch(session, _ASK, MOST_LOOKS, now, MOST_ASKED)
    await emit_all(session, [CallForgotten(row["client_id"], row["id"]) for row in rows], now=now)
    return len(rows)


async def tell_left(session: AsyncSession) -> None:
    """Say in the log how many calls stay at Vapi for want of an account; they are deleted once there is one."""
    row = await fetch_first(session, _LEFT, MOST_LOOKS)
    if row is not None and row[0]:
        log.warning("calls_left_at_vapi", calls=row[0], code="vapi_not_configured")


async def vapi_id_of(session: AsyncSession, client_id: UUID, call_id: UUID) -> str | None:
    """Return what a call to be deleted is called at Vapi, None where there is nothing to delete any more."""
    row = await fetch_first(session, _ID, client_id, call_id)
    return None if row is None else row["vapi_id"]


async def leave_for_later(session: AsyncSession, client_id: UUID, call_id: UUID) -> None:
    """Have a call asked about again, once there is an account to ask with."""
    await fetch(session, _AGAIN, client_id, call_id)


async def deleted(session: AsyncSession, client_id: UUID, call_id: UUID, *, now: datetime) -> None:
    """Take note that Vapi has nothing more of a call."""
    await fetch(session, _DELETED, client_id, call_id, now)
