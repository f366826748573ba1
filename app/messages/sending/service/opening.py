"""Making a message ready: is it still true, wanted and possible; whose turn is it; what does it say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.contact.schemas import Terms
from app.clients.contact.service import lines_of, terms_of
from app.clients.schemas import ClientContext
from app.clients.service import context_of
from app.core.direct import fetch, fetch_first
from app.customers.consents.service import opted_out
from app.integrations.twilio.segments import segments
from app.jobs.errors import TryLater
from app.messages.events import MessageDue
from app.messages.rules import ABOUT_BOOKINGS, IN_HAND, Kind, Quiet, Status, stands
from app.messages.sending.rules import CLOCKS_DIFFER, FIRST_WAIT, MOST_BEGINNINGS, MOST_SENDINGS, NEXT_WAIT, textable
from app.messages.sending.service.ending import close
from app.messages.sending.service.turns import is_its_turn
from app.messages.sending.service.wording import worded

_OPEN = """
SELECT m.id, m.channel, m.kind, m.status, m.customer_id, m.booking_id, m.booking_version, m.address, m.line, m.subject,
       m.body, m.due_at, m.turn_at, m.tried_at, m.attempts, m.error_code, m.created_at,
       b.status AS booking_status, b.version, b.starts_at, b.ends_at, c.phone, c.email, c.name, s.name AS service,
       (SELECT string_agg(r.name, ' and ' ORDER BY r.name)
        FROM claims k JOIN resources r ON r.client_id = k.client_id AND r.id = k.resource_id AND r.kind = 'staff'
        WHERE k.client_id = b.client_id AND (k.booking_id = b.id OR k.session_id = b.session_id)) AS staff
FROM messages m
LEFT JOIN customers c ON c.client_id = m.client_id AND c.id = m.customer_id
LEFT JOIN bookings b ON b.client_id = m.client_id AND b.id = m.booking_id
LEFT JOIN services s ON s.client_id = b.client_id AND s.id = b.service_id
WHERE m.client_id = $1 AND m.id = $2 AND m.direction = 'out'
FOR UPDATE OF m
"""
_WRITE = """
UPDATE messages SET address = $3, line = $4, subject = $5, body = $6, segments = $7, updated_at = $8
WHERE client_id = $1 AND id = $2
"""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that is ready to be sent, and what is known around it.

    `line` is the client's number or address; `sender` that, or the messaging service in whose name it goes.
    `hopeless` is what becomes of it, should it turn out not to have been sent, and why; None: it is sent again.
    """

    client: ClientContext
    terms: Terms
    id: UUID
    facts: Mapping[str, Any] = field(repr=False)
    address: str = field(repr=False)
    line: str
    sender: str
    body: str = field(repr=False)
    subject: str | None = field(repr=False)
    hopeless: tuple[Status, str] | None

    @property
    def tried_at(self) -> datetime | None:
        """When it was last begun to be sent, after which it may have been; None: it never was."""
        found: datetime | None = self.facts["tried_at"]
        return found

    @property
    def wait(self) -> timedelta:
        """How long to wait for a provider that cannot be reached: little the first time."""
        return FIRST_WAIT if self.facts["error_code"] is None else NEXT_WAIT

    def useful_for(self, now: datetime) -> int | None:
        """Return for how many seconds it is worth being delivered: until the appointment starts; None: for ever."""
        starts_at: datetime | None = self.facts["starts_at"]
        if starts_at is None or self.facts["kind"] == Kind.cancellation:
            return None
        return max(1, int((starts_at - now).total_seconds()))


