"""Talks and texts as the database keeps them."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.schemas import ClientContext
from app.core.direct import fetch, fetch_first
from app.core.ids import new_id
from app.jobs.outbox import emit
from app.messages.dialogue.rules import State
from app.messages.events import TextDue

REMEMBERED = timedelta(days=1)
"""After so long without a text a talk begins anew."""

_STATES: TypeAdapter[State] = TypeAdapter(State)

_READ = "SELECT state::text FROM dialogues WHERE client_id = $1 AND phone = $2 AND updated_at > $3"
_KEEP = """
INSERT INTO dialogues (client_id, phone, state, updated_at) VALUES ($1, $2, $3::text::jsonb, $4)
ON CONFLICT (client_id, phone) DO UPDATE SET state = EXCLUDED.state, updated_at = EXCLUDED.updated_at
"""
_END = "DELETE FROM dialogues WHERE client_id = $1 AND phone = $2"
_FORGET = "DELETE FROM dialogues WHERE updated_at < $1"
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('dialogue:' || $1::text || ':' || $2::text, 0))"
_REPLY = """
INSERT INTO messages (client_id, id, direction, channel, kind, status, customer_id, address, line, body, once,
                      due_at, woken_at, created_at, updated_at)
VALUES ($1, $2, 'out', 'sms', 'reply', 'queued', $3, $4, $5, $6, $7, $8, $8, $8, $8)
ON CONFLICT (client_id, once) WHERE once IS NOT NULL DO NOTHING
RETURNING id
"""


class Talk(NamedTuple):
    """A customer's number, and the client that they write to."""

    session: AsyncSession
    client: ClientContext
    phone: str
    now: datetime


async def lock_talk(session: AsyncSession, client_id: UUID, phone: str) -> None:
    """Have texts of one number answered one after the other; before anything of theirs is locked."""
    await fetch(session, _LOCK, str(client_id), phone)


async def state_of(session: AsyncSession, client_id: UUID, phone: str, *, now: datetime) -> State:
    """Return where the talk with a number stands; a new one where there is none, or it is of another version of us."""
    row = await fetch_first(session, _READ, client_id, phone, now - REMEMBERED)
    if row is None:
        return State()
    try:
        return _STATES.validate_json(row["state"])
    except ValidationError:
        return State()


async def keep_state(session: AsyncSession, client_id: UUID, phone: str, state: State, *, now: datetime) -> None:
    """Remember where the talk with a number stands."""
    await fetch(session, _KEEP, client_id, phone, _STATES.dump_json(state).decode(), now)


async def end_talk(session: AsyncSession, client_id: UUID, phone: str) -> None:
    """Begin anew with the next text."""
    await fetch(session, _END, client_id, phone)


async def forget_talks(session: AsyncSession, *, now: datetime) -> None:
    """Forget talks of all clients that have ended."""
    await fetch(session, _FORGET, now - REMEMBERED)


async def reply(
    session: AsyncSession,
    client_id: UUID,
    body: str,
    *,
    to: str,
    line: str,
    customer_id: UUID | None,
    answers: UUID,
    now: datetime,
) -> None:
    """Write down what is answered to a text (`answers`), to be sent at once; a text is answered once."""
    wanted = (client_id, new_id(), customer_id, to, line, body, f"reply:{answers}", now)
    row = await fetch_first(session, _REPLY, *wanted)
    if row is not None:
        await emit(session, TextDue(client_id, row["id"], now), now=now)
