"""Book, move and cancel on restored data: by the service's own use cases, of a client that was restored."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings import service as bookings
from app.bookings.models import BookingEvent
from app.bookings.rules import Status
from app.bookings.schemas import BookingOut, BookingRequest, CancelRequest, RescheduleRequest
from app.bookings.service.opening import Change
from app.bookings.service.writing import Actor
from app.clients.memory import read_client
from app.clients.schemas import ClientContext
from app.core.config import Settings
from app.core.db import Sessions, create_engine, create_sessions
from app.core.direct import fetch
from app.core.errors import AppError
from app.core.handlers import database_problem
from app.core.progress import Progress
from app.customers.schemas import CustomerIn
from app.ops.backups.drills.service.founding import found_business
from app.ops.backups.errors import SmokeFailed
from app.schedule import service as schedule

T = TypeVar("T")

NOBODY = CustomerIn(phone="+12025550123", name="Drill")
"""Of a range that is given to no one."""
ACTOR = Actor("drill", bound_by_window=False)
MOST_ASKED = 50
"""So many services are asked for an offer; then a business is founded."""
# Those who were booked last come first; a client's ids grow with time.
CANDIDATES = """
SELECT c.client_key, s.id
FROM clients c
JOIN services s ON s.client_id = c.id AND s.status = 'active'
LEFT JOIN LATERAL (SELECT b.id FROM bookings b WHERE b.client_id = c.id ORDER BY b.id DESC LIMIT 1) last ON true
WHERE c.status = 'active'
  AND EXISTS (SELECT FROM service_resources r WHERE r.client_id = c.id AND r.service_id = s.id)
ORDER BY last.id DESC NULLS LAST, c.id, s.id
LIMIT $1
"""


@dataclass(frozen=True, slots=True)
class _Offer:
    """Two starts that a service has on offer."""

    client: ClientContext
    service_id: UUID
    first: datetime
    second: datetime


async def rehearse(database_url: str, settings: Settings, report: Progress, *, now: datetime) -> str | None:
    """Book, move and cancel an appointment; return what there is to remark of it.

    Jobs that come of it are written and wait, for no worker looks into this database.

    Raises:
        SmokeFailed: one of them did not work.
        DatabaseUnavailable: the database went away.
    """
    report("booking")
    engine = create_engine(settings.model_copy(update={"database_url": database_url, "db_pool_max": 2}), role="drill")
    try:
        return await _Rehearsal(create_sessions(engine), now).run()
    finally:
        await engine.dispose()


@dataclass(slots=True)
class _Rehearsal:
    """One appointment's life, each step in a transaction of its own."""

    sessions: Sessions
    now: datetime
    doing: str = field(default="looking for an offer", init=False)

    async def run(self) -> str | None:
        async with self._named():
            offer = await self._do("looking for an offer", self._look)
            founded = offer is None
            if offer is None:
                await self._do("founding a business", found_business)
                offer = await self._do("looking for an offer of it", self._look)
            if offer is None:
                raise SmokeFailed("What was restored is complete, but nothing at all can be booked on it.")
            await self._live(offer)
        return "Nothing was on offer: a business of its own was founded to book on." if founded else None

    async def _live(self, offer: _Offer) -> None:
        booked = await self._do("booking", lambda session: self._book(session, offer))
        moved = await self._do("moving", lambda session: self._move(session, offer, booked))
        cancelled = await self._do("cancelling", lambda session: self._cancel(session, offer, booked))
        events = await self._do("reading the history", lambda session: self._history(session, offer, booked))
        expected = (
            Status.confirmed,
            offer.first,
            offer.second,
            Status.cancelled,
            ["confirmed", "rescheduled", "cancelled"],
        )
        if (booked.status, booked.starts_at, moved.starts_at, cancelled.status, events) != expected:
            raise SmokeFailed(
                "What was restored is complete, but an appointment on it came out otherwise than ordered."
            )

    async def _do(self, doing: str, act: Callable[[AsyncSession], Awaitable[T]]) -> T:
        self.doing = doing
        async with self.sessions.begin() as session:
            return await act(session)

    @asynccontextmanager
    async def _named(self) -> AsyncIterator[None]:
        """Say at which step it failed, and by which code; a message might quote a row."""
        try:
            yield
        except SmokeFailed:
            raise
        except Exception as failure:
            problem = database_problem(failure)
            if problem is not None:
                raise problem from failure
            code = failure.code if isinstance(failure, AppError) else _state(failure)
            raise SmokeFailed(f"What was restored is complete, but {self.doing} on it failed: {code}.") from failure

    async def _look(self, session: AsyncSession) -> _Offer | None:
        for client_key, service_id in await fetch(session, CANDIDATES, MOST_ASKED):
            client = await read_client(session, client_key)
            plan = await schedule.load_plan(session, client, service_id, now=self.now)
            starts: list[int] = []
            at = int(self.now.timestamp())
            while len(starts) < 2:
                found = await schedule.following(session, client, plan, at, now=self.now)
                if not found.offers:
                    break
                starts.extend(sorted(found.offers)[:2])
                at = starts[-1] + 1
            else:
                first, second = (datetime.fromtimestamp(start, UTC) for start in starts[:2])
                return _Offer(client, service_id, first, second)
        return None

    async def _book(self, session: AsyncSession, offer: _Offer) -> BookingOut:
        wanted = BookingRequest(service_id=offer.service_id, starts_at=offer.first, customer=NOBODY)
        return await bookings.book(session, offer.client, wanted, actor=ACTOR, now=self.now)

    async def _move(self, session: AsyncSession, offer: _Offer, booked: BookingOut) -> BookingOut:
        wanted = RescheduleRequest(starts_at=offer.second)
        return await bookings.reschedule(session, offer.client, booked.id, wanted, change=Change(ACTOR), now=self.now)

    async def _cancel(self, session: AsyncSession, offer: _Offer, booked: BookingOut) -> BookingOut:
        return await bookings.cancel(
            session, offer.client, booked.id, CancelRequest(), change=Change(ACTOR), now=self.now
        )

    async def _history(self, session: AsyncSession, offer: _Offer, booked: BookingOut) -> list[str]:
        query = select(BookingEvent.type).order_by(BookingEvent.id)
        own = query.where(BookingEvent.client_id == offer.client.id, BookingEvent.booking_id == booked.id)
        return list(await session.scalars(own))


def _state(failure: Exception) -> str:
    """Return what may be told of a failure: PostgreSQL's code of it, else its kind."""
    original = failure.orig if isinstance(failure, SQLAlchemyError) and hasattr(failure, "orig") else None
    return str(getattr(original, "sqlstate", None) or type(failure).__name__)
