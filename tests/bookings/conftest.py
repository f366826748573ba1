"""A desk at a bookable client: its calls through HTTP, on Monday 2026-03-23 at 08:00 UTC unless told otherwise."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.fixtures.api import ClientHandle
from tests.fixtures.bookable import Bookable

PHONE = "+447400123456"
Booked = dict[str, Any] | httpx.Response | str


def phone(number: int) -> str:
    """Return one of a million valid mobile numbers."""
    return f"+447400{number:06d}"


def id_of(booking: Booked) -> str:
    if isinstance(booking, str):
        return booking
    found: str = (booking.json() if isinstance(booking, httpx.Response) else booking)["id"]
    return found


@dataclass(frozen=True)
class Desk:
    """A client open 09:00 to 17:00 UTC with one service, and who speaks for it."""

    place: Bookable
    http: httpx.AsyncClient

    @property
    def client(self) -> ClientHandle:
        return self.place.client

    @property
    def resource_ids(self) -> list[str]:
        return [str(resource) for resource in self.place.resource_ids]

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.http.get(f"/api{path}", params=query, headers=self.place.headers)

    async def post(self, path: str, body: Any = None, *, headers: dict[str, str] | None = None) -> httpx.Response:
        options = {} if body is None else {"json": body}
        return await self.http.post(f"/api{path}", headers={**self.place.headers, **(headers or {})}, **options)

    async def book(
        self, starts_at: str, caller: str | None = PHONE, *, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """Book for the caller with this phone; None: for nobody."""
        return await self.post("/bookings", self.place.wanted(starts_at, caller, **more), headers=headers)

    async def hold(
        self, starts_at: str, caller: str | None = None, *, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        return await self.post("/bookings/hold", self.place.wanted(starts_at, caller, **more), headers=headers)

    async def do(
        self, step: str, booking: Booked, *, headers: dict[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        """Do a step of a booking's life: confirm, release, extend, reschedule, cancel, complete, no-show."""
        return await self.post(f"/bookings/{id_of(booking)}/{step}", body, headers=headers)

    async def read(self, booking: Booked) -> dict[str, Any]:
        found: dict[str, Any] = (await self.get(f"/bookings/{id_of(booking)}")).json()
        return found

    async def history(self, booking: Booked) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.get(f"/bookings/{id_of(booking)}/history")).json()["items"]
        return items

    async def steps(self, booking: Booked) -> list[str]:
        return [event["type"] for event in await self.history(booking)]

    async def slots(self, first: str, last: str, **query: Any) -> list[dict[str, Any]]:
        asked = {"serviceId": str(self.place.service_id), "from": first, "to": last, **query}
        answer = await self.get("/availability", **asked)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["slots"]
        return found

    async def offered(self, start: str, **query: Any) -> list[str]:
        """Return the resources that availability shows for a start."""
        shown = await self.slots(start, f"{start[:-3]}59Z", **query)
        return [resource for slot in shown if slot["startsAt"] == start for resource in slot["resourceIds"]]


@pytest.fixture
def make_desk(http, make_bookable, clock):
    clock.set("2026-03-23T08:00:00Z")

    async def make(**options: Any) -> Desk:
        return Desk(await make_bookable(**options), http)

    return make


@pytest.fixture
async def desk(make_desk):
    """One person, appointments of half an hour."""
    return await make_desk()


@pytest.fixture
def key_of(make_key_row):
    """Give the headers of another key of a desk's client: `await key_of(desk, Scope.bookings_write)`."""

    async def make(desk: Desk, *scopes: str) -> dict[str, str]:
        _, key = await make_key_row(desk.client.id, scopes=sorted(scopes))
        return {"X-API-Key": key}

    return make


@pytest.fixture
def claims_of(sql):
    """Read which resources a booking claims by itself, and whether the claim is active."""

    async def read(booking: Booked) -> list[tuple[str, bool]]:
        rows = await sql(
            "SELECT resource_id, active FROM claims WHERE booking_id = :id ORDER BY resource_id",
            id=UUID(id_of(booking)),
        )
        return [(str(row.resource_id), row.active) for row in rows]

    return read


OWNED = ("bookings", "claims", "sessions", "customers", "booking_events")


@pytest.fixture
def nothing_written(sql):
    """Return a context that fails when a client has other rows after it than before."""

    @asynccontextmanager
    async def watch(desk: Desk) -> AsyncIterator[None]:
        counts = [f"(SELECT count(*) FROM {table} WHERE client_id = :id)" for table in OWNED]
        jobs = "(SELECT count(*) FROM pgqueuer WHERE convert_from(payload, 'UTF8') LIKE '%' || :id || '%')"
        answers = "(SELECT count(*) FROM idempotency_answers WHERE principal LIKE '%@' || :id)"
        question = f"SELECT {', '.join([*counts, jobs, answers])}".replace(":id", "CAST(:id AS text)")
        question = question.replace("client_id = CAST(:id AS text)", "client_id = CAST(CAST(:id AS text) AS uuid)")
        before = await sql(question, id=str(desk.client.id))
        yield
        assert await sql(question, id=str(desk.client.id)) == before

    return watch
