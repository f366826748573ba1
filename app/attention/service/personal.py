"""What attention holds of a customer: told on request, forgotten on request, and forgotten after a while anyway."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, cast, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.attention.models import AttentionItem
from app.attention.service.items import as_out
from app.clients.schemas import ClientContext
from app.core.direct import fetch
from app.customers.models import Customer
from app.customers.service import register_personal_data

MOST_FORGOTTEN = 1_000
"""Items of one client in one run: the next run goes on."""

# What waits still is kept: somebody has to be called back.
_FORGET = """
UPDATE attention_items AS i SET said = NULL, note = NULL, phone = NULL, about = 'forgotten:' || i.id
FROM (
    SELECT old.client_id, old.id FROM clients c
    LEFT JOIN contact_settings s ON s.client_id = c.id
    CROSS JOIN LATERAL (
        SELECT o.client_id, o.id FROM attention_items o
        WHERE o.client_id = c.id AND o.status = 'done'
          AND (o.said IS NOT NULL OR o.note IS NOT NULL OR o.phone IS NOT NULL)
          AND o.created_at < $1::timestamptz - make_interval(days => COALESCE(s.keep_days, $2))
        ORDER BY o.created_at LIMIT $3
    ) AS old
) AS old
WHERE i.client_id = old.client_id AND i.id = old.id
"""


def _theirs(client: ClientContext, customer_id: UUID) -> ColumnElement[bool]:
    """Return the condition that an item is about a customer, or about somebody who has their number."""
    number = select(Customer.phone).where(Customer.client_id == client.id, Customer.id == customer_id)
    about = or_(AttentionItem.customer_id == customer_id, AttentionItem.phone == number.scalar_subquery())
    return (AttentionItem.client_id == client.id) & about


async def export_attention(session: AsyncSession, client: ClientContext, customer_id: UUID) -> list[dict[str, Any]]:
    """Return all that waits or waited about a customer, as it goes over the wire, oldest first."""
    query = select(AttentionItem).where(_theirs(client, customer_id)).order_by(AttentionItem.id)
    return [as_out(item).model_dump(mode="json") for item in await session.scalars(query)]


async def erase_attention(session: AsyncSession, client: ClientContext, customer_id: UUID) -> None:
    """Clear the number and the words of all that was about a customer; some is about their number itself."""
    nobody = func.concat("forgotten:", cast(AttentionItem.id, String))
    cleared = update(AttentionItem).where(_theirs(client, customer_id))
    await session.execute(cleared.values(phone=None, said=None, note=None, about=nobody))


async def forget_words(session: AsyncSession, *, now: datetime, usual: int) -> None:
    """Clear the numbers and the words of what is done, once it is older than its client keeps them (days; `usual`)."""
    await fetch(session, _FORGET, now, usual, MOST_FORGOTTEN)


register_personal_data("attention", export_attention, erase_attention)
