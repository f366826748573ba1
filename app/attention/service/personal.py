"""What attention holds of a customer: told on request, and forgotten on request."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.attention.models import AttentionItem
from app.attention.service.items import as_out
from app.clients.schemas import ClientContext
from app.customers.models import Customer
from app.customers.service import register_personal_data


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
    """Clear the number and the words of all that was about a customer."""
    cleared = update(AttentionItem).where(_theirs(client, customer_id)).values(phone=None, said=None, note=None)
    await session.execute(cleared)


register_personal_data("attention", export_attention, erase_attention)
