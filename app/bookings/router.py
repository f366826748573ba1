"""The HTTP door to bookings: parse, call one service function, return its result."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from app.bookings import service
from app.bookings.errors import (
    BookingNotFound,
    CancelWindowPassed,
    CustomerRequired,
    HoldExpired,
    HoldMismatch,
    HoldTokenInvalid,
    HoldTooLong,
    Refused,
    SlotTaken,
    TransitionInvalid,
)
from app.bookings.rules import Step
from app.bookings.schemas import (
    BookingFilter,
    BookingOut,
    BookingRequest,
    CancelRequest,
    ConfirmRequest,
    EventOut,
    ExtendRequest,
    HoldOut,
    HoldRequest,
    OutcomeRequest,
    ReleaseRequest,
    RescheduleRequest,
)
from app.bookings.service.opening import Change
from app.bookings.service.writing import Actor
from app.catalog.errors import ResourceNotFound, ServiceArchived, ServiceNotFound
from app.clients.auth import CurrentClient
from app.core.auth import Principal, Scope, require
from app.core.clock import Now
from app.core.db import Session
from app.core.errors import problems
from app.core.idempotency import IdempotentRoute
from app.core.paging import InvalidCursor, Page, PageQuery
from app.core.phone import InvalidPhone
from app.core.versions import IfMatch, PreconditionFailed, VersionConflict, put_etag
from app.customers.errors import CustomerNotFound

router = APIRouter(tags=["bookings"], route_class=IdempotentRoute)

READ = [Depends(require(Scope.bookings_read))]
WRITE = [Depends(require(Scope.bookings_write))]
_PLACING = (ServiceNotFound, ResourceNotFound, ServiceArchived, Refused, SlotTaken, InvalidPhone)
_CHANGING = (BookingNotFound, HoldExpired, TransitionInvalid, VersionConflict, PreconditionFailed)


async def get_actor(request: Request) -> Actor:
    """Return who acts; a key that administers its client is not bound by the cancel window."""
    principal: Principal = request.state.principal
    return Actor(principal.name, bound_by_window=Scope.clients_admin not in principal.scopes)


CurrentActor = Annotated[Actor, Depends(get_actor)]


async def get_change(actor: CurrentActor, if_match: IfMatch) -> Change:
    """Return who changes a booking, and from which version where the header says so."""
    return Change(actor, if_match)


CurrentChange = Annotated[Change, Depends(get_change)]


@router.post(
    "/bookings",
    status_code=201,
    dependencies=WRITE,
    responses=problems(*_PLACING, CustomerRequired, BookingNotFound, HoldExpired, HoldMismatch, HoldTokenInvalid),
)
async def create_booking(
    *,
    wanted: BookingRequest,
    response: Response,
    client: CurrentClient,
    actor: CurrentActor,
    session: Session,
    now: Now,
) -> BookingOut:
    """Book a start that is on offer, straight or from a hold."""
    return _tagged(response, await service.book(session, client, wanted, actor=actor, now=now))


@router.post("/bookings/hold", status_code=201, dependencies=WRITE, responses=problems(*_PLACING))
async def create_hold(
    *, wanted: HoldRequest, response: Response, client: CurrentClient, actor: CurrentActor, session: Session, now: Now
) -> HoldOut:
    """Hold a resource for a start until `expiresAt`."""
    held = await service.hold(session, client, wanted, actor=actor, now=now)
    put_etag(response, held.version)
    return held


@router.get("/bookings", dependencies=READ, responses=problems(InvalidCursor))
async def list_bookings(
    *, wanted: Annotated[BookingFilter, Query()], paging: PageQuery, client: CurrentClient, session: Session
) -> Page[BookingOut]:
    """List bookings by their start, or by their last change with `updatedSince`."""
    return await service.find(session, client, wanted, paging)


@router.get("/customers/{customer_id}/bookings", dependencies=READ, responses=problems(CustomerNotFound, InvalidCursor))
async def list_customer_bookings(
    *, customer_id: UUID, paging: PageQuery, client: CurrentClient, session: Session
) -> Page[BookingOut]:
    """List a customer's bookings by their start."""
    return await service.bookings_of(session, client, customer_id, paging)


@router.get("/bookings/{booking_id}", dependencies=READ, responses=problems(BookingNotFound))
async def read_booking(booking_id: UUID, response: Response, client: CurrentClient, session: Session) -> BookingOut:
    """Read one booking."""
    return _tagged(response, await service.get(session, client, booking_id))


