"""Who does not want to be called."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.outbound.errors import CustomerUnreachable
from app.calls.outbound.schemas import DoNotCallOut
from app.clients.schemas import ClientContext
from app.core.direct import fetch
from app.customers.consents.service import opt_in, opt_out
from app.customers.service import read

_WITHDRAW = """
UPDATE calls SET status = 'withdrawn', error_code = 'do_not_call', updated_at = $3
WHERE client_id = $1 AND phone = $2 AND status = 'queued'
"""


async def forbid_calls(
    session: AsyncSession, client: ClientContext, customer_id: UUID, *, now: datetime
) -> DoNotCallOut:
    """Take note that a customer is not to be called; what waits for them is withdrawn.

    Raises:
        CustomerNotFound, CustomerUnreachable: there is nobody, or no number, that could be called.
    """
    phone = await _phone(session, client, customer_id)
    await opt_out(session, client.id, "voice", phone, source="staff", now=now)
    await fetch(session, _WITHDRAW, client.id, phone, now)
    return DoNotCallOut(customer_id=customer_id, do_not_call=True)


async def allow_calls(session: AsyncSession, client: ClientContext, customer_id: UUID) -> DoNotCallOut:
    """Take note that a customer may be called again.

    Raises:
        CustomerNotFound, CustomerUnreachable: there is nobody, or no number, that could be called.
    """
    await opt_in(session, client.id, "voice", await _phone(session, client, customer_id))
    return DoNotCallOut(customer_id=customer_id, do_not_call=False)


async def _phone(session: AsyncSession, client: ClientContext, customer_id: UUID) -> str:
    phone = (await read(session, client, customer_id)).phone
    if phone is None:
        raise CustomerUnreachable
    return phone
