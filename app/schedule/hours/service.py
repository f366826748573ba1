"""Use cases of opening hours. Every change of them queues at its resource's row."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.errors import ResourceArchived, ResourceNotFound
from app.catalog.models import Resource
from app.catalog.resources import service as resources
from app.catalog.service import configuration_changed
from app.clients.schemas import ClientContext
from app.core.auth import Principal
from app.core.paging import Page, Paging
from app.core.versions import check_version
from app.schedule.hours.errors import HoursOverlap, OverrideNotFound, WindowEmpty
from app.schedule.hours.rules import Opening, day_clash, minute_of, week_clash
from app.schedule.hours.schemas import DateWindow, HoursIn, HoursOut, OverrideIn, OverrideKey, OverrideOut, WeeklyWindow
from app.schedule.models import DateOverride, OpeningHours


async def read_hours(session: AsyncSession, client: ClientContext, resource_id: UUID) -> HoursOut:
    """Return a resource's week; closed, at version 0, until it is set.

    Raises:
        ResourceNotFound: the client has no such resource.
    """
    query = (
        select(OpeningHours.weekly, OpeningHours.version)
        .select_from(Resource)
        .outerjoin(
            OpeningHours,
            and_(OpeningHours.client_id == Resource.client_id, OpeningHours.resource_id == Resource.id),
        )
        .where(Resource.client_id == client.id, Resource.id == resource_id)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise ResourceNotFound
    return HoursOut.model_validate({"weekly": found.weekly or [], "version": found.version or 0})


async def put_hours(
    session: AsyncSession,
    client: ClientContext,
    principal: Principal,
    resource_id: UUID,
    wanted: HoursIn,
    *,
    if_match: str | None,
    now: datetime,
) -> HoursOut:
    """Replace a resource's whole week. Bookings that are there stay, open or not.

    Raises:
        WindowEmpty, HoursOverlap: the windows make no week.
        ResourceNotFound, ResourceArchived: its hours cannot be set.
        PreconditionFailed, VersionConflict: not made from the present version.
    """
    if clash := week_clash(_openings(wanted.weekly)):
        raise HoursOverlap(f"Two windows are open at the same time: {clash}.")
    await _lock_active(session, client, resource_id)
    hours = await session.get(OpeningHours, (client.id, resource_id))
    check_version(hours.version if hours else 0, if_match=if_match, version=wanted.version)
    if hours is None:
        hours = OpeningHours(client_id=client.id, resource_id=resource_id, version=0)
        session.add(hours)
    hours.weekly = [window.model_dump() for window in wanted.weekly]
    hours.version += 1
    await session.flush()
    await configuration_changed(session, client, principal, "hours_changed", resource_id, now=now)
    return HoursOut(weekly=wanted.weekly, version=hours.version)


async def page_overrides(
    session: AsyncSession,
    client: ClientContext,
    resource_id: UUID,
    paging: Paging,
    *,
    first: date | None = None,
    last: date | None = None,
) -> Page[OverrideOut]:
    """Return a page of a resource's overrides by date, from `first` to `last`, both included.

    Raises:
        ResourceNotFound: the client has no such resource.
    """
    query = select(DateOverride).where(DateOverride.client_id == client.id, DateOverride.resource_id == resource_id)
    if first is not None:
        query = query.where(DateOverride.date >= first)
    if last is not None:
        query = query.where(DateOverride.date <= last)
    if key := paging.key(date.fromisoformat):
        query = query.where(DateOverride.date > key[0])
    found = (await session.scalars(query.order_by(DateOverride.date).limit(paging.limit + 1))).all()
    if not found:
        await resources.read(session, client, resource_id)
    rows, next_after = paging.page(found, lambda override: (override.date,))
    return Page(items=[_override_out(override) for override in rows], next_after=next_after)


async def read_override(session: AsyncSession, client: ClientContext, key: OverrideKey) -> OverrideOut:
    """Return the override of a date.

    Raises:
        ResourceNotFound: the client has no such resource.
        OverrideNotFound: the weekly hours hold on that date.
    """
    override = await session.get(DateOverride, (client.id, key.resource_id, key.date))
    if override is None:
        await resources.read(session, client, key.resource_id)
        raise OverrideNotFound
    return _override_out(override)


async def put_override(
    session: AsyncSession,
    client: ClientContext,
    principal: Principal,
    key: OverrideKey,
    wanted: OverrideIn,
    *,
    if_match: str | None,
    now: datetime,
) -> OverrideOut:
    """Replace the windows that start on a date; none: closed. Bookings that are there stay, open or not.

    Raises:
        WindowEmpty, HoursOverlap: the windows make no day.
        ResourceNotFound, ResourceArchived: its hours cannot be set.
        PreconditionFailed, VersionConflict: not made from the present version.
    """
    if clash := day_clash(_openings(wanted.windows)):
        raise HoursOverlap(f"Two windows are open at the same time: {clash}.")
    await _lock_active(session, client, key.resource_id)
    override = await session.get(DateOverride, (client.id, key.resource_id, key.date))
    check_version(override.version if override else 0, if_match=if_match, version=wanted.version)
    if override is None:
        override = DateOverride(client_id=client.id, resource_id=key.resource_id, date=key.date, version=0)
        session.add(override)
    override.windows = [window.model_dump() for window in wanted.windows]
    override.version += 1
    await session.flush()
    await _note(session, client, principal, "override_changed", key, now=now)
    return _override_out(override)


async def delete_override(
    session: AsyncSession,
    client: ClientContext,
    principal: Principal,
    key: OverrideKey,
    *,
    if_match: str | None,
    now: datetime,
) -> None:
    """Let the weekly hours hold on a date again.

    Raises:
        ResourceNotFound, ResourceArchived: its hours cannot be set.
        OverrideNotFound: they hold already.
        PreconditionFailed: it is not at the version that `If-Match` names.
    """
    await _lock_active(session, client, key.resource_id)
    override = await session.get(DateOverride, (client.id, key.resource_id, key.date))
    if override is None:
        raise OverrideNotFound
    check_version(override.version, if_match=if_match, version=None)
    await session.execute(
        delete(DateOverride).where(
            DateOverride.client_id == client.id,
            DateOverride.resource_id == key.resource_id,
            DateOverride.date == key.date,
        )
    )
    await _note(session, client, principal, "override_deleted", key, now=now)


async def _note(
    session: AsyncSession, client: ClientContext, principal: Principal, action: str, key: OverrideKey, *, now: datetime
) -> None:
    await configuration_changed(session, client, principal, action, key.resource_id, now=now, date=key.date.isoformat())


async def _lock_active(session: AsyncSession, client: ClientContext, resource_id: UUID) -> None:
    resource = await resources.lock(session, client, resource_id)
    if resource.status == "archived":
        raise ResourceArchived


def _openings(windows: Sequence[WeeklyWindow | DateWindow]) -> list[Opening]:
    """Return the windows as the rules take them.

    Raises:
        WindowEmpty: one ends at the time it starts.
    """
    if any(window.start == window.end for window in windows):
        raise WindowEmpty
    return [
        Opening(
            tuple(window.days) if isinstance(window, WeeklyWindow) else (1,),
            minute_of(window.start),
            minute_of(window.end),
        )
        for window in windows
    ]


def _override_out(override: DateOverride) -> OverrideOut:
    return OverrideOut.model_validate(override, from_attributes=True)
