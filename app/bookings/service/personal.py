"""What bookings hold of a customer: told on request, and forgotten on request."""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.models import Booking
from app.bookings.service.reading import as_out, select_bookings
from app.clients.schemas import ClientContext
from app.core.idempotency import erase_answers
from app.customers.service import register_personal_data


async def export_bookings(session: AsyncSession, client: ClientContext, customer_id: UUID) -> list[dict[str, Any]]:
    """Return all of a customer's bookings as they go over the wire, oldest first."""
    query = select_bookings(client).where(Booking.customer_id == customer_id).order_by(Booking.starts_at, Booking.id)
    return [as_out(client, row).model_dump(mode="json") for row in await session.execute(query)]


async def erase_bookings(session: AsyncSession, client: ClientContext, customer_id: UUID) -> None:
    """Clear whatever people wrote into a customer's bookings, and the answers to holds that had no customer yet."""
    statement = update(Booking).where(Booking.client_id == client.id, Booking.customer_id == customer_id)
    cleared = statement.values(notes=None, cancel_reason=None, attributes={}).returning(Booking.id)
    await erase_answers(session, *await session.scalars(cleared))


register_personal_data("bookings", export_bookings, erase_bookings)