@router.get("/bookings/{booking_id}/history", dependencies=READ, responses=problems(BookingNotFound, InvalidCursor))
async def read_history(booking_id: UUID, paging: PageQuery, client: CurrentClient, session: Session) -> Page[EventOut]:
    """Read what happened to a booking, oldest first."""
    return await service.history(session, client, booking_id, paging)


@router.post(
    "/bookings/{booking_id}/confirm",
    dependencies=WRITE,
    responses=problems(*_CHANGING, HoldTokenInvalid, CustomerRequired, InvalidPhone),
)
async def confirm_hold(
    *,
    booking_id: UUID,
    response: Response,
    client: CurrentClient,
    change: CurrentChange,
    session: Session,
    now: Now,
    request: ConfirmRequest | None = None,
) -> BookingOut:
    """Turn a hold into a booking; it keeps its id."""
    wanted = request or ConfirmRequest()
    return _tagged(response, await service.confirm(session, client, booking_id, wanted, change=change, now=now))


@router.post("/bookings/{booking_id}/release", dependencies=WRITE, responses=problems(*_CHANGING, HoldTokenInvalid))
async def release_hold(
    *,
    booking_id: UUID,
    response: Response,
    client: CurrentClient,
    change: CurrentChange,
    session: Session,
    now: Now,
    request: ReleaseRequest | None = None,
) -> BookingOut:
    """Let a hold go; its time is on offer again at once."""
    wanted = request or ReleaseRequest()
    return _tagged(response, await service.release(session, client, booking_id, wanted, change=change, now=now))


@router.post(
    "/bookings/{booking_id}/extend", dependencies=WRITE, responses=problems(*_CHANGING, HoldTokenInvalid, HoldTooLong)
)
async def extend_hold(
    *,
    booking_id: UUID,
    response: Response,
    client: CurrentClient,
    change: CurrentChange,
    session: Session,
    now: Now,
    request: ExtendRequest | None = None,
) -> BookingOut:
    """Keep a hold longer, counted from now; an hour in all at most."""
    wanted = request or ExtendRequest()
    return _tagged(response, await service.extend(session, client, booking_id, wanted, change=change, now=now))


@router.post(
    "/bookings/{booking_id}/reschedule",
    dependencies=WRITE,
    responses=problems(*_CHANGING, CancelWindowPassed, ResourceNotFound, ServiceArchived, Refused, SlotTaken),
)
async def reschedule_booking(
    *,
    booking_id: UUID,
    request: RescheduleRequest,
    response: Response,
    client: CurrentClient,
    change: CurrentChange,
    session: Session,
    now: Now,
) -> BookingOut:
    """Move a booking; if the new start cannot be had, nothing changes."""
    return _tagged(response, await service.reschedule(session, client, booking_id, request, change=change, now=now))


@router.post("/bookings/{booking_id}/cancel", dependencies=WRITE, responses=problems(*_CHANGING, CancelWindowPassed))
async def cancel_booking(
    *,
    booking_id: UUID,
    response: Response,
    client: CurrentClient,
    change: CurrentChange,
    session: Session,
    now: Now,
    request: CancelRequest | None = None,
) -> BookingOut:
    """Cancel a booking; its time is on offer again at once.

    Within the client's `cancelWindowMinutes` before the start only keys with `clients:admin` may cancel or move it.
    """
    wanted = request or CancelRequest()
    return _tagged(response, await service.cancel(session, client, booking_id, wanted, change=change, now=now))


@router.post("/bookings/{booking_id}/complete", dependencies=WRITE, responses=problems(*_CHANGING))
async def complete_booking(
    *,
    booking_id: UUID,
    response: Response,
    client: CurrentClient,
    change: CurrentChange,
    session: Session,
    now: Now,
    request: OutcomeRequest | None = None,
) -> BookingOut:
    """Say that the customer came."""
    wanted = request or OutcomeRequest()
    closed = await service.close(session, client, booking_id, Step.complete, wanted, change=change, now=now)
    return _tagged(response, closed)


@router.post("/bookings/{booking_id}/no-show", dependencies=WRITE, responses=problems(*_CHANGING))
async def mark_no_show(
    *,
    booking_id: UUID,
    response: Response,
    client: CurrentClient,
    change: CurrentChange,
    session: Session,
    now: Now,
    request: OutcomeRequest | None = None,
) -> BookingOut:
    """Say that the customer did not come."""
    wanted = request or OutcomeRequest()
    closed = await service.close(session, client, booking_id, Step.no_show, wanted, change=change, now=now)
    return _tagged(response, closed)


def _tagged(response: Response, booking: BookingOut) -> BookingOut:
    put_etag(response, booking.version)
    return booking
