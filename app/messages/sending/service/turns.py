"""Whose turn it is at a line: what is sent faster than a carrier takes it waits here, and not where it is lost."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import fetch, fetch_first
from app.jobs.outbox import emit
from app.messages.events import MessageDue
from app.messages.sending.rules import CLOCKS_DIFFER, pace_of

# Turns are given out in the order of asking; by how much a line may be ahead of its pace is taken off by who asks.
_NEXT = """
INSERT INTO line_paces AS pace (client_id, line, next_at) VALUES ($1, $2, $3::timestamptz + $4::interval)
ON CONFLICT (client_id, line) DO UPDATE SET next_at = GREATEST(pace.next_at, $3::timestamptz) + $4::interval
RETURNING next_at
"""
_WAIT = """
UPDATE messages SET turn_at = $3, due_at = $3, woken_at = $3, updated_at = $4 WHERE client_id = $1 AND id = $2
"""


async def is_its_turn(
    session: AsyncSession, due: MessageDue, sender: str, turn_at: datetime | None, *, now: datetime
) -> bool:
    """Return whether a message may go now; if not, it has its turn, and a job for that time.

    `turn_at` is the turn that it got before. The order is that of asking.
    """
    if turn_at is not None and turn_at <= now + CLOCKS_DIFFER:
        return True
    step, burst = pace_of(sender)
    row = await fetch_first(session, _NEXT, due.client_id, sender, now, step)
    assert row is not None
    turn: datetime = row["next_at"] - burst
    if turn <= now:
        return True
    await fetch(session, _WAIT, due.client_id, due.message_id, turn, now)
    await emit(session, replace(due, at=turn), now=now)
    return False
