"""Putting a new booking down: customer, booking, claims and history in one statement."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.errors import SlotTaken
from app.bookings.rules import Status
from app.bookings.schemas import BookingOut, Channel, CustomerOut, HoldRequest
from app.bookings.service.placing import Placement
from app.bookings.service.seats import open_session, refresh_sessions
from app.clients.schemas import ClientContext
from app.core.clock import iso
from app.core.db import violated
from app.core.direct import fetch_first
from app.core.ids import new_id


class Contact(NamedTuple):
    """The customer of a new booking: known and `complete`, or to be made or filled in by the write."""

    id: UUID
    phone: str
    name: str | None
    email: str | None
    complete: bool


_NOBODY = (None, None, None, None, True)  # in the place of a contact: a hold may come before its customer


class Hold(NamedTuple):
    """What makes a booking a hold: when it runs out, and the SHA-256 of its token."""

    expires_at: datetime
    token_hash: bytes


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something to a booking, and through which channel.

    `name` is the principal's. `bound_by_window`: whether the client's cancel window holds for them.
    """

    name: str
    channel: Channel = "api"
    bound_by_window: bool = True


# One statement for the whole write: a booking costs few round trips, and they are most of what it costs.
_WRITE = """
WITH customer AS (
    INSERT INTO customers AS known (client_id, id, phone, name, email, created_at, updated_at)
    SELECT $1, $3, $4, $5, $6, $8, $8 WHERE NOT $7
    ON CONFLICT (client_id, phone) DO UPDATE SET
        name = coalesce(known.name, excluded.name), email = coalesce(known.email, excluded.email),
        version = known.version + 1, updated_at = excluded.updated_at
    RETURNING id, name, email
), booking AS (
    INSERT INTO bookings (client_id, id, service_id, customer_id, session_id, status, starts_at, ends_at, seats,
                          channel, notes, metadata, price_minor, expires_at, hold_token_hash, created_at, updated_at)
    SELECT $1, $2, $9, coalesce((SELECT id FROM customer), $3), $10, $11, $12, $13, $14,
           $15, $16, $17, $18, $19, $20, $8, $8
), claim AS (
    INSERT INTO claims (client_id, id, resource_id, service_id, booking_id, blocked, starts_at, ends_at, expires_at)
    SELECT $1, wanted.id, wanted.resource_id, $9, $2, tstzrange($21, $22), $12, $13, $19
    FROM unnest($23::uuid[], $24::uuid[]) AS wanted (id, resource_id)
), event AS (
    INSERT INTO booking_events (client_id, id, booking_id, type, at, actor, data)
    VALUES ($1, $25, $2, $11, $8, $26, $27)
)
SELECT id, name, email FROM customer
"""


async def write(
    session: AsyncSession,
    client: ClientContext,
    wanted: HoldRequest,
    placement: Placement,
    contact: Contact | None,
    *,
    actor: Actor,
    hold: Hold | None = None,
    now: datetime,
) -> BookingOut:
    """Write a new booking, or a hold, and return it.

    Raises:
        SlotTaken: the database found an overlap that the locks did not keep away.
    """
    booking_id = new_id()
    with overlaps_refused():
        session_id = await _join_session(session, client, placement)
        who = (client.id, booking_id, *(contact or _NOBODY), now)
        made = await fetch_first(session, _WRITE, *who, *_what(wanted, placement, session_id, actor=actor, hold=hold))
        if session_id is not None:
            await refresh_sessions(session, client.id, [session_id])
    if contact is not None and made is not None:
        contact = contact._replace(id=made["id"], name=made["name"], email=made["email"])
    return _written(client, wanted, placement, contact, booking_id, actor=actor, hold=hold, now=now)


def _what(
    wanted: HoldRequest, placement: Placement, session_id: UUID | None, *, actor: Actor, hold: Hold | None
) -> tuple[Any, ...]:
    """Return the values of the write from `$9` on."""
    claimed = [] if session_id else list(placement.resources)
    return (
        placement.plan.service_id,
        session_id,
        (Status.held if hold else Status.confirmed).value,
        placement.starts_at,
        placement.ends_at,
        wanted.seats,
        actor.channel,
        wanted.notes,
        json.dumps(wanted.metadata),
        placement.plan.price_minor,
        *(hold or (None, None)),
        *placement.blocked,
        [new_id() for _ in claimed],
        claimed,
        new_id(),
        actor.name,
        json.dumps(told_of(placement)),
    )


async def _join_session(session: AsyncSession, client: ClientContext, placement: Placement) -> UUID | None:
    plan = placement.plan
    if plan.terms.capacity == 1:
        return None
    span = (placement.starts_at, placement.ends_at)
    return await open_session(session, client.id, plan, placement.resources, span=span, blocked=placement.blocked)


def _written(
    client: ClientContext,
    wanted: HoldRequest,
    placement: Placement,
    contact: Contact | None,
    booking_id: UUID,
    *,
    actor: Actor,
    hold: Hold | None,
    now: datetime,
) -> BookingOut:
    """Return what was written, without reading it back. Every part was checked on its way in."""
    customer = contact and CustomerOut.model_construct(
        id=contact.id, phone=contact.phone, name=contact.name, email=contact.email
    )
    return BookingOut.model_construct(
        id=booking_id,
        status=Status.held if hold else Status.confirmed,
        service_id=placement.plan.service_id,
        resource_ids=list(placement.resources),
        starts_at=placement.starts_at,
        ends_at=placement.ends_at,
        timezone=client.timezone,
        customer=customer,
        seats=wanted.seats,
        channel=actor.channel,
        price_minor=placement.plan.price_minor,
        notes=wanted.notes,
        cancel_reason=None,
        metadata=wanted.metadata,
        version=1,
        created_at=now,
        updated_at=now,
        expires_at=hold.expires_at if hold else None,
    )


def told_of(placement: Placement) -> dict[str, Any]:
    """Return what the history keeps of a placement: ids and instants only."""
    return {"resourceIds": [str(resource) for resource in placement.resources], "startsAt": iso(placement.starts_at)}


@contextmanager
def overlaps_refused() -> Iterator[None]:
    """Turn the refusal of the exclusion constraint into the answer for it.

    Raises:
        SlotTaken: the database found an overlap that the locks did not keep away.
    """
    try:
        yield
    except IntegrityError as error:
        if violated(error) in {"claims_no_overlap", "ck_sessions_seats"}:
            raise SlotTaken(alternatives=[]) from error
        raise
