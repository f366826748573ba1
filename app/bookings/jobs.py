"""What bookings do after the answer: end holds that nobody confirmed."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.events import BookingHeld
from app.bookings.service import expire_due_holds, expire_hold
from app.jobs.outbox import subscribe
from app.jobs.schedules import periodic

SWEEP_EVERY = timedelta(minutes=1)


@subscribe(BookingHeld, "bookings.expire_hold", at=lambda event: event.expires_at)
async def end_hold(session: AsyncSession, event: BookingHeld, /, *, now: datetime) -> None:
    """Expire a hold at its time, so that its history tells; one extended or confirmed since is left alone."""
    await expire_hold(session, event.client_id, event.booking_id, now=now)


@periodic("bookings.expire_due_holds", every=SWEEP_EVERY)
async def sweep_holds(session: AsyncSession, /, *, now: datetime) -> None:
    """Expire holds whose own job was lost or late."""
    await expire_due_holds(session, now=now)
