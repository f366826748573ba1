"""What customers are told of their bookings is written down upon what happens to those, and woken in its time."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.events import BookingCancelled, BookingConfirmed, BookingRescheduled
from app.clients.contact.schemas import Terms
from app.jobs.outbox import subscribe
from app.jobs.schedules import periodic
from app.messages import service
from app.messages.rules import Kind

WAKE_EVERY = timedelta(seconds=15)


@subscribe(BookingConfirmed, "messages.tell_confirmed")
async def tell_confirmed(session: AsyncSession, event: BookingConfirmed, /, *, now: datetime) -> None:
    """Write down a confirmation, and the reminders."""
    await service.tell(session, event.client_id, event.booking_id, Kind.confirmation, now=now)


@subscribe(BookingRescheduled, "messages.tell_moved")
async def tell_moved(session: AsyncSession, event: BookingRescheduled, /, *, now: datetime) -> None:
    """Write down a change and new reminders; those of before are withdrawn."""
    await service.tell(session, event.client_id, event.booking_id, Kind.change, now=now)


@subscribe(BookingCancelled, "messages.tell_cancelled")
async def tell_cancelled(session: AsyncSession, event: BookingCancelled, /, *, now: datetime) -> None:
    """Write down a cancellation; reminders are withdrawn."""
    await service.tell(session, event.client_id, event.booking_id, Kind.cancellation, now=now)


@periodic("messages.wake_due", every=WAKE_EVERY)
async def wake_due(session: AsyncSession, /, *, now: datetime) -> None:
    """Leave a job for each message whose time has come, such as a reminder."""
    await service.wake_due(session, now=now)


@periodic("messages.forget_words", every=timedelta(hours=1))
async def forget_words(session: AsyncSession, /, *, now: datetime) -> None:
    """Forget the words of messages that are older than their client keeps them."""
    await service.forget_words(session, now=now, usual=Terms().keep_days)
