"""Sending again what did not go out: as a message of its own, so that the fate of each stays what it was."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.models import Booking
from app.clients.schemas import ClientContext
from app.core.ids import new_id
from app.messages.errors import MessageNotSendable, MessageOutdated
from app.messages.models import Message
from app.messages.rules import ABOUT_BOOKINGS, RESENDABLE, Kind, Status, stands
from app.messages.schemas import MessageOut
from app.messages.service.reading import as_out, one
from app.messages.service.writing import wake

MOST_AGAIN = 10
_AGAIN = "again"


async def send_again(session: AsyncSession, client: ClientContext, message_id: UUID, *, now: datetime) -> MessageOut:
    """Write a message down anew, to be sent now, and return it; it is checked once more before it leaves.

    Whoever asks again gets the same one, until that has failed, too.

    Raises:
        MessageNotFound: the client has no such message.
        MessageNotSendable: it went out, is going out, came in, or cannot be worded any more.
        MessageOutdated: what it says is not true any more.
    """
    message = await one(session, client, message_id)
    first = _first_of(message)
    await session.execute(select(Message.id).where(_of(client, first)).with_for_update())
    earlier = list(await session.scalars(_repetitions(client, first)))
    last = earlier[-1] if earlier else message
    if earlier and last.status not in RESENDABLE:
        return as_out(last)
    if last.status not in RESENDABLE or last.direction != "out" or len(earlier) >= MOST_AGAIN:
        raise MessageNotSendable
    await _check(session, client, message, now)
    again = _copy(message, f"{_AGAIN}:{first}:{len(earlier) + 1}", now)
    session.add(again)
    await session.flush()
    await wake(session, [(client.id, again.id, again.channel)], now=now)
    return as_out(again)


def _first_of(message: Message) -> UUID:
    """Return the id of the message that this one repeats, or its own."""
    parts = (message.once or "").split(":")
    return UUID(parts[1]) if parts[0] == _AGAIN else message.id


def _of(client: ClientContext, message_id: UUID) -> ColumnElement[bool]:
    return (Message.client_id == client.id) & (Message.id == message_id)


def _repetitions(client: ClientContext, first: UUID) -> Select[Message]:
    keys = [f"{_AGAIN}:{first}:{number}" for number in range(1, MOST_AGAIN + 1)]
    found = select(Message).where(Message.client_id == client.id, Message.once.in_(keys)).order_by(Message.created_at)
    return found.execution_options(populate_existing=True)


async def _check(session: AsyncSession, client: ClientContext, message: Message, now: datetime) -> None:
    kind = Kind(message.kind)
    if kind not in ABOUT_BOOKINGS:
        if message.body is None or message.address is None:
            raise MessageNotSendable
        return
    found = select(Booking).where(Booking.client_id == client.id, Booking.id == message.booking_id)
    booking = await session.scalar(found)
    told = message.booking_version
    if booking is None or told is None:
        raise MessageOutdated
    version, status = booking.version, booking.status
    if stands(kind, told=told, version=version, status=status, starts_at=booking.starts_at, now=now) is not None:
        raise MessageOutdated


def _copy(message: Message, once: str, now: datetime) -> Message:
    """Return the message anew. One about a booking is worded anew; a reply keeps its words."""
    kept = {"address": message.address, "body": message.body} if message.kind not in ABOUT_BOOKINGS else {}
    return Message(
        client_id=message.client_id,
        id=new_id(),
        direction="out",
        channel=message.channel,
        kind=message.kind,
        status=Status.queued.value,
        customer_id=message.customer_id,
        booking_id=message.booking_id,
        booking_version=message.booking_version,
        line=message.line,
        once=once,
        due_at=now,
        woken_at=now,
        created_at=now,
        updated_at=now,
        media=0,
        attempts=0,
        **kept,
    )
