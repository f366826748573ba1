"""Making a call ready: is it still wanted and allowed, is it the time for it, and what is said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.asking.service import hours_of
from app.calls.outbound.events import CallDue
from app.calls.outbound.rules import (
    CLOCKS_DIFFER,
    FIRST_WAIT,
    NEXT_WAIT,
    Purpose,
    day_of,
    first_message,
    next_time,
)
from app.calls.outbound.service.ending import close, queue_for
from app.clients.contact.schemas import Terms
from app.clients.contact.service import terms_of
from app.clients.schemas import ClientContext
from app.clients.service import context_of
from app.core.direct import fetch_first
from app.customers.consents.service import opted_out
from app.jobs.errors import TryLater
from app.phrases.rules.spoken import spoken_time

_OPEN = """
SELECT o.id, o.purpose, o.status, o.phone, o.customer_id, o.booking_id, o.due_at, o.tried_at, o.attempts, o.error_code,
       o.created_at, c.name AS customer, b.status AS booking_status, b.starts_at, s.name AS service,
       (SELECT vapi_id FROM assistants a WHERE a.client_id = o.client_id) AS assistant_id,
       (SELECT l.vapi_phone_number_id FROM lines l
        WHERE l.client_id = o.client_id AND l.vapi_phone_number_id IS NOT NULL
        ORDER BY l.created_at, l.number LIMIT 1) AS line_id
FROM calls o
LEFT JOIN customers c ON c.client_id = o.client_id AND c.id = o.customer_id
LEFT JOIN bookings b ON b.client_id = o.client_id AND b.id = o.booking_id
LEFT JOIN services s ON s.client_id = b.client_id AND s.id = b.service_id
WHERE o.client_id = $1 AND o.id = $2 AND o.direction = 'out' AND o.vapi_id IS NULL
FOR UPDATE OF o
"""
_CALLED = """
SELECT count(*) FROM calls
WHERE client_id = $1 AND phone = $2 AND created_at > $3::timestamptz - interval '30 days' AND direction = 'out'
  AND tried_at >= $3 AND tried_at < $4 AND id <> $5
"""
IN_HAND = frozenset({"queued", "dispatching", "unknown"})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A call that is ready to be placed, and what is known around it."""

    client: ClientContext
    id: UUID
    facts: Mapping[str, Any] = field(repr=False)
    assistant_id: str
    line_id: str
    phone: str = field(repr=False)
    first_message: str = field(repr=False)

    @property
    def tried_at(self) -> datetime | None:
        """When it was last begun to be placed, after which it may have been; None: it never was."""
        found: datetime | None = self.facts["tried_at"]
        return found

    @property
    def wait(self) -> timedelta:
        """How long to wait for a provider that cannot be reached: little the first time."""
        return FIRST_WAIT if self.facts["error_code"] is None else NEXT_WAIT


async def prepare(session: AsyncSession, due: CallDue, *, missing: str | None, now: datetime) -> Outgoing | None:
    """Return a call that is to be placed now; None if it is not, or not now: then it is written down, and why.

    `missing` is the code of what this process lacks for placing it.

    Raises:
        TryLater: it is not due yet.
    """
    row = await fetch_first(session, _OPEN, due.client_id, due.call_id)
    if row is None or row["status"] not in IN_HAND:
        return None
    if row["due_at"] > now + CLOCKS_DIFFER:
        raise TryLater(after=row["due_at"] - now)
    client = await context_of(session, due.client_id)
    if row["tried_at"] is None:
        terms = await terms_of(session, client.id)
        why = await _unwanted(session, client, terms, row, now=now) or _impossible(row, missing)
        if why is not None:
            await close(session, client.id, row["id"], *why, now=now)
            return None
        if not await _is_time(session, client, terms, row, now=now):
            return None
    elif row["phone"] is None or _impossible(row, missing) is not None:
        await close(session, client.id, row["id"], "failed", "outcome_unknown", now=now)
        return None
    said = first_message(Purpose(row["purpose"]), client.name, _about(row, client, now))
    return Outgoing(client, row["id"], row, row["assistant_id"], row["line_id"], row["phone"], said)


async def _unwanted(
    session: AsyncSession, client: ClientContext, terms: Terms, row: Mapping[str, Any], *, now: datetime
) -> tuple[str, str] | None:
    if client.status != "active":
        return "withdrawn", "client_inactive"
    if row["phone"] is None:
        return "withdrawn", "customer_erased"
    if await opted_out(session, client.id, "voice", row["phone"]):
        return "withdrawn", "do_not_call"
    if terms.calls_per_day == 0:
        return "not_placed", "calls_off"
    if row["purpose"] == Purpose.reminder and (row["booking_status"] != "confirmed" or row["starts_at"] <= now):
        return "withdrawn", "booking_changed"
    return None


def _impossible(row: Mapping[str, Any], missing: str | None) -> tuple[str, str] | None:
    if missing is not None:
        return "not_placed", missing
    if row["assistant_id"] is None:
        return "not_placed", "assistant_missing"
    return None if row["line_id"] is not None else ("not_placed", "line_missing")


async def _is_time(
    session: AsyncSession, client: ClientContext, terms: Terms, row: Mapping[str, Any], *, now: datetime
) -> bool:
    """Return whether a call suits now; if not, it waits until it does, or is not made where it never would."""
    begins, ends = day_of(now, client.timezone)
    called = await fetch_first(session, _CALLED, client.id, row["phone"], begins, ends, row["id"])
    enough = called is not None and called[0] >= terms.calls_per_day
    opening = await hours_of(session, client, now=now)
    at = next_time(ends if enough else now, opening, (terms.quiet_from, terms.quiet_until), client.timezone)
    if at == now:
        return True
    if at is None:
        await close(session, client.id, row["id"], "not_placed", "never_open", now=now)
    elif row["purpose"] == Purpose.reminder and at >= row["starts_at"]:
        await close(session, client.id, row["id"], "not_placed", "too_late", now=now)
    else:
        await queue_for(session, client.id, row["id"], at, "enough_today" if enough else "outside_hours", now=now)
    return False


def _about(row: Mapping[str, Any], client: ClientContext, now: datetime) -> str | None:
    if row["starts_at"] is None or row["service"] is None:
        return None
    return f"your {row['service']} on {spoken_time(row['starts_at'], client.timezone, now=now)}"
