"""What becomes of a hold: confirmed, extended, released, run out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.errors import CustomerRequired, HoldExpired, HoldTokenInvalid, HoldTooLong
from app.bookings.events import BookingConfirmed, BookingHeld, HoldEnded
from app.bookings.models import Booking
from app.bookings.rules import Status, Step, extended_until
from app.bookings.schemas import BookingOut, ConfirmRequest, ExtendRequest, ReleaseRequest
from app.bookings.service.expiry import expire
from app.bookings.service.opening import Change, free, record, step, take
from app.bookings.service.writing import overlaps_refused
from app.catalog.service import lock_resources
from app.clients.schemas import ClientContext
from app.core.security import digest, same
from app.customers import service as customers
from app.jobs.outbox import emit
from app.schedule.models import Claim


def check_hold(booking: Booking, token: str | None, now: datetime) -> None:
    """Refuse a hold that has ended, or a token that is not its own.

    Raises:
        HoldExpired, HoldTokenInvalid: it is so.
    """
    held = booking.status == Status.held
    if booking.status == Status.expired or (held and booking.expires_at is not None and booking.expires_at <= now):
        raise HoldExpired
    if token is not None and not same(digest(token), booking.hold_token_hash or b""):
        raise HoldTokenInvalid


async def confirm(
    session: AsyncSession,
    client: ClientContext,
    hold_id: UUID,
    request: ConfirmRequest,
    *,
    change: Change,
    now: datetime,
    notes: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> BookingOut:
    """Turn a hold into a booking; it keeps its id and its resources.

    Raises:
        BookingNotFound, HoldExpired, HoldTokenInvalid, TransitionInvalid: there is no such hold any more.
        CustomerRequired, InvalidPhone: nobody to book for.
        PreconditionFailed, VersionConflict: the hold has changed since.
    """
    opened = await take(session, client, hold_id)
    booking = opened.booking
    check_hold(booking, request.hold_token, now)
    change.check(booking, request.version)
    booking.status = step(booking, Step.confirm).value
    if request.customer is not None:
        customer, _ = await customers.find_or_create(session, client, request.customer, now=now)
        booking.customer_id = customer.id
    if booking.customer_id is None:
        raise CustomerRequired
    booking.notes = notes if notes is not None else booking.notes
    booking.attributes = dict(metadata) if metadata is not None else booking.attributes
    booking.expires_at = None
    await _set_expiry(session, client, booking, None)
    confirmed = await record(session, client, opened, "confirmed", actor=change.actor, now=now)
    await emit(session, BookingConfirmed(client.id, booking.id), now=now)
    return confirmed


async def release(
    session: AsyncSession,
    client: ClientContext,
    hold_id: UUID,
    request: ReleaseRequest,
    *,
    change: Change,
    now: datetime,
    also_lock: Sequence[UUID] = (),
) -> BookingOut:
    """Let a hold go; its time is on offer again at once.

    `also_lock` are resources that the same transaction goes on to book: all locks are taken at once, in one order.

    Raises:
        BookingNotFound, HoldExpired, HoldTokenInvalid, TransitionInvalid: there is no such hold any more.
        PreconditionFailed, VersionConflict: the hold has changed since.
    """
    opened = await take(session, client, hold_id, also_lock=also_lock)
    booking = opened.booking
    check_hold(booking, request.hold_token, now)
    change.check(booking, request.version)
    booking.status = step(booking, Step.release).value
    await free(session, client, booking)
    released = await record(session, client, opened, "released", actor=change.actor, now=now)
    await emit(session, HoldEnded(client.id, booking.id), now=now)
    return released


async def extend(
    session: AsyncSession,
    client: ClientContext,
    hold_id: UUID,
    request: ExtendRequest,
    *,
    change: Change,
    now: datetime,
) -> BookingOut:
    """Keep a hold for some seconds from now, the client's `hold_seconds` where none are named; never less long.

    Raises:
        BookingNotFound, HoldExpired, HoldTokenInvalid, TransitionInvalid: there is no such hold any more.
        HoldTooLong: it would last more than an hour in all.
        PreconditionFailed, VersionConflict: the hold has changed since.
    """
    opened = await take(session, client, hold_id)
    booking = opened.booking
    check_hold(booking, request.hold_token, now)
    change.check(booking, request.version)
    step(booking, Step.extend)
    until = extended_until(booking.created_at, booking.expires_at or now, request.seconds, client.hold_seconds, now=now)
    if until is None:
        raise HoldTooLong
    booking.expires_at = until
    await _set_expiry(session, client, booking, until)
    extended = await record(session, client, opened, "extended", actor=change.actor, now=now)
    await emit(session, BookingHeld(client.id, booking.id, until), now=now)
    return extended


async def _set_expiry(session: AsyncSession, client: ClientContext, booking: Booking, until: datetime | None) -> None:
    claims = update(Claim).where(Claim.client_id == client.id, Claim.booking_id == booking.id)
    with overlaps_refused():
        await session.execute(claims.values(expires_at=until))


async def expire_due_holds(session: AsyncSession, *, now: datetime, most: int = 200) -> int:
    """Expire holds of all clients that have run out, at most so many, and return how many.

    A sweep of the leader: bookings find due holds in their way by themselves, this one keeps the tables
    and the histories tidy. One client's holds at a time, in the order of their resources.
    """
    due = (
        select(Booking.client_id, Booking.id)
        .where(Booking.status == Status.held.value, Booking.expires_at <= now)
        .order_by(Booking.client_id, Booking.id)
        .limit(most)
    )
    holds: dict[UUID, list[UUID]] = {}
    for client_id, booking_id in await session.execute(due):
        holds.setdefault(client_id, []).append(booking_id)
    return sum([await _expire_of(session, client_id, ids, now=now) for client_id, ids in holds.items()])


async def expire_hold(session: AsyncSession, client_id: UUID, hold_id: UUID, *, now: datetime) -> int:
    """Expire one hold if it is past its time; return 1 if it was."""
    return await _expire_of(session, client_id, [hold_id], now=now)


async def _expire_of(session: AsyncSession, client_id: UUID, booking_ids: list[UUID], *, now: datetime) -> int:
    shared = select(Booking.session_id).where(
        Booking.client_id == client_id, Booking.id.in_(booking_ids), Booking.session_id.is_not(None)
    )
    resources = select(Claim.resource_id).where(
        Claim.client_id == client_id, Claim.booking_id.in_(booking_ids) | Claim.session_id.in_(shared)
    )
    await lock_resources(session, sorted(set(await session.scalars(resources))))
    return await expire(session, client_id, booking_ids, now=now)
