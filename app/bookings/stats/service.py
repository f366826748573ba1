"""Statistics: counted in the database, open hours laid out by the rules of availability."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.models import Booking
from app.bookings.rules import Status
from app.bookings.schemas import Channel
from app.bookings.stats.schemas import Range, ResourceUse, StatsOut
from app.clients.schemas import ClientContext
from app.schedule.models import Claim
from app.schedule.rules import Calendar, instant_of, local_date
from app.schedule.rules.walltime import as_datetime
from app.schedule.rules.windows import joined, lay_out
from app.schedule.service import load_calendars

_STANDING = (Status.confirmed.value, Status.completed.value, Status.no_show.value)


async def read_stats(session: AsyncSession, client: ClientContext, wanted: Range, *, now: datetime) -> StatsOut:
    """Return the numbers of a range of local days that ends with today; three queries, whatever its length."""
    today = local_date(client.timezone, now.timestamp())
    first = today - timedelta(days=wanted.days - 1)
    start, end = instant_of(client.timezone, first, 0), instant_of(client.timezone, today, 1440)
    by_status, by_channel = await _counts(session, client, as_datetime(start), as_datetime(end))
    resources = await _use(session, client, (start, end), now=now)
    came, missed = by_status[Status.completed], by_status[Status.no_show]
    open_minutes = sum(use.open_minutes for use in resources)
    booked_minutes = sum(use.booked_minutes for use in resources)
    return StatsOut(
        client_key=client.client_key,
        range=wanted,
        timezone=client.timezone,
        from_=as_datetime(start),
        to=as_datetime(end),
        total=sum(by_status.values()),
        by_status=by_status,
        by_channel=by_channel,
        no_show_rate=_ratio(missed, came + missed),
        open_minutes=open_minutes,
        booked_minutes=booked_minutes,
        utilisation=_ratio(booked_minutes, open_minutes),
        resources=resources,
    )


async def _counts(
    session: AsyncSession, client: ClientContext, start: datetime, end: datetime
) -> tuple[dict[Status, int], dict[Channel, int]]:
    query = (
        select(Booking.status, Booking.channel, func.count())
        .where(Booking.client_id == client.id, Booking.starts_at >= start, Booking.starts_at < end)
        .group_by(Booking.status, Booking.channel)
    )
    by_status: dict[Status, int] = dict.fromkeys(Status, 0)
    by_channel: dict[Channel, int] = {}
    for status, channel, count in await session.execute(query):
        by_status[Status(status)] += count
        by_channel[channel] = by_channel.get(channel, 0) + count
    return by_status, by_channel


async def _use(
    session: AsyncSession, client: ClientContext, span: tuple[int, int], *, now: datetime
) -> list[ResourceUse]:
    start, end = span
    calendars = await load_calendars(session, client, first=as_datetime(start).date(), last=as_datetime(end).date())
    booked = await _booked_minutes(session, client, as_datetime(start), as_datetime(end))
    uses = []
    for resource_id, calendar in calendars.items():
        open_minutes, booked_minutes = _open_minutes(calendar, start, end), booked.get(resource_id, 0)
        uses.append(
            ResourceUse(
                resource_id=resource_id,
                open_minutes=open_minutes,
                booked_minutes=booked_minutes,
                utilisation=_ratio(booked_minutes, open_minutes),
            )
        )
    return uses


def _open_minutes(calendar: Calendar, start: int, end: int) -> int:
    """Return how many minutes of [start, end) lie in opening windows."""
    first, last = local_date(calendar.zone, start) - timedelta(days=1), local_date(calendar.zone, end)
    clipped = [(max(window.start, start), min(window.end, end)) for window in joined(lay_out(calendar, first, last))]
    return sum(closes - opens for opens, closes in clipped if opens < closes) // 60


async def _booked_minutes(
    session: AsyncSession, client: ClientContext, start: datetime, end: datetime
) -> dict[UUID, int]:
    minutes = func.sum(func.extract("epoch", Claim.ends_at - Claim.starts_at)) / 60
    query = (
        select(Claim.resource_id, minutes)
        .where(Claim.client_id == client.id, Claim.active, Claim.starts_at >= start, Claim.starts_at < end, _stands())
        .group_by(Claim.resource_id)
    )
    return {resource_id: int(total) for resource_id, total in await session.execute(query)}


def _stands() -> ColumnElement[bool]:
    """Return the condition that an appointment is behind a claim, not holds alone."""
    of_booking = (Booking.client_id == Claim.client_id) & (Booking.id == Claim.booking_id)
    of_session = (Booking.client_id == Claim.client_id) & (Booking.session_id == Claim.session_id)
    standing = Booking.status.in_(_STANDING)
    return or_(
        select(Booking.id).where(of_booking, standing).exists(), select(Booking.id).where(of_session, standing).exists()
    )


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
