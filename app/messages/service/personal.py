"""What messages hold of a customer: told on request, forgotten on request, and forgotten after a while anyway."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.schemas import ClientContext
from app.core.direct import fetch
from app.customers.models import Customer
from app.customers.service import register_personal_data
from app.messages.models import Dialogue, Message
from app.messages.rules import Status
from app.messages.service.reading import as_out

MOST_FORGOTTEN = 1_000
"""Messages of one client in one run: the next run goes on."""

_FORGET = """
UPDATE messages AS m SET body = NULL, subject = NULL, address = NULL
FROM (
    SELECT old.client_id, old.id FROM clients c
    LEFT JOIN contact_settings s ON s.client_id = c.id
    CROSS JOIN LATERAL (
        SELECT o.client_id, o.id FROM messages o
        WHERE o.client_id = c.id AND o.body IS NOT NULL
          AND o.created_at < $1::timestamptz - make_interval(days => COALESCE(s.keep_days, $2))
          AND o.status NOT IN ('queued', 'sending', 'unknown')
        ORDER BY o.created_at LIMIT $3
    ) AS old
) AS old
WHERE m.client_id = old.client_id AND m.id = old.id
"""


def _phone(client: ClientContext, customer_id: UUID) -> Any:
    found = select(Customer.phone).where(Customer.client_id == client.id, Customer.id == customer_id)
    return found.scalar_subquery()


def _theirs(client: ClientContext, customer_id: UUID) -> ColumnElement[bool]:
    """Return the condition that a message is a customer's, or of somebody who has their number."""
    about = or_(Message.customer_id == customer_id, Message.address == _phone(client, customer_id))
    return (Message.client_id == client.id) & about


async def export_messages(session: AsyncSession, client: ClientContext, customer_id: UUID) -> list[dict[str, Any]]:
    """Return all messages to and from a customer as they go over the wire, oldest first."""
    query = select(Message).where(_theirs(client, customer_id)).order_by(Message.created_at, Message.id)
    return [as_out(message).model_dump(mode="json") for message in await session.scalars(query)]


async def erase_messages(session: AsyncSession, client: ClientContext, customer_id: UUID) -> None:
    """Clear the words and addresses of a customer's messages, and where the talk with them stands.

    What has not left yet is withdrawn; what they wrote and nobody has answered is not answered any more.
    """
    theirs = _theirs(client, customer_id)
    waiting = update(Message).where(theirs, Message.status == Status.queued)
    await session.execute(waiting.values(status=Status.withdrawn, error_code="customer_erased"))
    unanswered = update(Message).where(theirs, Message.status == Status.received)
    await session.execute(unanswered.values(status=Status.answered))
    talk = delete(Dialogue).where(Dialogue.client_id == client.id, Dialogue.phone == _phone(client, customer_id))
    await session.execute(talk)
    await session.execute(update(Message).where(theirs).values(address=None, subject=None, body=None))


async def forget_words(session: AsyncSession, *, now: datetime, usual: int) -> None:
    """Clear the words and addresses of messages that are older than their client keeps them (days; `usual`)."""
    await fetch(session, _FORGET, now, usual, MOST_FORGOTTEN)


register_personal_data("messages", export_messages, erase_messages)
