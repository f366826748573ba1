"""The HTTP door to services."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.catalog.errors import ArchivedResource, ServiceArchived, ServiceNotFound, UnknownResource
from app.catalog.services import service
from app.catalog.services.schemas import ServiceArchivedOut, ServiceChange, ServiceIn, ServiceOut, Status
from app.clients.auth import CurrentClient
from app.core.auth import Principal, Scope, require
from app.core.clock import Now
from app.core.db import Session
from app.core.errors import problems
from app.core.idempotency import IdempotentRoute
from app.core.paging import InvalidCursor, Page, PageQuery
from app.core.versions import OUTDATED, OUTDATED_CHANGE, IfMatch, StatedVersion, Tag

router = APIRouter(prefix="/services", tags=["services"], route_class=IdempotentRoute)

READER = Depends(require(Scope.bookings_read), scope="function")
Admin = Annotated[Principal, Depends(require(Scope.clients_admin), scope="function")]


@router.post("", status_code=201, responses=problems(UnknownResource, ArchivedResource))
async def create_service(
    wanted: ServiceIn, client: CurrentClient, principal: Admin, session: Session, *, now: Now, tag: Tag
) -> ServiceOut:
    """Offer a new service."""
    return tag(await service.create(session, client, principal, wanted, now=now))


@router.get("", dependencies=[READER], responses=problems(InvalidCursor))
async def list_services(
    client: CurrentClient, session: Session, paging: PageQuery, status: Annotated[Status | None, Query()] = None
) -> Page[ServiceOut]:
    """List services in the order of their making, archived ones among them unless `status` says otherwise."""
    return await service.page(session, client, paging, status=status)


@router.get("/{service_id}", dependencies=[READER], responses=problems(ServiceNotFound))
async def read_service(service_id: UUID, client: CurrentClient, session: Session, tag: Tag) -> ServiceOut:
    """Read a service."""
    return tag(await service.read(session, client, service_id))


@router.patch(
    "/{service_id}",
    responses=problems(ServiceNotFound, ServiceArchived, *OUTDATED_CHANGE, UnknownResource, ArchivedResource),
)
async def change_service(
    service_id: UUID,
    wanted: ServiceChange,
    client: CurrentClient,
    principal: Admin,
    session: Session,
    *,
    now: Now,
    if_match: IfMatch,
    tag: Tag,
) -> ServiceOut:
    """Change a service from now on; bookings keep the times that they have. `resourceIds` replaces the whole list."""
    return tag(await service.change(session, client, principal, service_id, wanted, if_match=if_match, now=now))


@router.post("/{service_id}/archive", responses=problems(ServiceNotFound, *OUTDATED))
async def archive_service(
    service_id: UUID,
    client: CurrentClient,
    principal: Admin,
    session: Session,
    *,
    now: Now,
    if_match: IfMatch,
    version: StatedVersion,
    tag: Tag,
) -> ServiceArchivedOut:
    """Take no new bookings of a service from now on. Bookings to come stay; `futureBookings` counts them."""
    return tag(
        await service.archive(session, client, principal, service_id, if_match=if_match, version=version, now=now)
    )
