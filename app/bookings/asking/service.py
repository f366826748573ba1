"""Use cases of asking: which services there are, when it is open, what is on offer at a time given in words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.asking.rules import spread
from app.bookings.asking.schemas import Offered, Opening, Sought
from app.clients.schemas import ClientContext
from app.core.direct import fetch, fetch_first
from app.phrases.rules import Reading, read_time
from app.schedule import service as schedule
from app.schedule.rules import Ask, Calendar, instant_of, refusal
from app.schedule.rules.walltime import as_datetime
from app.schedule.service import Plan

LOOK_AHEAD_DAYS = 14
"""How far is looked where no time was named."""

AT_ONCE = timedelta(minutes=2)
"""Who says `now` or `as soon as possible` wants the next there is, not this very minute."""

CANDIDATES = 12
"""Of so many starts the few are chosen that are offered."""

MOST_READINGS = 3

_SERVICES = """
SELECT id, name, duration_minutes, price_minor, capacity FROM services
WHERE client_id = $1 AND status = 'active' ORDER BY id
"""
_PERSON = "SELECT name FROM resources WHERE client_id = $1 AND id = $2 AND kind = 'staff'"
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d)(?::\d\d(?:\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True, slots=True)
class Wish:
    """Where to look: one resource or any, without a booking that is to be moved, how many starts to offer."""

    resource_id: UUID | None = None
    exclude_booking_id: UUID | None = None
    count: int = 3


ANY = Wish()


async def services_of(session: AsyncSession, client: ClientContext) -> list[Offered]:
    """Return the services that can be booked, in the order of their making."""
    return [Offered(*row) for row in await fetch(session, _SERVICES, client.id)]


async def named_person(session: AsyncSession, client: ClientContext, resource_id: UUID) -> str | None:
    """Return the name of somebody who serves; None for what is no person: nobody minds which room it is."""
    row = await fetch_first(session, _PERSON, client.id, resource_id)
    return None if row is None else str(row["name"])


async def hours_of(session: AsyncSession, client: ClientContext, *, now: datetime) -> Opening:
    """Return when a client is open in the week: the hours of all its active resources together."""
    calendars = await schedule.load_calendars(session, client, first=now.date(), last=now.date())
    return opening_of(calendars.values())


def opening_of(calendars: Iterable[Calendar]) -> Opening:
    """Return the weekly hours of some calendars together, overlaps joined; ISO weekday to minutes after midnight."""
    windows = {
        (day, window.start, window.end if window.end > window.start else 1440)
        for calendar in calendars
        for window in calendar.weekly
        for day in window.days
    }
    joined: dict[int, list[tuple[int, int]]] = {}
    for day, start, end in sorted(windows):
        known = joined.setdefault(day, [])
        if known and start <= known[-1][1]:
            known[-1] = (known[-1][0], max(known[-1][1], end))
        else:
            known.append((start, end))
    return joined


async def look_for(
    session: AsyncSession,
    client: ClientContext,
    service_id: UUID,
    words: str | None,
    wish: Wish = ANY,
    *,
    now: datetime,
) -> Sought:
    """Return what is on offer at a time given in words, or as ISO 8601; without words the next there is.

    Raises:
        ServiceNotFound, ServiceArchived, ResourceNotFound: there is nothing to be had.
    """
    plan = await schedule.load_plan(session, client, service_id, now=now)
    schedule.refuse_archived(plan)
    search = _Search(session, client, await schedule.narrowed(session, client, plan, wish.resource_id), wish, now)
    if not words or not words.strip():
        return await search.ahead()
    stated = _stated(words.strip(), plan.timezone)
    if stated is not None:
        return await search.at(stated)
    read = read_time(words, now, plan.timezone, client.region, opening_of(plan.calendars))
    if not read.readings:
        return replace(await search.ahead(), reason=str(read.reason))
    readings = read.readings[:MOST_READINGS]
    first = readings[0]
    start, _ = first.span(plan.timezone)
    found = await search.at(start) if first.end is None else await search.within(readings)
    if first.end is None and found.exact is None and start - now < AT_ONCE:
        found = await search.ahead()
    return replace(found, readings=readings, ambiguous=read.ambiguous)


def _stated(words: str, zone: str) -> datetime | None:
    """Return the instant that is written as ISO 8601, if one is; without an offset it is a wall time of the zone."""
    matched = _INSTANT.fullmatch(words)
    if matched is None:
        return None
    try:
        stated = datetime.fromisoformat(words)
        if matched[4]:
            return stated.astimezone(UTC)
        return as_datetime(instant_of(zone, stated.date(), stated.hour * 60 + stated.minute))
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class _Search:
    """One look at what is on offer, for one plan."""

    session: AsyncSession
    client: ClientContext
    plan: Plan
    wish: Wish
    now: datetime

    async def ahead(self) -> Sought:
        """Return the next starts that leave a choice."""
        until = self.now + timedelta(days=LOOK_AHEAD_DAYS)
        starts = await self._on_offer(self.now, until) or await self._following(until)
        return Sought(self.plan, starts=self._spread(starts))

    async def at(self, instant: datetime) -> Sought:
        """Return an instant if it is on offer, else why it is not and those nearest to it."""
        at, moment = int(instant.timestamp()), self.now.timestamp()
        found = await schedule.nearest(
            *(self.session, self.client, self.plan, at),
            now=self.now,
            exclude_booking_id=self.wish.exclude_booking_id,
            count=CANDIDATES,
        )
        starts = [as_datetime(start) for start, _ in found]
        if instant in starts:
            return Sought(self.plan, exact=instant, starts=(instant,))
        plan, agendas = await schedule.look(
            *(self.session, self.client, self.plan, Ask(at, at + 1, moment)),
            now=self.now,
            exclude_booking_id=self.wish.exclude_booking_id,
        )
        why = refusal(plan.terms, agendas, at, now=moment, seats=1, only=plan.only, zone=plan.timezone)
        nearest = spread(starts, self.plan.timezone, count=self.wish.count, near=instant)
        return Sought(plan, refused=why.reason.value if why else None, starts=nearest)

    async def within(self, readings: tuple[Reading, ...]) -> Sought:
        """Return starts in the stretches that were meant, most in the first; the next after it if there are none."""
        spans = [reading.span(self.plan.timezone) for reading in readings]
        offers = [await self._on_offer(start, end) for start, end in spans]
        first = self._spread(offers[0])
        others = [start for found in offers[1:] for start in self._spread(found)[:1] if start not in first]
        room = self.wish.count - min(len(others), self.wish.count - 1)
        chosen = tuple(sorted([*first[:room], *others][: self.wish.count]))
        if chosen:
            return Sought(self.plan, starts=chosen)
        after = spans[0][1]
        starts = await self._following(max(after, self.now))
        return Sought(self.plan, elsewhere=True, starts=self._spread(starts))

    async def _on_offer(self, start: datetime, end: datetime) -> list[datetime]:
        longest = start + timedelta(days=schedule.MAX_DAYS)
        ask = Ask(_ceil(start), int(min(end, longest).timestamp()), self.now.timestamp())
        found = await schedule.available(
            *(self.session, self.client, self.plan, ask),
            now=self.now,
            exclude_booking_id=self.wish.exclude_booking_id,
        )
        return [as_datetime(start) for start in found.offers]

    async def _following(self, after: datetime) -> list[datetime]:
        found = await schedule.following(
            *(self.session, self.client, self.plan, _ceil(after)),
            now=self.now,
            exclude_booking_id=self.wish.exclude_booking_id,
        )
        return [as_datetime(start) for start in found.offers]

    def _spread(self, starts: list[datetime]) -> tuple[datetime, ...]:
        return spread(starts, self.plan.timezone, count=self.wish.count)


def _ceil(instant: datetime) -> int:
    """Return the first whole second at or after an instant."""
    return int(instant.timestamp()) + (1 if instant.microsecond else 0)
