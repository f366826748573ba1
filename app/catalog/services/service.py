"""Use cases of services."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, delete, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.errors import ArchivedResource, ServiceArchived, ServiceNotFound, UnknownResource
from app.catalog.models import Resource, Service, ServiceResource
from app.catalog.service import configuration_changed, count_future_bookings, lock_resources
from app.catalog.services.schemas import ServiceArchivedOut, ServiceChange, ServiceIn, ServiceOut, Status
from app.clients.schemas import ClientContext
from app.core.auth import Principal
from app.core.ids import new_id
from app.core.paging import Page, Paging
from app.core.versions import check_version


async def create(
    session: AsyncSession, client: ClientContext, principal: Principal, wanted: ServiceIn, *, now: datetime
) -> ServiceOut:
    """Offer a new service.

    Raises:
        UnknownResource, ArchivedResource: `resourceIds` names what cannot serve.
    """
    await _require_active(session, client, wanted.resource_ids)
    columns = wanted.model_dump(by_alias=False, exclude={"resource_ids"})
    service = Service(
        client_id=client.id, id=new_id(), status="active", version=1, created_at=now, updated_at=now, **columns
    )
    session.add(service)
    await session.flush()
    await _link(session, client, service.id, wanted.resource_ids)
    await configuration_changed(session, client, principal, "service_created", service.id, now=now)
    return _service_out(service, sorted(wanted.resource_ids))


async def page(
    session: AsyncSession, client: ClientContext, paging: Paging, *, status: Status | None = None
) -> Page[ServiceOut]:
    """Return a page of services in the order of their making."""
    query = _services(client).order_by(Service.id).limit(paging.limit + 1)
    if status is not None:
        query = query.where(Service.status == status)
    if key := paging.key(UUID):
        query = query.where(Service.id > key[0])
    found = (await session.execute(query)).all()
    rows, next_after = paging.page(found, lambda row: (row[0].id,))
    return Page(items=[_service_out(service, ids) for service, ids in rows], next_after=next_after)


async def read(session: AsyncSession, client: ClientContext, service_id: UUID) -> ServiceOut:
    """Return a service.

    Raises:
        ServiceNotFound: the client has no such service.
    """
    found = (await session.execute(_services(client).where(Service.id == service_id))).one_or_none()
    if found is None:
        raise ServiceNotFound
    return _service_out(*found)


async def change(
    session: AsyncSession,
    client: ClientContext,
    principal: Principal,
    service_id: UUID,
    wanted: ServiceChange,
    *,
    if_match: str | None,
    now: datetime,
) -> ServiceOut:
    """Change what a service is from now on; bookings keep what they were made with.

    Raises:
        ServiceNotFound, ServiceArchived: it cannot be changed.
        UnknownResource, ArchivedResource: `resourceIds` names what cannot serve.
        PreconditionFailed, PreconditionRequired, VersionConflict: not made from the present version.
    """
    service = await _lock(session, client, service_id)
    check_version(service.version, if_match=if_match, version=wanted.version, required=True)
    if service.status == "archived":
        raise ServiceArchived
    changes = wanted.changes()
    resource_ids: list[UUID] | None = changes.pop("resource_ids", None)
    if resource_ids is not None:
        await _require_active(session, client, resource_ids)
        await session.execute(delete(ServiceResource).where(*_links(client, service_id)))
        await _link(session, client, service_id, resource_ids)
    _change(service, changes, now=now)
    await session.flush()
    await configuration_changed(
        session, client, principal, "service_changed", service_id, now=now, fields=sorted(wanted.changes())
    )
    return await read(session, client, service_id)


async def archive(
    session: AsyncSession,
    client: ClientContext,
    principal: Principal,
    service_id: UUID,
    *,
    if_match: str | None,
    version: int | None = None,
    now: datetime,
) -> ServiceArchivedOut:
    """Take no more bookings of a service; those there are stay, and are counted. Twice is as good as once.

    Raises:
        ServiceNotFound: the client has no such service.
        PreconditionFailed: it is not at the version that `If-Match` names.
    """
    serving = await session.scalars(select(ServiceResource.resource_id).where(*_links(client, service_id)))
    await lock_resources(session, serving)
    service = await _lock(session, client, service_id)
    check_version(service.version, if_match=if_match, version=version)
    if service.status == "active":
        _change(service, {"status": "archived"}, now=now)
        await session.flush()
        await configuration_changed(session, client, principal, "service_archived", service_id, now=now)
    future = await count_future_bookings(session, client, service_id=service_id, now=now)
    archived = await read(session, client, service_id)
    return ServiceArchivedOut(**archived.model_dump(by_alias=False), future_bookings=future)


def _services(client: ClientContext) -> Select[Service, list[UUID]]:
    """Return the query of services, each with the ids of its resources, in one round trip."""
    serving = (
        select(ServiceResource.resource_id)
        .where(ServiceResource.client_id == Service.client_id, ServiceResource.service_id == Service.id)
        .order_by(ServiceResource.resource_id)
        .scalar_subquery()
    )
    return select(Service, func.array(serving, type_=ARRAY(Uuid))).where(Service.client_id == client.id)


async def _lock(session: AsyncSession, client: ClientContext, service_id: UUID) -> Service:
    """Return a service that nobody else changes before this transaction ends; bookings may refer to it meanwhile."""
    query = select(Service).where(Service.client_id == client.id, Service.id == service_id)
    service = await session.scalar(query.with_for_update(key_share=True))
    if service is None:
        raise ServiceNotFound
    return service


async def _require_active(session: AsyncSession, client: ClientContext, resource_ids: Collection[UUID]) -> None:
    """Refuse resources that cannot serve; those that can are not archived before this transaction ends."""
    if not resource_ids:
        return
    query = select(Resource.id, Resource.status).where(Resource.client_id == client.id, Resource.id.in_(resource_ids))
    found = await session.execute(query.order_by(Resource.id).with_for_update(read=True))
    status = {row.id: row.status for row in found}
    if unknown := sorted(set(resource_ids) - status.keys()):
        raise UnknownResource(resource_ids=[str(identifier) for identifier in unknown])
    if archived := sorted(identifier for identifier, value in status.items() if value == "archived"):
        raise ArchivedResource(resource_ids=[str(identifier) for identifier in archived])


def _links(client: ClientContext, service_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ServiceResource.client_id == client.id, ServiceResource.service_id == service_id


async def _link(session: AsyncSession, client: ClientContext, service_id: UUID, resource_ids: Collection[UUID]) -> None:
    rows = [{"client_id": client.id, "service_id": service_id, "resource_id": found} for found in resource_ids]
    if rows:
        await session.execute(insert(ServiceResource).values(rows))


def _change(service: Service, changes: dict[str, Any], *, now: datetime) -> None:
    for column, value in changes.items():
        setattr(service, column, value)
    service.version += 1
    service.updated_at = now


def _service_out(service: Service, resource_ids: Sequence[UUID]) -> ServiceOut:
    columns = {field: getattr(service, field) for field in ServiceOut.model_fields if field != "resource_ids"}
    return ServiceOut(**columns, resource_ids=list(resource_ids))
