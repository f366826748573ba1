"""Reports that did not come: which, how often they were asked for, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.events import ReportGivenUp
from app.calls.reports.events import ReportMissing
from app.calls.service import Routed, note
from app.clients.service import context_of
from app.core.direct import fetch, fetch_first
from app.integrations.vapi.objects import LONGEST_CALL_SECONDS
from app.integrations.vapi.payloads import Call, Message
from app.jobs.errors import failure_code
from app.jobs.outbox import emit, emit_all

log = structlog.get_logger()

LATE = timedelta(minutes=10)
"""So long after a call its report may take: it is put together after the end."""
MOST_LOOKS = 5
MOST_ASKED = 100
"""Calls in one run; the next run goes on."""

# Looks are 10, 20, 40 and 80 minutes apart. A call whose end was not told either is over by now.
_ASK = """
UPDATE calls AS k SET looks = looks + 1, looked_at = $1
FROM (
    SELECT client_id, id FROM calls
    WHERE reported_at IS NULL AND vapi_id IS NOT NULL AND looks < $2
      AND COALESCE(ended_at, COALESCE(started_at, tried_at, created_at) + $4::interval) < $1::timestamptz - $3::interval
      AND (looked_at IS NULL OR looked_at < $1::timestamptz - $3::interval * power(2, looks - 1))
    ORDER BY ended_at NULLS LAST LIMIT $5 FOR UPDATE SKIP LOCKED
) AS late
WHERE k.client_id = late.client_id AND k.id = late.id
RETURNING k.client_id, k.id
"""
_LOOK = """
SELECT id, vapi_id, phone, looks FROM calls
WHERE client_id = $1 AND id = $2 AND reported_at IS NULL AND vapi_id IS NOT NULL
"""
_GIVE_UP = """
UPDATE calls SET error_code = $3, looks = $5, updated_at = $4,
    status = CASE WHEN status = 'failed' THEN status ELSE 'ended' END
WHERE client_id = $1 AND id = $2 AND reported_at IS NULL RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Missing:
    """A call without a report: whose, what it is called at Vapi, and whether it is looked for once more."""

    routed: Routed
    vapi_id: str
    is_last: bool = field(default=False)


async def ask_for_missing(session: AsyncSession, *, now: datetime) -> int:
    """Leave a job for each call whose report is late, of all clients, and return how many."""
    longest = timedelta(seconds=LONGEST_CALL_SECONDS)
    rows = await fetch(session, _ASK, now, MOST_LOOKS, LATE, longest, MOST_ASKED)
    await emit_all(session, [ReportMissing(row["client_id"], row["id"]) for row in rows], now=now)
    return len(rows)


async def look(session: AsyncSession, client_id: UUID, call_id: UUID) -> Missing | None:
    """Return a call that has no report yet, None where it came meanwhile."""
    row: Mapping[str, Any] | None = await fetch_first(session, _LOOK, client_id, call_id)
    if row is None:
        return None
    client = await context_of(session, client_id)
    return Missing(Routed(client, row["id"], row["phone"]), row["vapi_id"], row["looks"] >= MOST_LOOKS)


async def keep(session: AsyncSession, missing: Missing, call: Call, *, now: datetime) -> None:
    """Keep the report of a call that has ended, as if it had come by itself; give it up if there will be none."""
    if call.report is None:
        if missing.is_last:
            await give_up(session, missing, "report_missing", now=now)
        return
    message = Message(
        type="end-of-call-report",
        content={},
        at=call.report.ended_at,
        call_id=missing.vapi_id,
        call_type=call.type,
        ended_reason=call.ended_reason,
        report=call.report,
    )
    await note(session, missing.routed, message, now=now)


async def give_up(session: AsyncSession, missing: Missing, code: str, *, now: datetime) -> None:
    """Take note that a call has no report and will have none."""
    call_id = missing.routed.call_id
    assert call_id is not None
    ids = missing.routed.client.id, call_id
    if await fetch(session, _GIVE_UP, *ids, code, now, MOST_LOOKS):
        await emit(session, ReportGivenUp(missing.routed.client.id, call_id), now=now)
        log.warning("report_given_up", client_id=str(ids[0]), call_id=str(ids[1]), code=code)


async def put_off(session: AsyncSession, missing: Missing, failure: Exception, *, now: datetime) -> None:
    """Let a report be asked for again by the next run, unless this was the last look."""
    if missing.is_last:
        await give_up(session, missing, failure_code(failure), now=now)
