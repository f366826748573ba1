"""Who books: found by phone, or about to be made."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.service.writing import Contact
from app.clients.schemas import ClientContext
from app.core.direct import fetch_first
from app.core.ids import new_id
from app.core.phone import e164
from app.customers.schemas import CustomerIn

_CONTACT = """
SELECT cu.id, cu.name, cu.email, last.resource_id
FROM customers cu
LEFT JOIN LATERAL (
    SELECT coalesce(own.resource_id, shared.resource_id) AS resource_id FROM bookings b
    LEFT JOIN claims own ON own.client_id = b.client_id AND own.booking_id = b.id
    LEFT JOIN sessions shared ON shared.client_id = b.client_id AND shared.id = b.session_id
    WHERE b.client_id = cu.client_id AND b.customer_id = cu.id AND b.status IN ('confirmed', 'completed', 'no_show')
    ORDER BY b.starts_at DESC LIMIT 1
) last ON true
WHERE cu.client_id = $1 AND cu.phone = $2
FOR KEY SHARE OF cu
"""
"""The share lock makes an erasure wait for this booking, or this booking find nobody."""


async def find_contact(
    session: AsyncSession, client: ClientContext, customer: CustomerIn
) -> tuple[Contact, tuple[UUID, ...]]:
    """Return who books, and who served them last.

    Nothing is written yet: locks of resources come before locks of rows that others wait for.

    Raises:
        InvalidPhone: no such number can exist.
    """
    phone = e164(customer.phone, client.region)
    known = await fetch_first(session, _CONTACT, client.id, phone)
    if known is None:
        return Contact(new_id(), phone, customer.name, customer.email, complete=False), ()
    identifier, known_name, known_email, last = known
    name, email = known_name or customer.name, known_email or customer.email
    complete = (name, email) == (known_name, known_email)
    return Contact(identifier, phone, name, email, complete=complete), (last,) if last is not None else ()
