"""Use cases of resources."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.errors import ResourceArchived, ResourceNotFound
from app.catalog.models import Resource
from app.catalog.resources.schemas import ResourceArchivedOut, ResourceChange, ResourceIn, ResourceOut, Status
from app.catalog.service import configuration_changed, count_future_bookings, lock_resources
from app.clients.schemas import ClientContext
from app.core.auth import Principal
from app.core.ids import new_id
from app.core.paging import Page, Paging
from app.core.versions import check_version


async def create(
    session: AsyncSession, client: ClientContext, principal: Principal, wanted: ResourceIn, *, now: datetime
) -> ResourceOut:
    """Add a resource; it is closed until it gets hours."""
    columns = wanted.model_dump(by_alias=False)
    resource = Resource(
        client_id=client.id, id=new_id(), status="active", version=1, created_at=now, updated_at=now, **columns
    )
    session.add(resource)
    await session.flush()
    await configuration_changed(session, client, principal, "resource_created", resource.id, now=now)
    return _resource_out(resource)


async def page(
    session: AsyncSession, client: ClientContext, paging: Paging, *, status: Status | None = None
) -> Page[ResourceOut]:
    """Return a page of resources in the order of their making."""
    query = select(Resource).where(Resource.client_id == client.id).order_by(Resource.id).limit(paging.limit + 1)
    if status is not None:
        query = query.where(Resource.status == status)
    if key := paging.key(UUID):
        query = query.where(Resource.id > key[0])
    rows, next_after = paging.page((await session.scalars(query)).all(), lambda resource: (resource.id,))
    return Page(items=[_resource_out(resource) for resource in rows], next_after=next_after)


async def read(session: AsyncSession, client: ClientContext, resource_id: UUID) -> ResourceOut:
    """Return a resource.

    Raises:
        ResourceNotFound: the client has no such resource.
    """
    query = select(Resource).where(Resource.client_id == client.id, Resource.id == resource_id)
    resource = await session.scalar(query)
    if resource is None:
        raise ResourceNotFound
    return _resource_out(resource)


async def change(
    session: AsyncSession,
    client: ClientContext,
    principal: Principal,
    resource_id: UUID,
    wanted: ResourceChange,
    *,
    if_match: str | None,
    now: datetime,
) -> ResourceOut:
    """Change a resource; with another time zone its hours are read in that one, bookings stay at their instants.

    Raises:
        ResourceNotFound, ResourceArchived: it cannot be changed.
        PreconditionFailed, PreconditionRequired, VersionConflict: not made from the present version.
    """
    resource = await lock(session, client, resource_id)
    check_version(resource.version, if_match=if_match, version=wanted.version, required=True)
    if resource.status == "archived":
        raise ResourceArchived
    _change(resource, wanted.changes(), now=now)
    await session.flush()
    await configuration_changed(
        session, client, principal, "resource_changed", resource_id, now=now, fields=sorted(wanted.changes())
    )
    return _resource_out(resource)


async def archive(
    session: AsyncSession,
    client: ClientContext,
    principal: Principal,
    resource_id: UUID,
    *,
    if_match: str | None,
    version: int | None = None,
    now: datetime,
) -> ResourceArchivedOut:
    """Take no more bookings for a resource; those there are stay, and are counted. Twice is as good as once.

    Raises:
        ResourceNotFound: the client has no such resource.
        PreconditionFailed: it is not at the version that `If-Match` names.
    """
    await lock_resources(session, [resource_id])
    resource = await lock(session, client, resource_id)
    check_version(resource.version, if_match=if_match, version=version)
    if resource.status == "active":
        _change(resource, {"status": "archived"}, now=now)
        await session.flush()
        await configuration_changed(session, client, principal, "resource_archived", resource_id, now=now)
    future = await count_future_bookings(session, client, resource_id=resource_id, now=now)
    return ResourceArchivedOut(**_resource_out(resource).model_dump(by_alias=False), future_bookings=future)


async def lock(session: AsyncSession, client: ClientContext, resource_id: UUID) -> Resource:
    """Return a resource that nobody else changes, nor its hours, before this transaction ends.

    Bookings may still refer to it meanwhile.

    Raises:
        ResourceNotFound: the client has no such resource.
    """
    query = select(Resource).where(Resource.client_id == client.id, Resource.id == resource_id)
    resource = await session.scalar(query.with_for_update(key_share=True))
    if resource is None:
        raise ResourceNotFound
    return resource


def _change(resource: Resource, changes: dict[str, Any], *, now: datetime) -> None:
    for column, value in changes.items():
        setattr(resource, column, value)
    resource.version += 1
    resource.updated_at = now


def _resource_out(resource: Resource) -> ResourceOut:
    return ResourceOut.model_validate(resource, from_attributes=True)
