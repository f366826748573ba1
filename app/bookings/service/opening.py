"""Taking an existing booking in hand: its resources locked, its row read under the lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.errors import BookingNotFound, TransitionInvalid
from app.bookings.models import Booking, BookingEvent
from app.bookings.rules import Status, Step, after
from app.bookings.schemas import BookingOut
from app.bookings.service.reading import as_out, select_bookings
from app.bookings.service.seats import refresh_sessions
from app.bookings.service.writing import Actor
from app.catalog.service import lock_resources, try_lock_resources
from app.clients.schemas import ClientContext
from app.core.idempotency import concerns
from app.core.versions import VersionConflict, check_version
from app.schedule.models import Claim


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes a booking, and the raw `If-Match` of which version, where one came."""

    actor: Actor
    if_match: str | None = None

    def check(self, booking: Booking, version: int | None) -> None:
        """Refuse a change made from another version than the present one; `version` is the body's.

        Raises:
            PreconditionFailed, VersionConflict: it was.
        """
        check_version(booking.version, if_match=self.if_match, version=version)


@dataclass(slots=True)
class Opened:
    """A booking that nobody else can change until the transaction ends."""

    row: Row[Any]

    @property
    def booking(self) -> Booking:
        """The row itself."""
        found: Booking = self.row.Booking
        return found

    @property
    def resources(self) -> tuple[UUID, ...]:
        """What it takes, or took."""
        return tuple(self.row.resource_ids or ())


async def peek(session: AsyncSession, client: ClientContext, booking_id: UUID) -> Opened:
    """Return a booking as it is now, unlocked.

    Raises:
        BookingNotFound: the client has no such booking.
    """
    query = select_bookings(client).where(Booking.id == booking_id)
    row = (await session.execute(query, execution_options={"populate_existing": True})).first()
    if row is None:
        raise BookingNotFound
    return Opened(row)


async def take(
    session: AsyncSession,
    client: ClientContext,
    booking_id: UUID,
    *,
    seen: Opened | None = None,
    also_lock: Sequence[UUID] = (),
) -> Opened:
    """Lock a booking's resources, and others with them in one order, and return it as it is under the locks.

    Locks of resources come before locks of rows, everywhere; so nobody waits in a circle.

    Raises:
        BookingNotFound: the client has no such booking.
        VersionConflict: it was moved to another resource while we waited, and somebody has that one by now.
    """
    seen = seen or await peek(session, client, booking_id)
    locked = {*seen.resources, *also_lock}
    await lock_resources(session, sorted(locked))
    opened = await peek(session, client, booking_id)
    moved_to = set(opened.resources) - locked
    if moved_to:
        if not await try_lock_resources(session, moved_to):
            raise VersionConflict
        opened = await peek(session, client, booking_id)
        if not moved_to.issuperset(opened.resources):
            raise VersionConflict
    return opened


def step(booking: Booking, wanted: Step) -> Status:
    """Return the status that a step leads a booking to.

    Raises:
        TransitionInvalid: its present status does not allow the step.
    """
    following = after(Status(booking.status), wanted)
    if following is None:
        raise TransitionInvalid(f"A booking that is {booking.status} cannot {wanted.value.replace('_', ' ')}.")
    return following


async def record(
    session: AsyncSession,
    client: ClientContext,
    opened: Opened,
    happened: str,
    *,
    actor: Actor,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> BookingOut:
    """Write a changed booking with a new version and its line of history, and return it."""
    booking = opened.booking
    booking.version += 1
    booking.updated_at = now
    event = BookingEvent(
        client_id=client.id, booking_id=booking.id, type=happened, at=now, actor=actor.name, data=data or {}
    )
    session.add(event)
    await session.flush()
    if booking.session_id is not None:
        await refresh_sessions(session, client.id, [booking.session_id])
    changed = await peek(session, client, booking.id)
    if booking.customer_id is not None:
        concerns(session, booking.customer_id)
    return as_out(client, changed.row)


async def free(session: AsyncSession, client: ClientContext, booking: Booking) -> None:
    """Let go of what a booking claims by itself; a session's seats are counted when the change is recorded."""
    claims = update(Claim).where(Claim.client_id == client.id, Claim.booking_id == booking.id)
    await session.execute(claims.values(active=False, expires_at=None))
