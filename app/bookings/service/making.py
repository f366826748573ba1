"""New bookings and holds."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.errors import CustomerRequired, HoldMismatch
from app.bookings.events import BookingConfirmed, BookingHeld
from app.bookings.schemas import BookingOut, BookingRequest, ConfirmRequest, HoldOut, HoldRequest
from app.bookings.service.contacts import find_contact
from app.bookings.service.holding import confirm
from app.bookings.service.opening import Change
from app.bookings.service.placing import Wanted, place
from app.bookings.service.reading import get
from app.bookings.service.writing import Actor, Contact, Hold, write
from app.clients.schemas import ClientContext
from app.core.idempotency import concerns
from app.core.security import digest, new_token
from app.jobs.outbox import emit


async def book(
    session: AsyncSession, client: ClientContext, wanted: BookingRequest, *, actor: Actor, now: datetime
) -> BookingOut:
    """Book a start for a customer, straight or from a hold, which keeps its id.

    Writes nothing unless the caller's transaction commits; then the booking and its event become
    visible together.

    Raises:
        CustomerRequired, InvalidPhone: nobody to book for.
        ServiceNotFound, ServiceArchived, ResourceNotFound: there is nothing to be had.
        Refused: the start is not on offer; it is never moved to one that is.
        SlotTaken: the database found it taken meanwhile.
        BookingNotFound, HoldExpired, HoldMismatch, HoldTokenInvalid, TransitionInvalid: about the hold.
    """
    if wanted.hold_id is not None:
        return await _book_hold(session, client, wanted, wanted.hold_id, actor=actor, now=now)
    if wanted.customer is None:
        raise CustomerRequired
    contact, last = await find_contact(session, client, wanted.customer)
    placement = await place(session, client, _wanted(wanted, last), now=now)
    booking = await write(session, client, wanted, placement, contact, actor=actor, now=now)
    if booking.customer is not None:
        concerns(session, booking.customer.id)
    await emit(session, BookingConfirmed(client.id, booking.id), now=now)
    return booking


async def hold(
    session: AsyncSession, client: ClientContext, wanted: HoldRequest, *, actor: Actor, now: datetime
) -> HoldOut:
    """Hold a resource for a start as long as the client says; the answer's token shows who holds it.

    Raises:
        as `book`, but no customer is needed.
    """
    contact: Contact | None = None
    last: tuple[UUID, ...] = ()
    if wanted.customer is not None:
        contact, last = await find_contact(session, client, wanted.customer)
    placement = await place(session, client, _wanted(wanted, last), now=now)
    token = new_token()
    kept = Hold(now + timedelta(seconds=client.hold_seconds), digest(token))
    held = await write(session, client, wanted, placement, contact, actor=actor, hold=kept, now=now)
    concerns(session, held.id if held.customer is None else held.customer.id)
    await emit(session, BookingHeld(client.id, held.id, kept.expires_at), now=now)
    return HoldOut.model_construct(**dict(held), hold_token=token)


def _wanted(request: HoldRequest, last: tuple[UUID, ...]) -> Wanted:
    return Wanted(
        service_id=request.service_id,
        at=int(request.starts_at.timestamp()),
        seats=request.seats,
        resource_id=request.resource_id,
        preferred=last,
    )


async def _book_hold(
    session: AsyncSession,
    client: ClientContext,
    wanted: BookingRequest,
    hold_id: UUID,
    *,
    actor: Actor,
    now: datetime,
) -> BookingOut:
    held = await get(session, client, hold_id)
    asked = {
        "service_id": held.service_id == wanted.service_id,
        "starts_at": held.starts_at == wanted.starts_at,
        "seats": held.seats == wanted.seats,
        "resource_id": wanted.resource_id is None or wanted.resource_id in held.resource_ids,
    }
    if not all(same for name, same in asked.items() if name in wanted.model_fields_set):
        raise HoldMismatch
    request = ConfirmRequest(customer=wanted.customer, hold_token=wanted.hold_token)
    return await confirm(
        session,
        client,
        hold_id,
        request,
        change=Change(actor),
        now=now,
        notes=wanted.notes,
        metadata=wanted.metadata or None,
    )
