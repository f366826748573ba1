"""Ordering calls, and taking orders back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.attention.errors import AttentionNotFound
from app.bookings.errors import BookingNotFound
from app.calls.errors import CallNotFound
from app.calls.models import Call
from app.calls.outbound.errors import (
    CallsOff,
    CallUnderWay,
    CallWaiting,
    CustomerUnreachable,
    DoNotCall,
    NotCallable,
    NothingToRemindOf,
    TooFarAhead,
)
from app.calls.outbound.events import CallDue
from app.calls.outbound.rules import FURTHEST, Purpose, callable_
from app.calls.outbound.schemas import CallRequest
from app.calls.schemas import CallOut
from app.clients.contact.service import terms_of
from app.clients.schemas import ClientContext
from app.core.direct import fetch, fetch_first
from app.core.ids import new_id
from app.core.phone import e164
from app.customers.consents.service import opted_out
from app.customers.errors import CustomerNotFound
from app.jobs.outbox import emit

# Who is meant, and what it is about, in one look; whatever is another client's is not there.
_ABOUT = """
SELECT c.id AS customer_id, c.phone,
       b.status AS booking_status, b.starts_at, b.customer_id AS booked_by, a.id AS attention_id
FROM (SELECT) AS one
LEFT JOIN customers c ON c.client_id = $1 AND (c.id = $2 OR c.phone = $3)
LEFT JOIN bookings b ON b.client_id = $1 AND b.id = $4
LEFT JOIN attention_items a ON a.client_id = $1 AND a.id = $5
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('calls:' || $1::text || $2, 0))"
_WAITING = """
SELECT id FROM calls WHERE client_id = $1 AND phone = $2 AND purpose = $3 AND status = 'queued' LIMIT 1
"""


async def order(session: AsyncSession, client: ClientContext, wanted: CallRequest, *, now: datetime) -> CallOut:
    """Have a customer called as soon as it suits, and not before it is wanted.

    Raises:
        CustomerNotFound, BookingNotFound, AttentionNotFound: there is none of that id.
        InvalidPhone, NotCallable, CustomerUnreachable: there is no number to call.
        DoNotCall, CallsOff: they, or the client, do not want it.
        TooFarAhead: it is for later than in 90 days.
        NothingToRemindOf: the booking is not theirs, or not to come.
        CallWaiting: the same was ordered, and waits.
    """
    if wanted.not_before is not None and wanted.not_before > now + FURTHEST:
        raise TooFarAhead
    phone = None if wanted.phone is None else e164(wanted.phone, client.region)
    asked = (wanted.customer_id, phone, wanted.booking_id, wanted.attention_id)
    row = await fetch_first(session, _ABOUT, client.id, *asked)
    assert row is not None
    _check_known(wanted, row)
    number = phone or row["phone"]
    if number is None:
        raise CustomerUnreachable
    _check_booking(wanted, row, now)
    await _check_wanted(session, client, number, wanted.purpose)
    call = _queued(client, wanted, number, row["customer_id"], now=now)
    session.add(call)
    await session.flush()
    await emit(session, CallDue(client.id, call.id, call.due_at or now), now=now)
    return CallOut.model_validate(call, from_attributes=True)


def _queued(client: ClientContext, wanted: CallRequest, phone: str, customer_id: UUID | None, *, now: datetime) -> Call:
    return Call(
        client_id=client.id,
        id=new_id(),
        direction="out",
        purpose=wanted.purpose.value,
        status="queued",
        phone=phone,
        customer_id=customer_id,
        booking_id=wanted.booking_id,
        attention_id=wanted.attention_id,
        due_at=max(now, wanted.not_before or now),
        created_at=now,
        updated_at=now,
    )


def _check_known(wanted: CallRequest, row: Mapping[str, Any]) -> None:
    if wanted.customer_id is not None and row["customer_id"] is None:
        raise CustomerNotFound
    if wanted.booking_id is not None and row["booking_status"] is None:
        raise BookingNotFound
    if wanted.attention_id is not None and row["attention_id"] is None:
        raise AttentionNotFound


def _check_booking(wanted: CallRequest, row: Mapping[str, Any], now: datetime) -> None:
    if wanted.booking_id is None:
        return
    theirs = row["booked_by"] is not None and row["booked_by"] == row["customer_id"]
    to_come = row["booking_status"] == "confirmed" and row["starts_at"] > max(now, wanted.not_before or now)
    if not theirs or (wanted.purpose is Purpose.reminder and not to_come):
        raise NothingToRemindOf


async def _check_wanted(session: AsyncSession, client: ClientContext, phone: str, purpose: Purpose) -> None:
    if not callable_(phone):
        raise NotCallable
    if (await terms_of(session, client.id)).calls_per_day == 0:
        raise CallsOff
    if await opted_out(session, client.id, "voice", phone):
        raise DoNotCall
    await fetch(session, _LOCK, str(client.id), phone)
    if await fetch_first(session, _WAITING, client.id, phone, purpose.value) is not None:
        raise CallWaiting


async def cancel(session: AsyncSession, client: ClientContext, call_id: UUID, *, now: datetime) -> CallOut:
    """Take back a call that waits; twice is as good as once.

    Raises:
        CallNotFound: the client has no such call.
        CallUnderWay: it does not wait any more.
    """
    query = select(Call).where(Call.client_id == client.id, Call.id == call_id).with_for_update()
    call = await session.scalar(query)
    if call is None:
        raise CallNotFound
    if call.status != "withdrawn":
        if call.status != "queued":
            raise CallUnderWay
        call.status, call.error_code, call.updated_at = "withdrawn", "cancelled", now
        await session.flush()
    return CallOut.model_validate(call, from_attributes=True)
