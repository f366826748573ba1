"""Businesses made by chance: services, resources in several zones, hours, outside calendars; and a caller."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from app.catalog.models import Resource, Service, ServiceResource
from app.core.clock import iso
from app.core.ids import new_id
from app.schedule.models import BusyTime, OpeningHours
from app.schedule.rules import Reason
from tests.fixtures.api import ClientHandle, Clock
from tests.schedule.questions import CHANGES

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
HOURS = ([("09:00", "13:00")], [("08:30", "11:00"), ("13:20", "15:00")], [("21:00", "01:30")], [("00:00", "24:00")])
REASONS = {reason.value for reason in Reason}


@dataclass(frozen=True)
class Town:
    """A client by chance, and its calls through HTTP as of the clock's now."""

    client: ClientHandle
    services: list[UUID]
    http: httpx.AsyncClient
    clock: Clock

    async def available(self, service: UUID, *, days: float = 4, **more: Any) -> list[dict[str, Any]]:
        """Return what is shown from a little before now on: by default all of it, for horizons are 2 days at most."""
        start = self.clock.now - timedelta(hours=1)
        asked = {"serviceId": str(service), "from": iso(start), "to": iso(start + timedelta(days=days)), **more}
        answer = await self.http.get("/api/availability", params=asked, headers=self.client.headers)
        assert answer.status_code == 200, answer.text
        slots: list[dict[str, Any]] = answer.json()["slots"]
        return slots

    async def explained(self, service: UUID, at: str, seats: int = 1) -> dict[str, Any]:
        """Return why an instant is not on offer."""
        asked: Mapping[str, str | int] = {"serviceId": str(service), "at": at, "seats": seats}
        answer = await self.http.get("/api/availability/explain", params=asked, headers=self.client.headers)
        assert answer.status_code == 200, answer.text
        explained: dict[str, Any] = answer.json()
        return explained

    async def post(self, path: str, **body: Any) -> httpx.Response:
        """Send a request that is about bookings."""
        return await self.http.post(f"/api/bookings{path}", json=body, headers=self.client.headers)


def service_of(rng: Random) -> dict[str, Any]:
    """Return the columns of a service by chance."""
    return {
        "name": "By chance",
        "duration_minutes": rng.choice([20, 30, 45, 50, 60, 90]),
        "buffer_before_minutes": rng.choice([0, 0, 5, 15]),
        "buffer_after_minutes": rng.choice([0, 0, 10, 30]),
        "interval_minutes": rng.choice([None, None, 20, 25, 45]),
        "grid": rng.choice(["window", "clock", "free_start"]),
        "min_notice_minutes": rng.choice([0, 0, 90]),
        "max_advance_days": rng.choice([0, 1, 2]),
        "max_per_day": rng.choice([None, None, 2, 4]),
        "capacity": rng.choice([1, 1, 3]),
        "assign": rng.choice(["any", "any", "all"]),
    }


async def put_town(engine: AsyncEngine, client: ClientHandle, now: datetime, rng: Random) -> list[UUID]:
    """Give a client two services by chance, which share some of up to three resources; return their ids."""
    services, resources = [new_id() for _ in range(2)], [new_id() for _ in range(rng.randint(1, 3))]
    rows: list[tuple[Any, dict[str, Any]]] = [(Service, {"id": service, **service_of(rng)}) for service in services]
    for resource in resources:
        zone = rng.choice([None, "Asia/Kathmandu", "America/St_Johns"])
        weekly = [{"days": EVERY_DAY, "start": start, "end": end} for start, end in rng.choice(HOURS)]
        at = now + timedelta(minutes=rng.randint(-300, 2000), seconds=rng.random())
        away = {"starts_at": at, "ends_at": at + timedelta(minutes=40), "source": "google", "source_id": "1"}
        rows += [
            (Resource, {"id": resource, "name": "Somebody", "timezone": zone}),
            (OpeningHours, {"resource_id": resource, "weekly": weekly}),
            (BusyTime, {"id": new_id(), "resource_id": resource, **away}),
        ]
    for service in services:
        serving = rng.sample(resources, rng.randint(1, len(resources)))
        rows += [(ServiceResource, {"service_id": service, "resource_id": resource}) for resource in serving]
    async with engine.begin() as connection:
        for table, row in rows:
            await connection.execute(insert(table), {"client_id": client.id, **row})
    return services


def some_now(rng: Random) -> datetime:
    """Return an instant by chance within two days before clocks change somewhere in 2026."""
    changes = [at for _, at in CHANGES if at > datetime(2026, 1, 1, tzinfo=UTC).timestamp()]
    return datetime.fromtimestamp(rng.choice(changes), UTC) - timedelta(seconds=rng.random() * 2 * 86_400)
