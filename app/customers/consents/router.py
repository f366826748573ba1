"""The HTTP door to what is noted of who wants no messages; of calls that is noted where calls are made."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from app.clients.auth import CurrentClient
from app.core.auth import Principal, Scope, require
from app.core.clock import Now
from app.core.db import Session
from app.core.errors import problems
from app.core.idempotency import IdempotentRoute
from app.customers.consents import service
from app.customers.consents.errors import EmailMissing, StoppedByCustomer
from app.customers.consents.schemas import ConsentsOut
from app.customers.errors import CustomerErased, CustomerNotFound

router = APIRouter(prefix="/customers/{customer_id}", tags=["customers"], route_class=IdempotentRoute)

READER = Depends(require(Scope.bookings_read), scope="function")
Writer = Annotated[Principal, Depends(require(Scope.bookings_write), scope="function")]


@router.get("/consents", dependencies=[READER], responses=problems(CustomerNotFound))
async def read_consents(customer_id: UUID, client: CurrentClient, session: Session) -> ConsentsOut:
    """Read in which ways a customer does not want to be reached, and who said so."""
    return await service.consents_of(session, client, customer_id)


@router.post("/do-not-text", responses=problems(CustomerNotFound, CustomerErased))
async def forbid_texts(
    customer_id: UUID, client: CurrentClient, principal: Writer, session: Session, now: Now
) -> ConsentsOut:
    """Text a customer no more; what waits is not sent."""
    return await service.forbid(session, client, principal, customer_id, "sms", now=now)


@router.delete("/do-not-text", responses=problems(CustomerNotFound, CustomerErased, StoppedByCustomer))
async def allow_texts(
    customer_id: UUID, client: CurrentClient, principal: Writer, session: Session, now: Now
) -> ConsentsOut:
    """Say that a customer may be texted again; who has texted STOP has to text START."""
    return await service.allow(session, client, principal, customer_id, "sms", now=now)


@router.post("/do-not-email", responses=problems(CustomerNotFound, CustomerErased, EmailMissing))
async def forbid_emails(
    customer_id: UUID, client: CurrentClient, principal: Writer, session: Session, now: Now
) -> ConsentsOut:
    """Send a customer no more e-mail; what waits is not sent."""
    return await service.forbid(session, client, principal, customer_id, "email", now=now)


@router.delete("/do-not-email", responses=problems(CustomerNotFound, CustomerErased, EmailMissing, StoppedByCustomer))
async def allow_emails(
    customer_id: UUID, client: CurrentClient, principal: Writer, session: Session, now: Now
) -> ConsentsOut:
    """Say that a customer may be sent e-mail again."""
    return await service.allow(session, client, principal, customer_id, "email", now=now)