async def prepare(
    session: AsyncSession, due: MessageDue, *, missing: str | None, default_sender: str | None = None, now: datetime
) -> Outgoing | None:
    """Return a message that is to be sent now; None if it is not, or not now: then it is written down, and why.

    `missing` is the code of what this process lacks for sending it, `default_sender` the address from which e-mail of
    a client goes that has none of its own.

    Raises:
        TryLater: it is not due yet.
    """
    row = await fetch_first(session, _OPEN, due.client_id, due.message_id)
    if row is None or row["status"] not in IN_HAND:
        return None
    if row["due_at"] > now + CLOCKS_DIFFER:
        raise TryLater(after=row["due_at"] - now)
    client, terms = await context_of(session, due.client_id), await terms_of(session, due.client_id)
    address = row["address"] if row["kind"] not in ABOUT_BOOKINGS else row["phone" if _is_text(row) else "email"]
    line, sender = await _from(session, client, row, terms, default_sender)
    if row["status"] != Status.queued:
        return await _again(session, client, terms, row, sender, now=now)
    why = _untrue(row, client, terms, now) or await _unwanted(session, client, terms, row, address)
    why = why or _impossible(row, address, sender, missing)
    if why is not None and why[0] is not Status.not_sent:
        await close(session, client.id, row["id"], *why, now=now)
        return None
    if why is None and _is_text(row) and not await is_its_turn(session, due, sender or "", row["turn_at"], now=now):
        return None
    subject, body = row["subject"], row["body"]
    if row["kind"] in ABOUT_BOOKINGS:
        subject, body = await worded(session, client, terms, row, now=now)
    parts = segments(body).count if _is_text(row) else None
    await fetch(session, _WRITE, client.id, row["id"], address, line, subject, body, parts, now)
    if why is not None:
        await close(session, client.id, row["id"], *why, now=now)
        return None
    assert address is not None
    assert sender is not None
    return Outgoing(client, terms, row["id"], row, address, line or sender, sender, body, subject, None)


def _is_text(row: Mapping[str, Any]) -> bool:
    return bool(row["channel"] == "sms")


async def _from(
    session: AsyncSession, client: ClientContext, row: Mapping[str, Any], terms: Terms, default_sender: str | None
) -> tuple[str | None, str | None]:
    """Return a client's line and in whose name it sends; of several lines the one that was written to, or the first."""
    if not _is_text(row):
        address = terms.sender_email or default_sender
        return address, address
    lines = [each for each in await lines_of(session, client.id) if each.texts]
    lines.sort(key=lambda each: each.number != row["line"])  # stable: otherwise the oldest first
    return (lines[0].number, lines[0].messaging_service_sid or lines[0].number) if lines else (None, None)


async def _again(
    session: AsyncSession,
    client: ClientContext,
    terms: Terms,
    row: Mapping[str, Any],
    sender: str | None,
    *,
    now: datetime,
) -> Outgoing | None:
    """Return a message that was begun to be sent as it was then; what became of it has to be found out first."""
    if row["address"] is None or row["body"] is None or sender is None:
        await close(session, client.id, row["id"], Status.failed, "outcome_unknown", now=now)
        return None
    hopeless = _untrue(row, client, terms, now) or await _unwanted(session, client, terms, row, row["address"])
    most = MOST_SENDINGS if row["status"] == Status.unknown else MOST_BEGINNINGS
    if hopeless is None and row["attempts"] >= most:
        hopeless = (Status.failed, "outcome_unknown")
    line, subject = row["line"] or sender, row["subject"]
    return Outgoing(client, terms, row["id"], row, row["address"], line, sender, row["body"], subject, hopeless)


def _untrue(row: Mapping[str, Any], client: ClientContext, terms: Terms, now: datetime) -> tuple[Status, str] | None:
    if client.status != "active":
        return Status.withdrawn, "client_inactive"
    kind = Kind(row["kind"])
    if kind not in ABOUT_BOOKINGS:
        return None
    told, version = row["booking_version"], row["version"]
    why = stands(kind, told=told, version=version, status=row["booking_status"], starts_at=row["starts_at"], now=now)
    if why is None and kind is Kind.reminder:
        quiet = Quiet(terms.quiet_from, terms.quiet_until)
        why = "quiet_hours" if quiet.holds(now, client.timezone) else None
    return None if why is None else (Status.withdrawn, why)


async def _unwanted(
    session: AsyncSession, client: ClientContext, terms: Terms, row: Mapping[str, Any], address: str | None
) -> tuple[Status, str] | None:
    if address is None:
        return Status.withdrawn, "no_address"
    if await opted_out(session, client.id, row["channel"], address):
        return Status.suppressed, "opted_out"
    if row["kind"] in ABOUT_BOOKINGS and not (terms.texts if _is_text(row) else terms.emails):
        return Status.not_sent, "texts_off" if _is_text(row) else "emails_off"
    return None


def _impossible(
    row: Mapping[str, Any], address: str | None, sender: str | None, missing: str | None
) -> tuple[Status, str] | None:
    if _is_text(row) and address is not None and not textable(address):
        return Status.not_sent, "not_a_mobile"
    if missing is not None:
        return Status.not_sent, missing
    if sender is None:
        return Status.not_sent, "line_missing" if _is_text(row) else "sender_missing"
    return None
