"""The HTTP door to opening hours."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.catalog.errors import ResourceArchived, ResourceNotFound
from app.clients.auth import CurrentClient
from app.core.auth import Principal, Scope, require
from app.core.clock import LocalDate, Now
from app.core.db import Session
from app.core.errors import problems
from app.core.idempotency import IdempotentRoute
from app.core.paging import InvalidCursor, Page, PageQuery
from app.core.versions import OUTDATED, IfMatch, PreconditionFailed, Tag
from app.schedule.hours import service
from app.schedule.hours.errors import HoursOverlap, OverrideNotFound, WindowEmpty
from app.schedule.hours.schemas import HoursIn, HoursOut, OverrideIn, OverrideKey, OverrideOut

router = APIRouter(prefix="/resources/{resource_id}", tags=["hours"], route_class=IdempotentRoute)

READER = Depends(require(Scope.bookings_read), scope="function")
Admin = Annotated[Principal, Depends(require(Scope.clients_admin), scope="function")]
REFUSED_CHANGE = (ResourceNotFound, ResourceArchived, *OUTDATED)
REFUSED_WINDOWS = (HoursOverlap, WindowEmpty)


@router.get("/hours", dependencies=[READER], responses=problems(ResourceNotFound))
async def read_hours(resource_id: UUID, client: CurrentClient, session: Session, tag: Tag) -> HoursOut:
    """Read a resource's week, in its own time zone. A resource without hours is closed."""
    return tag(await service.read_hours(session, client, resource_id))


@router.put("/hours", responses=problems(*REFUSED_CHANGE, *REFUSED_WINDOWS))
async def put_hours(
    resource_id: UUID,
    wanted: HoursIn,
    client: CurrentClient,
    principal: Admin,
    session: Session,
    *,
    now: Now,
    if_match: IfMatch,
    tag: Tag,
) -> HoursOut:
    """Replace a resource's whole week. Windows may pass midnight and touch, but not overlap."""
    return tag(await service.put_hours(session, client, principal, resource_id, wanted, if_match=if_match, now=now))


@router.get("/overrides", dependencies=[READER], responses=problems(ResourceNotFound, InvalidCursor))
async def list_overrides(
    resource_id: UUID,
    client: CurrentClient,
    session: Session,
    paging: PageQuery,
    *,
    first: Annotated[LocalDate | None, Query(alias="from", description="First date.")] = None,
    last: Annotated[LocalDate | None, Query(alias="to", description="Last date, included.")] = None,
) -> Page[OverrideOut]:
    """List the dates on which a resource does not keep its weekly hours."""
    return await service.page_overrides(session, client, resource_id, paging, first=first, last=last)


@router.get("/overrides/{date}", dependencies=[READER], responses=problems(ResourceNotFound, OverrideNotFound))
async def read_override(
    resource_id: UUID, date: LocalDate, client: CurrentClient, session: Session, tag: Tag
) -> OverrideOut:
    """Read what replaces the weekly hours on a date."""
    return tag(await service.read_override(session, client, OverrideKey(resource_id, date)))


@router.put("/overrides/{date}", responses=problems(*REFUSED_CHANGE, *REFUSED_WINDOWS))
async def put_override(
    resource_id: UUID,
    date: LocalDate,
    wanted: OverrideIn,
    client: CurrentClient,
    principal: Admin,
    *,
    session: Session,
    now: Now,
    if_match: IfMatch,
    tag: Tag,
) -> OverrideOut:
    """Replace the windows that start on a date; `[]` closes it. A night begun on the date before ends at midnight."""
    key = OverrideKey(resource_id, date)
    return tag(await service.put_override(session, client, principal, key, wanted, if_match=if_match, now=now))


@router.delete(
    "/overrides/{date}",
    status_code=204,
    responses=problems(ResourceNotFound, OverrideNotFound, ResourceArchived, PreconditionFailed),
)
async def delete_override(
    resource_id: UUID,
    date: LocalDate,
    client: CurrentClient,
    principal: Admin,
    session: Session,
    *,
    now: Now,
    if_match: IfMatch,
) -> None:
    """Let the weekly hours hold on a date again."""
    key = OverrideKey(resource_id, date)
    await service.delete_override(session, client, principal, key, if_match=if_match, now=now)
