"""Finding messages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.schemas import ClientContext
from app.core.idempotency import concerns
from app.core.paging import Page, Paging
from app.messages.errors import MessageNotFound
from app.messages.models import Message
from app.messages.schemas import MessageFilter, MessageOut


async def find(session: AsyncSession, client: ClientContext, wanted: MessageFilter, paging: Paging) -> Page[MessageOut]:
    """Return a page of messages in the order of their making, the newest first.

    Raises:
        InvalidCursor: the cursor belongs to another list.
    """
    query = select(Message).where(Message.client_id == client.id, *_conditions(wanted))
    after = paging.key(datetime.fromisoformat, UUID)
    if after is not None:
        query = query.where(tuple_(Message.created_at, Message.id) < tuple_(*after))
    rows = await session.scalars(query.order_by(Message.created_at.desc(), Message.id.desc()).limit(paging.limit + 1))
    shown, following = paging.page(rows.all(), lambda message: (message.created_at, message.id))
    return Page(items=[as_out(message) for message in shown], next_after=following)


def _conditions(wanted: MessageFilter) -> list[ColumnElement[bool]]:
    asked = {
        Message.status: wanted.status,
        Message.channel: wanted.channel,
        Message.direction: wanted.direction,
        Message.kind: wanted.kind,
        Message.customer_id: wanted.customer_id,
        Message.booking_id: wanted.booking_id,
    }
    conditions = [column == value for column, value in asked.items() if value is not None]
    return conditions if wanted.since is None else [*conditions, Message.created_at >= wanted.since]


async def read(session: AsyncSession, client: ClientContext, message_id: UUID) -> MessageOut:
    """Return one message.

    Raises:
        MessageNotFound: the client has no such message.
    """
    return as_out(await one(session, client, message_id))


async def one(session: AsyncSession, client: ClientContext, message_id: UUID) -> Message:
    """Return the row of a message.

    Raises:
        MessageNotFound: the client has no such message.
    """
    message = await session.scalar(select(Message).where(Message.client_id == client.id, Message.id == message_id))
    if message is None:
        raise MessageNotFound
    if message.customer_id is not None:
        concerns(session, message.customer_id)
    return message


def as_out(message: Message) -> MessageOut:
    """Return a message as it goes over the wire."""
    return MessageOut.model_validate(message, from_attributes=True)
