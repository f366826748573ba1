"""The HTTP door to customers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from app.clients.auth import CurrentClient
from app.core.auth import Principal, Scope, require
from app.core.clock import Now
from app.core.db import Session
from app.core.errors import problems
from app.core.idempotency import IdempotentRoute
from app.core.paging import InvalidCursor, Page, PageQuery
from app.core.phone import InvalidPhone
from app.core.schemas import PhoneText
from app.core.versions import OUTDATED, OUTDATED_CHANGE, IfMatch, StatedVersion, Tag
from app.customers import service
from app.customers.errors import CustomerErased, CustomerNotFound, PhoneTaken
from app.customers.schemas import CustomerChange, CustomerExport, CustomerIn, CustomerOut

router = APIRouter(prefix="/customers", tags=["customers"], route_class=IdempotentRoute)

READER = Depends(require(Scope.bookings_read), scope="function")
WRITER = Depends(require(Scope.bookings_write), scope="function")
Admin = Annotated[Principal, Depends(require(Scope.clients_admin), scope="function")]


@router.post(
    "",
    status_code=201,
    dependencies=[WRITER],
    responses={200: {"model": CustomerOut, "description": "A known customer"}, **problems(InvalidPhone)},
)
async def find_or_create_customer(
    wanted: CustomerIn, client: CurrentClient, session: Session, now: Now, *, tag: Tag, response: Response
) -> CustomerOut:
    """Return the customer with this phone: 200 a known one, 201 a new one. Only what is missing is filled in."""
    customer, created = await service.find_or_create(session, client, wanted, now=now)
    response.status_code = 201 if created else 200
    return tag(customer)


@router.get("", dependencies=[READER], responses=problems(InvalidCursor, InvalidPhone))
async def list_customers(
    client: CurrentClient,
    session: Session,
    paging: PageQuery,
    phone: Annotated[PhoneText | None, Query(description="Whose phone it is; `+` is %2B here.")] = None,
) -> Page[CustomerOut]:
    """List customers in the order of their making, erased ones among them."""
    return await service.page(session, client, paging, phone=phone)


@router.get("/{customer_id}", dependencies=[READER], responses=problems(CustomerNotFound))
async def read_customer(customer_id: UUID, client: CurrentClient, session: Session, tag: Tag) -> CustomerOut:
    """Read a customer."""
    return tag(await service.read(session, client, customer_id))


@router.patch(
    "/{customer_id}",
    dependencies=[WRITER],
    responses=problems(CustomerNotFound, CustomerErased, PhoneTaken, *OUTDATED_CHANGE, InvalidPhone),
)
async def change_customer(
    customer_id: UUID,
    wanted: CustomerChange,
    client: CurrentClient,
    session: Session,
    now: Now,
    *,
    if_match: IfMatch,
    tag: Tag,
) -> CustomerOut:
    """Change what is known of a customer."""
    return tag(await service.change(session, client, customer_id, wanted, if_match=if_match, now=now))


@router.get("/{customer_id}/export", responses=problems(CustomerNotFound))
async def export_customer(
    customer_id: UUID, client: CurrentClient, principal: Admin, session: Session, now: Now
) -> CustomerExport:
    """Return all that is held about a customer; who asked stands in the audit log."""
    return await service.export(session, client, principal, customer_id, now=now)


@router.post("/{customer_id}/erase", responses=problems(CustomerNotFound, *OUTDATED))
async def erase_customer(
    customer_id: UUID,
    client: CurrentClient,
    principal: Admin,
    session: Session,
    *,
    if_match: IfMatch,
    version: StatedVersion,
    now: Now,
    tag: Tag,
) -> CustomerOut:
    """Forget a customer: everything personal goes, in every room and every stored answer; bookings stay as numbers."""
    return tag(
        await service.erase(session, client, principal, customer_id, if_match=if_match, version=version, now=now)
    )
