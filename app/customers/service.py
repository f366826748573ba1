"""Use cases of customers: find or create, change, tell all that is held, forget it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit import service as audit
from app.clients.schemas import ClientContext
from app.core.auth import Principal
from app.core.db import violated
from app.core.idempotency import concerns, erase_answers
from app.core.ids import new_id
from app.core.paging import Page, Paging
from app.core.phone import e164
from app.core.versions import check_version
from app.customers.errors import CustomerErased, CustomerNotFound, PhoneTaken
from app.customers.events import CustomerForgotten
from app.customers.models import Customer
from app.customers.schemas import CustomerChange, CustomerExport, CustomerIn, CustomerOut
from app.jobs.outbox import emit

Exporter = Callable[[AsyncSession, ClientContext, UUID], Awaitable[Any]]
"""Returns all that a room holds about a customer, as JSON can carry it, in camelCase."""

Eraser = Callable[[AsyncSession, ClientContext, UUID], Awaitable[None]]
"""Clears what a room holds about a customer; ids, times and numbers may stay.

The customer is locked before. Rooms follow from the upper floors down: a call or a message is locked before what
attention or bookings hold of it, here as by whoever brings news of one, so that nobody waits in a circle; and what news
leave behind that came first is cleared as well.
"""


@dataclass(frozen=True, slots=True)
class _PersonalData:
    exporter: Exporter
    eraser: Eraser


_personal_data: dict[str, _PersonalData] = {}


def register_personal_data(name: str, exporter: Exporter, eraser: Eraser) -> None:
    """Have a room above take part in exports, under `name`, and in erasures; called at import."""
    _personal_data[name] = _PersonalData(exporter, eraser)


async def find_or_create(
    session: AsyncSession, client: ClientContext, wanted: CustomerIn, *, now: datetime
) -> tuple[CustomerOut, bool]:
    """Return the customer with a phone, and whether they are new. Of a known one only what is missing is filled in.

    Raises:
        InvalidPhone: no such number can exist.
    """
    identifier = new_id()
    fresh = insert(Customer).values(
        client_id=client.id,
        id=identifier,
        phone=e164(wanted.phone, client.region),
        name=wanted.name,
        email=wanted.email,
        created_at=now,
        updated_at=now,
    )
    given = fresh.excluded
    learnt = or_(
        and_(Customer.name.is_(None), given.name.is_not(None)),
        and_(Customer.email.is_(None), given.email.is_not(None)),
    )
    statement = fresh.on_conflict_do_update(
        index_elements=["client_id", "phone"],
        set_={
            "name": func.coalesce(Customer.name, given.name),
            "email": func.coalesce(Customer.email, given.email),
            "version": Customer.version + case((learnt, 1), else_=0),
            "updated_at": case((learnt, given.updated_at), else_=Customer.updated_at),
        },
    )
    afresh = {"populate_existing": True}
    customer = (await session.scalars(statement.returning(Customer), execution_options=afresh)).one()
    concerns(session, customer.id)
    return _out(customer), customer.id == identifier


async def page(
    session: AsyncSession, client: ClientContext, paging: Paging, *, phone: str | None = None
) -> Page[CustomerOut]:
    """Return a page of customers in the order of their making; with a phone, the one who has it.

    Raises:
        InvalidPhone: no such number can exist.
    """
    query = select(Customer).where(Customer.client_id == client.id).order_by(Customer.id).limit(paging.limit + 1)
    if phone is not None:
        query = query.where(Customer.phone == e164(phone, client.region))
    if key := paging.key(UUID):
        query = query.where(Customer.id > key[0])
    rows, next_after = paging.page((await session.scalars(query)).all(), lambda customer: (customer.id,))
    return Page(items=[_out(customer) for customer in rows], next_after=next_after)


async def read(session: AsyncSession, client: ClientContext, customer_id: UUID) -> CustomerOut:
    """Return a customer.

    Raises:
        CustomerNotFound: the client has no such customer.
    """
    customer = await session.get(Customer, (client.id, customer_id))
    if customer is None:
        raise CustomerNotFound
    return _out(customer)


async def change(
    session: AsyncSession,
    client: ClientContext,
    customer_id: UUID,
    wanted: CustomerChange,
    *,
    if_match: str | None,
    now: datetime,
) -> CustomerOut:
    """Change what is known of a customer.

    Raises:
        CustomerNotFound, CustomerErased: there is nobody to change.
        InvalidPhone, PhoneTaken: the phone cannot be theirs.
        PreconditionFailed, PreconditionRequired, VersionConflict: not made from the present version.
    """
    customer = await _lock(session, client, customer_id)
    check_version(customer.version, if_match=if_match, version=wanted.version, required=True)
    if customer.erased_at is not None:
        raise CustomerErased
    changes = wanted.changes()
    if "phone" in changes:
        changes["phone"] = e164(changes["phone"], client.region)
    for column, value in changes.items():
        setattr(customer, column, value)
    customer.version += 1
    customer.updated_at = now
    try:
        await session.flush()
    except IntegrityError as refused:
        if violated(refused) == "uq_customers_client_id_phone":
            raise PhoneTaken from None
        raise
    return _out(customer)


async def export(
    session: AsyncSession, client: ClientContext, principal: Principal, customer_id: UUID, *, now: datetime
) -> CustomerExport:
    """Return all that any room holds about a customer, and note in the audit log who took it.

    Raises:
        CustomerNotFound: the client has no such customer.
    """
    customer = await read(session, client, customer_id)
    held = {name: await data.exporter(session, client, customer_id) for name, data in _personal_data.items()}
    await _note(session, client, principal, "customer_exported", customer_id, now=now)
    return CustomerExport.model_validate({"exported_at": now, "customer": customer, **held})


async def erase(
    session: AsyncSession,
    client: ClientContext,
    principal: Principal,
    customer_id: UUID,
    *,
    if_match: str | None,
    version: int | None = None,
    now: datetime,
) -> CustomerOut:
    """Forget a customer in every room, in one transaction; bookings stay as numbers. Twice is as good as once.

    Raises:
        CustomerNotFound: the client has no such customer.
    """
    customer = await _lock(session, client, customer_id)
    check_version(customer.version, if_match=if_match, version=version)
    if customer.erased_at is not None:
        return _out(customer)
    for data in reversed(_personal_data.values()):  # from the upper rooms down, as everybody locks: see `Eraser`
        await data.eraser(session, client, customer_id)
    await erase_answers(session, customer_id)
    customer.phone = customer.name = customer.email = None
    customer.erased_at = customer.updated_at = now
    customer.version += 1
    await session.flush()
    await _note(session, client, principal, "customer_erased", customer_id, now=now)
    await emit(session, CustomerForgotten(client.id, customer_id, now), now=now)
    return _out(customer)


async def _lock(session: AsyncSession, client: ClientContext, customer_id: UUID) -> Customer:
    """Return a customer whom nobody else changes, nor books for, before this transaction ends."""
    query = select(Customer).where(Customer.client_id == client.id, Customer.id == customer_id)
    customer = await session.scalar(query.with_for_update())
    if customer is None:
        raise CustomerNotFound
    return customer


async def _note(
    session: AsyncSession, client: ClientContext, principal: Principal, action: str, customer_id: UUID, *, now: datetime
) -> None:
    await audit.record(
        session, client_id=client.id, actor=principal.name, action=action, subject_id=customer_id, now=now
    )


def _out(customer: Customer) -> CustomerOut:
    return CustomerOut.model_validate(customer, from_attributes=True)
