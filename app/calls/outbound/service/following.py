"""What the end of a call calls for: another try of one that we made, or a person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.attention.rules import Kind
from app.attention.service import bring_up
from app.calls.outbound.events import CallDue
from app.calls.outbound.rules import AGAIN_AFTER, NOT_MADE, day_of, follows
from app.clients.contact.service import terms_of
from app.clients.service import context_of
from app.core.direct import fetch, fetch_first
from app.core.ids import new_id
from app.jobs.outbox import emit

# The mark is what makes it once, whoever hears of the end how often. Of those that come in it is done for a caller whom
# nobody answered: the assistant was deleted, say, or Vapi had no room.
_MARK = """
UPDATE calls AS k SET followed_at = $3
WHERE client_id = $1 AND id = $2 AND followed_at IS NULL AND status IN ('ended', 'failed')
  AND CASE direction
      WHEN 'out' THEN purpose IS NOT NULL
      ELSE ended_kind = ANY ($4::varchar[])
           AND NOT EXISTS (SELECT FROM tool_answers t WHERE t.client_id = k.client_id AND t.call_id = k.id)
      END
RETURNING id, direction, ended_kind, ended_reason, error_code, phone, customer_id, booking_id, tries_before
"""
_CALLED = """
SELECT count(*) FROM calls
WHERE client_id = $1 AND phone = $2 AND created_at > $3::timestamptz - interval '30 days' AND direction = 'out'
  AND tried_at >= $3 AND tried_at < $4
"""
_AGAIN = """
INSERT INTO calls (client_id, id, direction, purpose, status, phone, customer_id, booking_id, attention_id, due_at,
                   follows_id, tries_before, created_at, updated_at)
SELECT client_id, $3, direction, purpose, 'queued', phone, customer_id, booking_id, attention_id, $4, id,
       tries_before + 1, $5, $5
FROM calls WHERE client_id = $1 AND id = $2
"""


async def follow(session: AsyncSession, client_id: UUID, call_id: UUID, *, now: datetime) -> None:
    """Have somebody called again who did not answer, as often as the client wants; then a person has to know.

    Who called and reached nobody is not called by the assistant: a person has to know at once.
    """
    row = await fetch_first(session, _MARK, client_id, call_id, now, sorted(NOT_MADE))
    what = "nothing" if row is None else follows(row["ended_kind"], row["ended_reason"])
    if row is None or what == "nothing":
        return
    if what == "again" and row["direction"] == "out" and await _may_again(session, client_id, row, now=now):
        again, at = new_id(), now + AGAIN_AFTER
        await fetch(session, _AGAIN, client_id, call_id, again, at, now)
        await emit(session, CallDue(client_id, again, at), now=now)
        return
    await bring_up(
        *(session, client_id, Kind.call_failed, f"call:{call_id}"),
        call_id=call_id,
        customer_id=row["customer_id"],
        booking_id=row["booking_id"],
        phone=row["phone"],
        code=row["ended_kind"] or row["error_code"],
        now=now,
    )


async def _may_again(session: AsyncSession, client_id: UUID, row: Mapping[str, Any], *, now: datetime) -> bool:
    """Return whether there is a try left: of this order, and of what a customer is called in a day."""
    terms = await terms_of(session, client_id)
    if row["phone"] is None or row["tries_before"] + 1 >= terms.calls_per_day:
        return False
    client = await context_of(session, client_id)
    called = await fetch_first(session, _CALLED, client_id, row["phone"], *day_of(now, client.timezone))
    return called is None or called[0] < terms.calls_per_day
