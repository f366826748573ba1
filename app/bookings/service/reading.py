"""Finding bookings and their history."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.errors import BookingNotFound
from app.bookings.models import Booking, BookingEvent
from app.bookings.rules import Status
from app.bookings.schemas import BookingFilter, BookingOut, CustomerOut, EventOut
from app.catalog.service import on_archive
from app.clients.schemas import ClientContext
from app.core.idempotency import concerns
from app.core.paging import Page, Paging
from app.customers import service as customers
from app.customers.models import Customer
from app.schedule.models import Claim
from app.schedule.rules import instant_of
from app.schedule.rules.walltime import as_datetime

_OWNED = and_(Claim.client_id == Booking.client_id, Claim.booking_id == Booking.id)
_SHARED = and_(Claim.client_id == Booking.client_id, Claim.session_id == Booking.session_id)


def _resources(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    ordered = func.array_agg(aggregate_order_by(Claim.resource_id, Claim.resource_id))
    return select(ordered).where(condition).correlate(Booking).scalar_subquery()


def select_bookings(client: ClientContext) -> Select[Any]:
    """Return the query of a client's bookings with their customers and resources, one row each."""
    resources = case((Booking.session_id.is_(None), _resources(_OWNED)), else_=_resources(_SHARED))
    return (
        select(Booking, Customer.phone, Customer.name, Customer.email, resources.label("resource_ids"))
        .outerjoin(Customer, and_(Customer.client_id == Booking.client_id, Customer.id == Booking.customer_id))
        .where(Booking.client_id == client.id)
    )


def as_out(client: ClientContext, row: Row[Any]) -> BookingOut:
    """Return a row of `select_bookings` as it goes over the wire."""
    booking: Booking = row.Booking
    customer = None
    if booking.customer_id is not None:
        customer = CustomerOut(id=booking.customer_id, phone=row.phone, name=row.name, email=row.email)
    return BookingOut.model_construct(
        id=booking.id,
        status=Status(booking.status),
        service_id=booking.service_id,
        resource_ids=list(row.resource_ids or ()),
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        timezone=client.timezone,
        customer=customer,
        seats=booking.seats,
        channel=booking.channel,
        price_minor=booking.price_minor,
        notes=booking.notes,
        cancel_reason=booking.cancel_reason,
        metadata=booking.attributes,
        version=booking.version,
        created_at=booking.created_at,
        updated_at=booking.updated_at,
        expires_at=booking.expires_at if booking.status == Status.held else None,
    )


async def get(session: AsyncSession, client: ClientContext, booking_id: UUID) -> BookingOut:
    """Return one booking.

    Raises:
        BookingNotFound: the client has no such booking.
    """
    row = (await session.execute(select_bookings(client).where(Booking.id == booking_id))).first()
    if row is None:
        raise BookingNotFound
    found = as_out(client, row)
    if found.customer is not None:
        concerns(session, found.customer.id)
    return found


async def several(session: AsyncSession, client: ClientContext, ids: Collection[UUID]) -> dict[UUID, BookingOut]:
    """Return those of some bookings that the client has, by their ids."""
    rows = await session.execute(select_bookings(client).where(Booking.id.in_(ids)))
    found = {row.Booking.id: as_out(client, row) for row in rows}
    for each in found.values():
        if each.customer is not None:
            concerns(session, each.customer.id)
    return found


def _conditions(client: ClientContext, wanted: BookingFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.day is not None:
        first = as_datetime(instant_of(client.timezone, wanted.day, 0))
        next_day = as_datetime(instant_of(client.timezone, wanted.day, 1440))
        conditions += [Booking.starts_at >= first, Booking.starts_at < next_day]
    if wanted.resource_id is not None:
        taken = or_(
            exists().where(_OWNED, Claim.resource_id == wanted.resource_id),
            exists().where(_SHARED, Claim.resource_id == wanted.resource_id),
        )
        conditions.append(taken)
    if wanted.customer_id is not None:
        conditions.append(Booking.customer_id == wanted.customer_id)
    if wanted.service_id is not None:
        conditions.append(Booking.service_id == wanted.service_id)
    if wanted.status is not None:
        conditions.append(Booking.status == wanted.status.value)
    if wanted.updated_since is not None:
        conditions.append(Booking.updated_at >= wanted.updated_since)
    return conditions


async def find(session: AsyncSession, client: ClientContext, wanted: BookingFilter, paging: Paging) -> Page[BookingOut]:
    """Return a page of bookings by their start, or by their last change where `updated_since` is asked for.

    Raises:
        InvalidCursor: the cursor belongs to another list.
    """
    by = Booking.updated_at if wanted.updated_since is not None else Booking.starts_at
    query = select_bookings(client).where(*_conditions(client, wanted)).order_by(by, Booking.id)
    after = paging.key(datetime.fromisoformat, UUID)
    if after is not None:
        query = query.where(tuple_(by, Booking.id) > tuple_(*after))
    rows = (await session.execute(query.limit(paging.limit + 1))).all()
    attribute = by.key
    shown, following = paging.page(rows, lambda row: (getattr(row.Booking, attribute), row.Booking.id))
    return Page(items=[as_out(client, row) for row in shown], next_after=following)


async def bookings_of(
    session: AsyncSession, client: ClientContext, customer_id: UUID, paging: Paging
) -> Page[BookingOut]:
    """Return a page of one customer's bookings by their start.

    Raises:
        CustomerNotFound: the client has no such customer.
        InvalidCursor: the cursor belongs to another list.
    """
    await customers.read(session, client, customer_id)
    return await find(session, client, BookingFilter(customer_id=customer_id), paging)


async def history(session: AsyncSession, client: ClientContext, booking_id: UUID, paging: Paging) -> Page[EventOut]:
    """Return a page of what happened to a booking, oldest first.

    Raises:
        BookingNotFound: the client has no such booking.
        InvalidCursor: the cursor belongs to another list.
    """
    known = select(Booking.id).where(Booking.client_id == client.id, Booking.id == booking_id)
    if (await session.scalar(known)) is None:
        raise BookingNotFound
    query = (
        select(BookingEvent)
        .where(BookingEvent.client_id == client.id, BookingEvent.booking_id == booking_id)
        .order_by(BookingEvent.at, BookingEvent.id)
    )
    after = paging.key(datetime.fromisoformat, UUID)
    if after is not None:
        query = query.where(tuple_(BookingEvent.at, BookingEvent.id) > tuple_(*after))
    events = (await session.scalars(query.limit(paging.limit + 1))).all()
    shown, following = paging.page(events, lambda event: (event.at, event.id))
    items = [EventOut(id=e.id, type=e.type, at=e.at, actor=e.actor, data=e.data) for e in shown]
    return Page(items=items, next_after=following)


async def count_future(
    session: AsyncSession,
    client: ClientContext,
    *,
    service_id: UUID | None,
    resource_id: UUID | None,
    now: datetime,
) -> int:
    """Return how many bookings and living holds of a service or resource are still to come."""
    live = or_(
        Booking.status == Status.confirmed.value,
        and_(Booking.status == Status.held.value, Booking.expires_at > now),
    )
    query = select(func.count()).where(Booking.client_id == client.id, Booking.ends_at > now, live)
    if service_id is not None:
        query = query.where(Booking.service_id == service_id)
    if resource_id is not None:
        query = query.where(
            or_(
                exists().where(_OWNED, Claim.resource_id == resource_id),
                exists().where(_SHARED, Claim.resource_id == resource_id),
            )
        )
    return await session.scalar(query) or 0


on_archive(count_future)
