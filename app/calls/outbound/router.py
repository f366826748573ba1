"""The HTTP door to calls that we make."""

from uuid import UUID

from fastapi import APIRouter, Depends

from app.attention.errors import AttentionNotFound
from app.bookings.errors import BookingNotFound
from app.calls.errors import CallNotFound
from app.calls.outbound import service
from app.calls.outbound.errors import (
    CallsOff,
    CallUnderWay,
    CallWaiting,
    CustomerUnreachable,
    DoNotCall,
    NotCallable,
    NothingToRemindOf,
    TooFarAhead,
)
from app.calls.outbound.schemas import CallRequest, DoNotCallOut
from app.calls.schemas import CallOut
from app.clients.auth import CurrentClient
from app.core.auth import Scope, require
from app.core.clock import Now
from app.core.db import Session
from app.core.errors import problems
from app.core.idempotency import IdempotentRoute
from app.core.phone import InvalidPhone
from app.customers.errors import CustomerNotFound

router = APIRouter(tags=["calls"], route_class=IdempotentRoute)

WRITE = [Depends(require(Scope.bookings_write), scope="function")]
_UNKNOWN = (CustomerNotFound, BookingNotFound, AttentionNotFound)
_REFUSED = (
    InvalidPhone,
    NotCallable,
    TooFarAhead,
    CustomerUnreachable,
    NothingToRemindOf,
    DoNotCall,
    CallsOff,
    CallWaiting,
)


@router.post("/calls", status_code=201, dependencies=WRITE, responses=problems(*_UNKNOWN, *_REFUSED))
async def order_call(wanted: CallRequest, client: CurrentClient, session: Session, now: Now) -> CallOut:
    """Have a customer called: placed once, when the client is open and outside of quiet hours."""
    return await service.order(session, client, wanted, now=now)


@router.post("/calls/{call_id}/cancel", dependencies=WRITE, responses=problems(CallNotFound, CallUnderWay))
async def cancel_call(call_id: UUID, client: CurrentClient, session: Session, now: Now) -> CallOut:
    """Take back a call that waits to be placed."""
    return await service.cancel(session, client, call_id, now=now)


@router.post(
    "/customers/{customer_id}/do-not-call",
    dependencies=WRITE,
    responses=problems(CustomerNotFound, CustomerUnreachable),
)
async def forbid_calls(customer_id: UUID, client: CurrentClient, session: Session, now: Now) -> DoNotCallOut:
    """Call a customer no more; what waits is withdrawn."""
    return await service.forbid_calls(session, client, customer_id, now=now)


@router.delete(
    "/customers/{customer_id}/do-not-call",
    dependencies=WRITE,
    responses=problems(CustomerNotFound, CustomerUnreachable),
)
async def allow_calls(customer_id: UUID, client: CurrentClient, session: Session) -> DoNotCallOut:
    """Say that a customer may be called again."""
    return await service.allow_calls(session, client, customer_id)
