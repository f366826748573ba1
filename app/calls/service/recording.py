"""What is kept of a call: one row, whatever comes first, again, or at the same moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.events import CallReported
from app.calls.rules import ORDER, direction_of, our_call, status_of
from app.calls.service.routing import Routed, known_id
from app.core.direct import fetch, fetch_first
from app.core.ids import new_id
from app.integrations.vapi.payloads import Message, Report, ended_kind
from app.jobs.outbox import emit

LONGEST_REASON = 120

# One statement, so that two messages of one call cannot pass each other. The customer is locked before the call, as an
# erasure does, or each could wait for the other. After an erasure, or once its words were
# deleted, a late report brings none of them back.
_KEEP = """
INSERT INTO calls AS known (
    client_id, id, vapi_id, direction, status, phone, customer_id, started_at, ended_at, ended_reason, ended_kind,
    cost_usd, transcript, summary, recording_url, reported_at, created_at, updated_at)
VALUES ($1::uuid, $2, $3, $4, $5, $6::varchar,
        (SELECT id FROM customers WHERE client_id = $1 AND phone = $6 FOR KEY SHARE),
        $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::timestamptz, $16)
ON CONFLICT (vapi_id) DO UPDATE SET
    status = CASE
        WHEN array_position($17::text[], excluded.status::text) > array_position($17::text[], known.status::text)
        THEN excluded.status ELSE known.status END,
    phone = CASE WHEN known.words_deleted_at IS NULL THEN coalesce(known.phone, excluded.phone) ELSE known.phone END,
    customer_id = coalesce(known.customer_id, excluded.customer_id),
    started_at = coalesce(CASE WHEN excluded.reported_at IS NOT NULL THEN excluded.started_at END,
                          known.started_at, excluded.started_at),
    ended_at = coalesce(CASE WHEN excluded.reported_at IS NOT NULL THEN excluded.ended_at END,
                        known.ended_at, excluded.ended_at),
    ended_reason = coalesce(known.ended_reason, excluded.ended_reason),
    ended_kind = coalesce(known.ended_kind, excluded.ended_kind),
    cost_usd = coalesce(excluded.cost_usd, known.cost_usd),
    transcript = CASE WHEN known.words_deleted_at IS NULL THEN coalesce(excluded.transcript, known.transcript) END,
    summary = CASE WHEN known.words_deleted_at IS NULL THEN coalesce(excluded.summary, known.summary) END,
    recording_url = CASE WHEN known.words_deleted_at IS NULL
                         THEN coalesce(excluded.recording_url, known.recording_url) END,
    reported_at = coalesce(known.reported_at, excluded.reported_at),
    updated_at = excluded.updated_at
WHERE known.client_id = excluded.client_id
RETURNING id
"""

_CUSTOMER = "SELECT id FROM customers WHERE client_id = $1 AND phone = $2 FOR KEY SHARE"
_ATTACH = """
UPDATE calls SET vapi_id = $3 WHERE client_id = $1 AND id = $2 AND vapi_id IS NULL AND direction = 'out'
AND NOT EXISTS (SELECT FROM calls other WHERE other.client_id = $1 AND other.vapi_id = $3)
"""


@dataclass(frozen=True, slots=True)
class _News:
    """What a message tells of its call; the order is that of the columns."""

    status: str = "in_progress"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    report: Report | None = None


async def with_call(session: AsyncSession, routed: Routed, message: Message, *, now: datetime) -> Routed:
    """Return whose a message is with our id of its call, which is put down if it is not known.

    A call in which tools are used is in progress; one that asks for its assistant still rings.
    """
    if routed.call_id is not None:
        return routed
    status = "ringing" if message.type == "assistant-request" else "in_progress"
    return replace(routed, call_id=await _keep(session, routed, message, _News(status), now=now))


async def note(session: AsyncSession, routed: Routed, message: Message, *, now: datetime) -> UUID | None:
    """Keep what a `status-update` or an `end-of-call-report` tells, and return our id of the call.

    None where it tells nothing: no call is named, or the status is none of a call's course.
    """
    news = _reported(message) if message.report is not None else _updated(message, now)
    if news is None:
        return None
    call_id = await _keep(session, routed, message, news, now=now)
    if call_id is not None and news.report is not None:
        await emit(session, CallReported(routed.client.id, call_id), now=now)
    return call_id


def _updated(message: Message, now: datetime) -> _News | None:
    status = status_of(message.status)
    if status is None:
        return None
    at = message.at or now
    begun = at if status == "in_progress" else None
    return _News(status, begun, at if status == "ended" else None, message.ended_reason)


def _reported(message: Message) -> _News:
    report = message.report
    assert report is not None
    return _News("ended", report.started_at, report.ended_at or message.at, report.ended_reason, report)


async def _keep(session: AsyncSession, routed: Routed, message: Message, news: _News, *, now: datetime) -> UUID | None:
    vapi_id = known_id(message)
    if vapi_id is None:
        return None
    direction = direction_of(message.call_type)
    await _attach(session, routed, message.metadata, direction, vapi_id)
    who = (routed.client.id, new_id(), vapi_id, direction, news.status, routed.phone)
    row = await fetch_first(session, _KEEP, *who, *_columns(news, now), list(ORDER))
    return None if row is None else row[0]


def _columns(news: _News, now: datetime) -> tuple[Any, ...]:
    """Return the values from `$7` to `$16`."""
    reason, report = news.reason, news.report
    words: tuple[Any, ...] = (None, None, None, None, None)
    if report is not None:
        words = (report.cost_usd, report.transcript, report.summary, report.recording_url, now)
    kind = None if reason is None else ended_kind(reason)
    return (news.started_at, news.ended_at, reason and reason[:LONGEST_REASON], kind, *words, now)


async def _attach(
    session: AsyncSession, routed: Routed, metadata: Mapping[str, object], direction: str, vapi_id: str
) -> None:
    """Give an outbound call of ours its id at Vapi, if Vapi speaks of it before it has answered our order.

    The customer is locked first here, too, for this locks the call before it is kept.
    """
    ours = our_call(metadata) if direction == "out" and routed.call_id is None else None
    if ours is not None:
        await fetch(session, _CUSTOMER, routed.client.id, routed.phone)
        await fetch(session, _ATTACH, routed.client.id, ours, vapi_id)
