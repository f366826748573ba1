"""What services and resources share: the locks that bookings queue at, the count of what an archiving leaves booked."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.audit import service as audit
from app.clients import service as clients
from app.clients.schemas import ClientContext
from app.core.auth import Principal
from app.core.direct import fetch


class FutureBookings(Protocol):
    """Counts the bookings and holds that end after `now` and take a service, or a resource; one of the two is None."""

    async def __call__(
        self,
        session: AsyncSession,
        client: ClientContext,
        *,
        service_id: UUID | None,
        resource_id: UUID | None,
        now: datetime,
    ) -> int:
        """Return their number."""


_counters: list[FutureBookings] = []


def on_archive(counter: FutureBookings) -> None:
    """Have a floor above count what stays booked when a service or a resource is archived; called at import."""
    _counters.append(counter)


async def count_future_bookings(
    session: AsyncSession,
    client: ClientContext,
    *,
    service_id: UUID | None = None,
    resource_id: UUID | None = None,
    now: datetime,
) -> int:
    """Return how many bookings and holds of a service, or of a resource, are still to come."""
    found = 0
    for count in _counters:
        found += await count(session, client, service_id=service_id, resource_id=resource_id, now=now)
    return found


def resource_lock_keys(resource_ids: Iterable[UUID]) -> list[int]:
    """Return the advisory lock keys of resources, signed 64 bits, in the one order in which all must be taken.

    The last eight bytes of a UUIDv7 hold 62 random bits.
    """
    return sorted({int.from_bytes(resource_id.bytes[8:], signed=True) for resource_id in resource_ids})


async def lock_resources(session: AsyncSession, resource_ids: Iterable[UUID]) -> None:
    """Wait until no other transaction books, moves or archives these resources; held until the commit.

    A statement of its own: only statements after it see what it waited for.
    """
    keys = resource_lock_keys(resource_ids)
    if keys:
        statement = "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key"
        await fetch(session, statement, keys)


async def try_lock_resources(session: AsyncSession, resource_ids: Iterable[UUID]) -> bool:
    """Lock resources without waiting; False where another transaction has one of them.

    For a transaction that holds locks already: whoever waits out of order may wait in a circle.
    """
    keys = resource_lock_keys(resource_ids)
    statement = "SELECT bool_and(pg_try_advisory_xact_lock(key)) FROM unnest($1::bigint[]) AS key"
    [(locked,)] = await fetch(session, statement, keys)
    return bool(locked)


async def configuration_changed(
    session: AsyncSession,
    client: ClientContext,
    principal: Principal,
    action: str,
    subject_id: UUID,
    *,
    now: datetime,
    **data: Any,
) -> None:
    """Tell what plans availability that it changed, and the audit log who did it; `data` holds ids and codes."""
    await clients.touch_configuration(session, client.id)
    await audit.record(
        session, client_id=client.id, actor=principal.name, action=action, subject_id=subject_id, now=now, data=data
    )
