"""The HTTP door to resources."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.catalog.errors import ResourceArchived, ResourceNotFound
from app.catalog.resources import service
from app.catalog.resources.schemas import ResourceArchivedOut, ResourceChange, ResourceIn, ResourceOut, Status
from app.clients.auth import CurrentClient
from app.core.auth import Principal, Scope, require
from app.core.clock import Now
from app.core.db import Session
from app.core.errors import problems
from app.core.idempotency import IdempotentRoute
from app.core.paging import InvalidCursor, Page, PageQuery
from app.core.versions import OUTDATED, OUTDATED_CHANGE, IfMatch, StatedVersion, Tag

router = APIRouter(prefix="/resources", tags=["resources"], route_class=IdempotentRoute)

READER = Depends(require(Scope.bookings_read), scope="function")
Admin = Annotated[Principal, Depends(require(Scope.clients_admin), scope="function")]


@router.post("", status_code=201)
async def create_resource(
    wanted: ResourceIn, client: CurrentClient, principal: Admin, session: Session, *, now: Now, tag: Tag
) -> ResourceOut:
    """Add a resource; it is closed until it gets hours."""
    return tag(await service.create(session, client, principal, wanted, now=now))


@router.get("", dependencies=[READER], responses=problems(InvalidCursor))
async def list_resources(
    client: CurrentClient, session: Session, paging: PageQuery, status: Annotated[Status | None, Query()] = None
) -> Page[ResourceOut]:
    """List resources in the order of their making, archived ones among them unless `status` says otherwise."""
    return await service.page(session, client, paging, status=status)


@router.get("/{resource_id}", dependencies=[READER], responses=problems(ResourceNotFound))
async def read_resource(resource_id: UUID, client: CurrentClient, session: Session, tag: Tag) -> ResourceOut:
    """Read a resource."""
    return tag(await service.read(session, client, resource_id))


@router.patch("/{resource_id}", responses=problems(ResourceNotFound, ResourceArchived, *OUTDATED_CHANGE))
async def change_resource(
    resource_id: UUID,
    wanted: ResourceChange,
    client: CurrentClient,
    principal: Admin,
    session: Session,
    *,
    now: Now,
    if_match: IfMatch,
    tag: Tag,
) -> ResourceOut:
    """Change a resource. In another time zone its hours are read anew; bookings keep their instants."""
    return tag(await service.change(session, client, principal, resource_id, wanted, if_match=if_match, now=now))


@router.post("/{resource_id}/archive", responses=problems(ResourceNotFound, *OUTDATED))
async def archive_resource(
    resource_id: UUID,
    client: CurrentClient,
    principal: Admin,
    session: Session,
    *,
    now: Now,
    if_match: IfMatch,
    version: StatedVersion,
    tag: Tag,
) -> ResourceArchivedOut:
    """Take no new bookings for a resource from now on. Bookings to come stay; `futureBookings` counts them."""
    return tag(
        await service.archive(session, client, principal, resource_id, if_match=if_match, version=version, now=now)
    )
