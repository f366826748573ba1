"""A client with a key, resources and services, arranged by SQL; open 09:00 to 17:00 UTC every day."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import create_async_engine

from app.catalog.models import Resource, Service, ServiceResource
from app.clients.models import ApiKey, Client
from app.clients.rules import SECRET_BITS, make_key
from app.core.ids import new_id
from app.core.security import digest
from app.schedule.models import OpeningHours

OPENS, CLOSES = 9 * 60, 17 * 60
WEEKLY = [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "09:00", "end": "17:00"}]
NOTED_LONG_AHEAD = datetime(2099, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Offer:
    """A service, lengths in minutes; `resources` are numbers of the practice's."""

    minutes: int
    resources: Sequence[int]
    before: int = 0
    after: int = 0
    interval: int = 15
    capacity: int = 1
    assign: str = "any"
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True)
class Practice:
    """What callers need to know of a client."""

    client_id: UUID
    key: str
    resources: Sequence[UUID]
    offers: Sequence[Offer]
    first_day: datetime

    def start(self, day: int, minute: int) -> datetime:
        """Return a start on the nth day, so many minutes after opening."""
        return self.first_day + timedelta(days=day, minutes=OPENS + minute)


def next_week(now: datetime) -> datetime:
    """Return a midnight that is ahead whatever the hour."""
    return datetime.combine(now.date(), time(), UTC) + timedelta(days=7)


async def found(url: str, *, resources: int, offers: Sequence[Offer], now: datetime) -> Practice:
    """Insert a client of its own with so many resources and these services."""
    made = Practice(new_id(), "", [new_id() for _ in range(resources)], offers, next_week(now))
    key = make_key(new_id(), "test", entropy=secrets.randbits(SECRET_BITS))
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for table, rows in _rows(made).items():
            await connection.execute(insert(table), rows)
        keys = {"scopes": ["bookings:read", "bookings:write", "clients:admin"], "last_used_at": NOTED_LONG_AHEAD}
        holder = {"id": key.id, "client_id": made.client_id, "name": "race", "last4": key.last4}
        await connection.execute(insert(ApiKey), [{**holder, **keys, "key_hash": digest(key.text)}])
    await engine.dispose()
    return Practice(made.client_id, key.text, made.resources, offers, made.first_day)


def _rows(practice: Practice) -> dict[Any, list[dict[str, Any]]]:
    owner = {"client_id": practice.client_id}
    return {
        Client: [
            {
                "id": practice.client_id,
                "client_key": f"race-{secrets.token_hex(8)}",
                "name": "Race Dental",
                "timezone": "UTC",
                "region": "GB",
                "currency": "GBP",
                "locale": "en-GB",
                "hold_seconds": 30,
            }
        ],
        Resource: [{**owner, "id": each, "name": f"Staff {n}"} for n, each in enumerate(practice.resources)],
        OpeningHours: [{**owner, "resource_id": each, "weekly": WEEKLY} for each in practice.resources],
        Service: [{**owner, **_service(offer)} for offer in practice.offers],
        ServiceResource: [
            {**owner, "service_id": offer.id, "resource_id": practice.resources[number]}
            for offer in practice.offers
            for number in offer.resources
        ],
    }


def _service(offer: Offer) -> dict[str, Any]:
    return {
        "id": offer.id,
        "name": f"{offer.minutes} minutes",
        "duration_minutes": offer.minutes,
        "buffer_before_minutes": offer.before,
        "buffer_after_minutes": offer.after,
        "interval_minutes": offer.interval,
        "max_advance_days": 730,
        "capacity": offer.capacity,
        "assign": offer.assign,
    }
