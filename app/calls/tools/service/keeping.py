"""What was answered in a call: read before a tool is used, kept in the transaction of what it did."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.tools.rules.wishes import Answer, Booked, Earlier
from app.calls.tools.service.talk import Talk
from app.core.direct import fetch, fetch_first
from app.core.ids import new_id

MOST_EARLIER = 100
LONGEST_ID = 100

_LOCK = "SELECT pg_advisory_xact_lock($1)"

_EARLIER = """
SELECT a.id, a.tool_call_id, a.tool, a.answer, a.code, a.succeeded, a.wish, a.booking_id, a.starts_at,
       a.resource_id, a.named, b.status, b.starts_at AS begins, b.expires_at, b.service_id, b.customer_id
FROM tool_answers a LEFT JOIN bookings b ON b.client_id = a.client_id AND b.id = a.booking_id
WHERE a.client_id = $1 AND a.call_id = $2 ORDER BY a.id DESC LIMIT $3
"""

_KEEP = """
INSERT INTO tool_answers (client_id, call_id, id, tool_call_id, tool, wish, succeeded, answer, code, booking_id,
                          starts_at, resource_id, named, run_ms, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT DO NOTHING RETURNING id
"""

_LET_GO = "UPDATE tool_answers SET wish = NULL WHERE client_id = $1 AND call_id = $2 AND id = ANY ($3)"


async def take_turn(session: AsyncSession, call_id: UUID) -> None:
    """Wait until no other tool changes anything in this call; held until the transaction ends.

    Taken before the locks of resources, by everybody, and by nobody else; so nobody waits in a circle.
    """
    await fetch(session, _LOCK, int.from_bytes(call_id.bytes[8:], signed=True))


async def read_earlier(session: AsyncSession, client_id: UUID, call_id: UUID) -> tuple[Earlier, ...]:
    """Return what was answered in a call so far, the newest first, with the bookings as they are now."""
    rows = await fetch(session, _EARLIER, client_id, call_id, MOST_EARLIER)
    return tuple(_earlier(row) for row in rows)


async def keep(talk: Talk, answer: Answer, *, tool_call_id: str, tool: str, run_ms: int) -> bool:
    """Keep an answer; return False where another one to the same call of the tool, or the same wish, is there."""
    which = (talk.client.id, talk.call_id)
    if talk.let_go:
        await fetch(talk.session, _LET_GO, *which, talk.let_go)
    what = (answer.wish, answer.succeeded, answer.said, answer.code, answer.booking_id, answer.starts_at)
    whom = (answer.resource_id, answer.named)
    kept = await fetch_first(talk.session, _KEEP, *which, new_id(), tool_call_id, tool, *what, *whom, run_ms, talk.now)
    return kept is not None


def _earlier(row: Any) -> Earlier:
    booked = None
    if row["status"] is not None:
        booked = Booked(row["status"], row["begins"], row["expires_at"], row["service_id"], row["customer_id"])
    answer = Answer(
        said=row["answer"] or "",
        code=row["code"],
        succeeded=row["succeeded"],
        wish=row["wish"],
        booking_id=row["booking_id"],
        starts_at=row["starts_at"],
        resource_id=row["resource_id"],
        named=row["named"],
    )
    return Earlier(row["id"], row["tool_call_id"], row["tool"], answer, booked)
