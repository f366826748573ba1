"""The HTTP door to bookings: parse, call one service function, return its result."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

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
from app.clients.schemas import ClientContext
from app.core.auth import Principal, Scope, require
from app.core.clock import Now
from app.core.db import Session
from app.core.errors import problems
from app.core.idempotency import IdempotentRoute
from app.core.paging import InvalidCursor, Page, PageQuery
from app.core.phone import InvalidPhone
from app.core.versions import OUTDATED, IfMatch, Tag
from app.customers.errors import CustomerNotFound

router = APIRouter(tags=["bookings"], route_class=IdempotentRoute)

READ = [Depends(require(Scope.bookings_read))]
WRITE = [Depends(require(Scope.bookings_write))]
_PLACING = (ServiceNotFound, ResourceNotFound, ServiceArchived, Refused, SlotTaken, InvalidPhone)
_CHANGING = (BookingNotFound, HoldExpired, TransitionInvalid, *OUTDATED)

_Wanted = TypeVar("_Wanted", contravariant=True)


async def get_actor(request: Request) -> Actor:
    """Return who acts; a key that administers its client is not bound by the cancel window."""
    principal: Principal = request.state.principal
    return Actor(principal.name, bound_by_window=Scope.clients_admin not in principal.scopes)


CurrentActor = Annotated[Actor, Depends(get_actor)]


class _Act(Protocol[_Wanted]):
    """A service function that changes a booking as a request wants it."""

    async def __call__(
        self,
        session: AsyncSession,
        client: ClientContext,
        booking_id: UUID,
        request: _Wanted,
        /,
        *,
        change: Change,
        now: datetime,
    ) -> BookingOut: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What each change of a booking takes besides the request."""

    session: AsyncSession
    client: ClientContext
    change: Change
    now: datetime
    tag: Tag

    async def carry_out(self, act: _Act[_Wanted], booking_id: UUID, request: _Wanted) -> BookingOut:
        """Change a booking as the request wants it, and return it with its new version in the `ETag`."""
        changed = await act(self.session, self.client, booking_id, request, change=self.change, now=self.now)
        return self.tag(changed)


async def _desk(
    *,
    client: CurrentClient,
    actor: CurrentActor,
    if_match: IfMatch,
    session: Session,
    now: Now,
    tag: Tag,
) -> Desk:
    change = Change(actor, if_match)
    return Desk(session=session, client=client, change=change, now=now, tag=tag)


CurrentDesk = Annotated[Desk, Depends(_desk)]


@router.post(
    "/bookings",
    status_code=201,
    dependencies=WRITE,
    responses=problems(*_PLACING, CustomerRequired, BookingNotFound, HoldExpired, HoldMismatch, HoldTokenInvalid),
)
async def create_booking(
    *,
    wanted: BookingRequest,
    tag: Tag,
    client: CurrentClient,
    actor: CurrentActor,
    session: Session,
    now: Now,
) -> BookingOut:
    """Book a start that is on offer, straight or from a hold."""
    return tag(await service.book(session, client, wanted, actor=actor, now=now))


@router.post("/bookings/hold", status_code=201, dependencies=WRITE, responses=problems(*_PLACING))
async def create_hold(
    *, wanted: HoldRequest, tag: Tag, client: CurrentClient, actor: CurrentActor, session: Session, now: Now
) -> HoldOut:
    """Hold a resource for a start until `expiresAt`."""
    return tag(await service.hold(session, client, wanted, actor=actor, now=now))


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
async def read_booking(booking_id: UUID, tag: Tag, client: CurrentClient, session: Session) -> BookingOut:
    """Read one booking."""
    return tag(await service.get(session, client, booking_id))


@router.get("/bookings/{booking_id}/history", dependencies=READ, responses=problems(BookingNotFound, InvalidCursor))
async def read_history(booking_id: UUID, paging: PageQuery, client: CurrentClient, session: Session) -> Page[EventOut]:
    """Read what happened to a booking, oldest first."""
    return await service.history(session, client, booking_id, paging)


@router.post(
    "/bookings/{booking_id}/confirm",
    dependencies=WRITE,
    responses=problems(*_CHANGING, HoldTokenInvalid, CustomerRequired, InvalidPhone),
)
async def confirm_hold(booking_id: UUID, desk: CurrentDesk, request: ConfirmRequest | None = None) -> BookingOut:
    """Turn a hold into a booking; it keeps its id."""
    return await desk.carry_out(service.confirm, booking_id, request or ConfirmRequest())


@router.post("/bookings/{booking_id}/release", dependencies=WRITE, responses=problems(*_CHANGING, HoldTokenInvalid))
async def release_hold(booking_id: UUID, desk: CurrentDesk, request: ReleaseRequest | None = None) -> BookingOut:
    """Let a hold go; its time is on offer again at once."""
    return await desk.carry_out(service.release, booking_id, request or ReleaseRequest())


@router.post(
    "/bookings/{booking_id}/extend", dependencies=WRITE, responses=problems(*_CHANGING, HoldTokenInvalid, HoldTooLong)
)
async def extend_hold(booking_id: UUID, desk: CurrentDesk, request: ExtendRequest | None = None) -> BookingOut:
    """Keep a hold longer, counted from now; an hour in all at most."""
    return await desk.carry_out(service.extend, booking_id, request or ExtendRequest())


@router.post(
    "/bookings/{booking_id}/reschedule",
    dependencies=WRITE,
    responses=problems(*_CHANGING, CancelWindowPassed, ResourceNotFound, ServiceArchived, Refused, SlotTaken),
)
async def reschedule_booking(booking_id: UUID, desk: CurrentDesk, request: RescheduleRequest) -> BookingOut:
    """Move a booking; if the new start cannot be had, nothing changes."""
    return await desk.carry_out(service.reschedule, booking_id, request)


@router.post("/bookings/{booking_id}/cancel", dependencies=WRITE, responses=problems(*_CHANGING, CancelWindowPassed))
async def cancel_booking(booking_id: UUID, desk: CurrentDesk, request: CancelRequest | None = None) -> BookingOut:
    """Cancel a booking; its time is on offer again at once.

    Within the client's `cancelWindowMinutes` before the start only keys with `clients:admin` may cancel or move it.
    """
    return await desk.carry_out(service.cancel, booking_id, request or CancelRequest())


@router.post("/bookings/{booking_id}/complete", dependencies=WRITE, responses=problems(*_CHANGING))
async def complete_booking(booking_id: UUID, desk: CurrentDesk, request: OutcomeRequest | None = None) -> BookingOut:
    """Say that the customer came."""
    return await desk.carry_out(partial(service.close, outcome=Step.complete), booking_id, request or OutcomeRequest())


@router.post("/bookings/{booking_id}/no-show", dependencies=WRITE, responses=problems(*_CHANGING))
async def mark_no_show(booking_id: UUID, desk: CurrentDesk, request: OutcomeRequest | None = None) -> BookingOut:
    """Say that the customer did not come."""
    return await desk.carry_out(partial(service.close, outcome=Step.no_show), booking_id, request or OutcomeRequest())
