"""Comparing what was said in a call with what was booked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.attention.rules import Kind
from app.attention.service import bring_up
from app.calls.reports.rules import Deed, claims, said_by_assistant, unbacked
from app.core.db import count
from app.core.direct import fetch_first

log = structlog.get_logger()

# The mark is what makes it once. What is erased meanwhile is not compared: there are no words any more.
_MARK = """
UPDATE calls SET compared_at = $3
WHERE client_id = $1 AND id = $2 AND compared_at IS NULL AND reported_at IS NOT NULL
RETURNING id, transcript, summary, phone, customer_id, COALESCE(started_at, created_at) AS began,
          COALESCE(ended_at, $3) AS ended
"""
_DONE = """
SELECT COALESCE(array_agg(DISTINCT t.code) FILTER (WHERE t.succeeded), '{}') AS codes,
       EXISTS (SELECT FROM bookings b JOIN customers c ON c.client_id = b.client_id AND c.id = b.customer_id
               WHERE b.client_id = $1 AND (c.id = $3 OR c.phone = $4) AND b.status <> 'held'
                 AND EXISTS (SELECT FROM booking_events e WHERE e.client_id = b.client_id AND e.booking_id = b.id
                             AND e.type IN ('confirmed', 'rescheduled', 'cancelled')
                             AND e.at BETWEEN $5::timestamptz - interval '1 minute'
                                          AND $6::timestamptz + interval '5 minutes')) AS changed
FROM tool_answers t WHERE t.client_id = $1 AND t.call_id = $2
"""


async def compare(session: AsyncSession, client_id: UUID, call_id: UUID, *, now: datetime) -> Deed | None:
    """Put before a person what the caller was told and is not so; return what, once."""
    call = await fetch_first(session, _MARK, client_id, call_id, now)
    claimed = claims(_said(call)) if call is not None else set()
    if call is None or not claimed:
        return None
    times = (call["began"], call["ended"])
    done = await fetch_first(session, _DONE, client_id, call_id, call["customer_id"], call["phone"], *times)
    assert done is not None
    untrue = unbacked(claimed, done["codes"], changed=done["changed"])
    if untrue is not None:
        count(session, "voice_untrue", untrue.value)
        log.warning("told_without_booking", client_id=str(client_id), call_id=str(call_id), code=untrue.value)
        await bring_up(
            *(session, client_id, Kind.told_without_booking, f"call:{call_id}"),
            call_id=call_id,
            customer_id=call["customer_id"],
            phone=call["phone"],
            code=f"told_{untrue.value}",
            now=now,
        )
    return untrue


def _said(call: Mapping[str, Any]) -> list[str]:
    """Return what the assistant said; where no transcript came, what the summary says of it."""
    if call["transcript"]:
        return list(said_by_assistant(call["transcript"]))
    return [call["summary"] or ""]
