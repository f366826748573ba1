"""Moving a booking, cancelling it, and saying how it went."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.errors import CancelWindowPassed
from app.bookings.events import BookingCancelled, BookingRescheduled
from app.bookings.models import Booking
from app.bookings.rules import Status, Step, is_too_late
from app.bookings.schemas import BookingOut, CancelRequest, OutcomeRequest, RescheduleRequest
from app.bookings.service.holding import check_hold
from app.bookings.service.opening import Change, Opened, free, peek, record, step, take
from app.bookings.service.placing import Placement, Wanted, place
from app.bookings.service.seats import open_session, refresh_sessions
from app.bookings.service.writing import overlaps_refused, told_of
from app.clients.schemas import ClientContext
from app.core.clock import iso
from app.jobs.outbox import emit
from app.schedule import service as schedule
from app.schedule.models import Claim


def _check_window(client: ClientContext, booking: Booking, change: Change, now: datetime) -> None:
    bound = change.actor.bound_by_window and booking.status == Status.confirmed  # a hold is let go at any time
    if bound and is_too_late(booking.starts_at, client.cancel_window_minutes, now):
        raise CancelWindowPassed


async def reschedule(
    session: AsyncSession,
    client: ClientContext,
    booking_id: UUID,
    request: RescheduleRequest,
    *,
    change: Change,
    now: datetime,
) -> BookingOut:
    """Move a booking or hold; it keeps its id, and its resource where that one is free.

    Its own time does not stand in its way. If the new start is refused, nothing has changed.

    Raises:
        BookingNotFound, HoldExpired, TransitionInvalid: there is nothing to move.
        PreconditionFailed, VersionConflict: it has changed since.
        CancelWindowPassed: it is too late to move it.
        ServiceArchived, ResourceNotFound, Refused, SlotTaken: the new start cannot be had.
    """
    seen = await peek(session, client, booking_id)
    plan = await schedule.load_plan(session, client, seen.booking.service_id, now=now)
    opened = await take(session, client, booking_id, seen=seen, also_lock=plan.resources)
    booking = opened.booking
    change.check(booking, request.version)
    check_hold(booking, None, now)
    step(booking, Step.reschedule)
    _check_window(client, booking, change, now)
    wanted = _destination(opened, request)
    placement = await place(session, client, wanted, now=now, also_lock=opened.resources)
    left = {"fromResourceIds": [str(each) for each in opened.resources], "fromStartsAt": iso(booking.starts_at)}
    await _move(session, client, opened, placement)
    data = told_of(placement) | left
    moved = await record(session, client, opened, "rescheduled", actor=change.actor, now=now, data=data)
    await emit(session, BookingRescheduled(client.id, booking.id), now=now)
    return moved


def _destination(opened: Opened, request: RescheduleRequest) -> Wanted:
    booking = opened.booking
    return Wanted(
        service_id=booking.service_id,
        at=int(request.starts_at.timestamp()),
        seats=booking.seats,
        resource_id=request.resource_id,
        preferred=opened.resources,
        moving=booking.id,
    )


async def _move(session: AsyncSession, client: ClientContext, opened: Opened, placement: Placement) -> None:
    """Let go of the old time first, then take the new one; both or neither is committed."""
    booking, plan = opened.booking, placement.plan
    left = booking.session_id
    booking.starts_at, booking.ends_at, booking.session_id = placement.starts_at, placement.ends_at, None
    await session.execute(delete(Claim).where(Claim.client_id == client.id, Claim.booking_id == booking.id))
    await session.flush()
    if left is not None:
        await refresh_sessions(session, client.id, [left])
    with overlaps_refused():
        if plan.terms.capacity > 1:
            span = (placement.starts_at, placement.ends_at)
            booking.session_id = await open_session(
                session, client.id, plan, placement.resources, span=span, blocked=placement.blocked
            )
            await session.flush()
            await refresh_sessions(session, client.id, [booking.session_id])
        else:
            session.add_all(_claims(client, booking, placement))
            await session.flush()


def _claims(client: ClientContext, booking: Booking, placement: Placement) -> list[Claim]:
    return [
        Claim(
            client_id=client.id,
            resource_id=resource,
            service_id=booking.service_id,
            booking_id=booking.id,
            blocked=Range(*placement.blocked),
            starts_at=placement.starts_at,
            ends_at=placement.ends_at,
            expires_at=booking.expires_at,
        )
        for resource in placement.resources
    ]


async def cancel(
    session: AsyncSession,
    client: ClientContext,
    booking_id: UUID,
    request: CancelRequest,
    *,
    change: Change,
    now: datetime,
) -> BookingOut:
    """Cancel a booking or hold; its time is on offer again at once.

    Raises:
        BookingNotFound, HoldExpired, TransitionInvalid: there is nothing to cancel.
        PreconditionFailed, VersionConflict: it has changed since.
        CancelWindowPassed: it is too late to cancel it.
    """
    opened = await take(session, client, booking_id)
    booking = opened.booking
    change.check(booking, request.version)
    check_hold(booking, None, now)
    following = step(booking, Step.cancel)
    _check_window(client, booking, change, now)
    booking.status, booking.cancel_reason = following.value, request.reason
    await free(session, client, booking)
    cancelled = await record(session, client, opened, "cancelled", actor=change.actor, now=now)
    await emit(session, BookingCancelled(client.id, booking.id), now=now)
    return cancelled


async def close(
    session: AsyncSession,
    client: ClientContext,
    booking_id: UUID,
    request: OutcomeRequest,
    *,
    outcome: Literal[Step.complete, Step.no_show],
    change: Change,
    now: datetime,
) -> BookingOut:
    """Say that a customer came, or did not; each can be corrected into the other.

    Raises:
        BookingNotFound, TransitionInvalid: there is no appointment to close.
        PreconditionFailed, VersionConflict: it has changed since.
    """
    opened = await take(session, client, booking_id)
    booking = opened.booking
    change.check(booking, request.version)
    following = step(booking, outcome)
    booking.status = following.value
    return await record(session, client, opened, following.value, actor=change.actor, now=now)
