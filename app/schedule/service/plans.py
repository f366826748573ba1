"""What availability of one service rests on, save what is booked."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.errors import ResourceNotFound, ServiceArchived
from app.clients.schemas import ClientContext
from app.core.direct import fetch_first
from app.schedule.rules import Calendar, Terms


@dataclass(frozen=True, slots=True)
class Plan:
    """All that availability of one service rests on, save what is booked: its terms, and who is open when.

    Valid for one configuration version of its client and one date; never changed, so it is shared.
    """

    service_id: UUID
    name: str
    status: str
    price_minor: int | None
    terms: Terms
    timezone: str
    resources: tuple[UUID, ...]
    team: bytes
    """The client and the resources in one: their hours are remembered under it, for bytes are found fast."""
    calendars: tuple[Calendar, ...]
    configuration_version: int
    loaded_on: date
    only: UUID | None = None
    """The one resource that is asked for; the grid of starts stays that of all."""

    @property
    def serving(self) -> tuple[UUID, ...]:
        """The resources that may be taken: all, or the one that is asked for; none if that one cannot."""
        if self.only is None or (self.terms.assign == "all" and self.only in self.resources):
            return self.resources
        return (self.only,) if self.only in self.resources else ()

    @property
    def duration(self) -> timedelta:
        """The service's length."""
        return timedelta(seconds=self.terms.duration)


async def narrowed(session: AsyncSession, client: ClientContext, plan: Plan, resource_id: UUID | None) -> Plan:
    """Return the plan for the resource that was asked for, if one was.

    Raises:
        ResourceNotFound: the client has no such resource; one that merely cannot serve leaves nobody serving.
    """
    if resource_id is None:
        return plan
    narrow = replace(plan, only=resource_id)
    if not narrow.serving:
        known = "SELECT 1 FROM resources WHERE client_id = $1 AND id = $2"
        if await fetch_first(session, known, client.id, resource_id) is None:
            raise ResourceNotFound
    return narrow


def refuse_archived(plan: Plan) -> None:
    """Refuse new bookings of an archived service.

    Raises:
        ServiceArchived: it is.
    """
    if plan.status != "active":
        raise ServiceArchived
