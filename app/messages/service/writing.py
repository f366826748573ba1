"""Writing down what customers are to be told of a booking, and taking back what is no longer true."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.contact.schemas import Terms
from app.clients.contact.service import terms_of
from app.clients.service import context_of
from app.core.direct import fetch, fetch_first
from app.core.ids import new_id
from app.jobs.outbox import emit_all
from app.messages.events import EmailDue, TextDue
from app.messages.rules import ABOUT_BOOKINGS, Kind, Quiet, reminders

_FACTS = """
SELECT b.status, b.version, b.starts_at, b.customer_id, c.phone IS NOT NULL AS phone, c.email IS NOT NULL AS email,
       EXISTS (SELECT FROM booking_events e WHERE e.client_id = b.client_id AND e.booking_id = b.id
               AND e.type = 'confirmed') AS was_confirmed
FROM bookings b JOIN customers c ON c.client_id = b.client_id AND c.id = b.customer_id
WHERE b.client_id = $1 AND b.id = $2
"""
_WITHDRAW = """
UPDATE messages SET status = 'withdrawn', error_code = 'booking_changed', updated_at = $4
WHERE client_id = $1 AND booking_id = $2 AND status = 'queued' AND booking_version < $3 AND kind = ANY ($5::varchar[])
"""
_WRITE = """
INSERT INTO messages (client_id, id, direction, channel, kind, status, customer_id, booking_id, booking_version, once,
                      due_at, woken_at, created_at, updated_at)
SELECT $1, draft.id, 'out', draft.channel, draft.kind, 'queued', $2, $3, $4, draft.once,
       draft.due_at, CASE WHEN draft.due_at <= $5 THEN draft.due_at END, $5, $5
FROM unnest($6::uuid[], $7::varchar[], $8::varchar[], $9::varchar[], $10::timestamptz[])
     AS draft (id, channel, kind, once, due_at)
ON CONFLICT (client_id, once) WHERE once IS NOT NULL DO NOTHING
RETURNING id, channel, due_at
"""
_WAKE = """
UPDATE messages AS m SET woken_at = $1
FROM (
    SELECT client_id, id FROM messages
    WHERE status IN ('queued', 'sending', 'unknown') AND due_at <= $1 AND (woken_at IS NULL OR woken_at < due_at)
    ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
) AS due
WHERE m.client_id = due.client_id AND m.id = due.id
RETURNING m.client_id, m.id, m.channel
"""


class _Draft(NamedTuple):
    id: UUID
    channel: str
    kind: str
    once: str
    due_at: datetime


async def tell(session: AsyncSession, client_id: UUID, booking_id: UUID, kind: Kind, *, now: datetime) -> list[UUID]:
    """Write down what the customer is to be told upon a step of a booking, and return what is new.

    What was written of an earlier version and has not left is withdrawn. Who has several of these jobs waiting is told
    once of each version, by whichever comes first: it tells how the booking is now. Reminders come along with it.
    """
    booking = await fetch_first(session, _FACTS, client_id, booking_id)
    if booking is None:
        return []
    if booking["version"] > 1:
        await fetch(session, _WITHDRAW, client_id, booking_id, booking["version"], now, list(ABOUT_BOOKINGS))
    expected = "cancelled" if kind is Kind.cancellation else "confirmed"
    if booking["status"] != expected or not booking["was_confirmed"]:
        return []
    client, terms = await context_of(session, client_id), await terms_of(session, client_id)
    channels = [name for name, can in _channels(terms, booking["phone"], booking["email"]) if can]
    times = [(kind.value, "notice", now)]
    if kind is not Kind.cancellation:
        times += _reminders(terms, booking["starts_at"], client.timezone, now)
    version = booking["version"]
    drafts = [
        _Draft(new_id(), channel, what, f"{channel}:{tag}:{booking_id}:{version}", due)
        for channel in channels
        for what, tag, due in times
    ]
    if not drafts:
        return []
    about = client_id, booking["customer_id"], booking_id, version, now
    rows = await fetch(session, _WRITE, *about, *map(list, zip(*drafts, strict=True)))
    await wake(session, [(client_id, row["id"], row["channel"]) for row in rows if row["due_at"] <= now], now=now)
    return [row["id"] for row in rows]


def _channels(terms: Terms, phone: bool, email: bool) -> Sequence[tuple[str, bool]]:
    return (("sms", terms.texts and phone), ("email", terms.emails and email))


def _reminders(terms: Terms, starts_at: datetime, zone: str, now: datetime) -> list[tuple[str, str, datetime]]:
    quiet = Quiet(terms.quiet_from, terms.quiet_until)
    found = reminders(starts_at, zone, terms.reminder_minutes, quiet, now=now)
    return [(Kind.reminder.value, f"reminder-{length}", due) for length, due in found.items()]


async def wake_due(session: AsyncSession, *, now: datetime, most: int = 1_000) -> int:
    """Leave a job for each message whose time has come, of all clients, and return how many.

    So the queue holds no jobs for months ahead. A message that has a job already gets none.
    """
    rows = await fetch(session, _WAKE, now, most)
    await wake(session, [tuple(row) for row in rows], now=now)
    return len(rows)


async def wake(session: AsyncSession, messages: Iterable[tuple[UUID, UUID, str]], *, now: datetime) -> None:
    """Leave a job for each of these messages (client, id, channel), due at `now`."""
    kinds = {"sms": TextDue, "email": EmailDue}
    await emit_all(session, [kinds[channel](client_id, id_, now) for client_id, id_, channel in messages], now=now)
