"""Who books: found by phone, or about to be made."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.schemas import BookingCustomer
from app.bookings.service.writing import Contact
from app.clients.schemas import ClientContext
from app.core.ids import new_id
from app.core.phone import e164

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
"""

_FILL_IN = """
UPDATE customers SET name = coalesce(name, $3), email = coalesce(email, $4), version = version + 1, updated_at = $5
WHERE client_id = $1 AND id = $2
"""


async def find_contact(
    session: AsyncSession, client: ClientContext, customer: BookingCustomer, *, now: datetime
) -> tuple[Contact, tuple[UUID, ...]]:
    """Return who books, and who served them last; what is missing of a known customer is filled in."""
    phone = e164(customer.phone, client.region)
    connection = await session.connection()
    known = (await connection.exec_driver_sql(_CONTACT, (client.id, phone))).first()
    if known is None:
        return Contact(new_id(), phone, customer.name, customer.email, exists=False), ()
    name, email = known.name or customer.name, known.email or customer.email
    if (name, email) != (known.name, known.email):
        await connection.exec_driver_sql(_FILL_IN, (client.id, known.id, name, email, now))
    last = (known.resource_id,) if known.resource_id is not None else ()
    return Contact(known.id, phone, name, email, exists=True), last


_ENSURE = """
INSERT INTO customers (client_id, id, phone, name, email, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $6)
ON CONFLICT (client_id, phone) DO UPDATE SET updated_at = excluded.updated_at
RETURNING id
"""


async def ensure_customer(
    session: AsyncSession, client: ClientContext, customer: BookingCustomer, *, now: datetime
) -> UUID:
    """Return the id of a customer found by phone, made if there is none.

    Raises:
        InvalidPhone: no such number can exist.
    """
    contact, _ = await find_contact(session, client, customer, now=now)
    if contact.exists:
        return contact.id
    row = (client.id, contact.id, contact.phone, contact.name, contact.email, now)
    made: UUID = (await (await session.connection()).exec_driver_sql(_ENSURE, row)).scalar_one()
    return made
