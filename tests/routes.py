"""Every route of the API, and what one client has that their paths can name."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, cast
from uuid import UUID

import httpx
from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from sqlalchemy import update

from app.attention.rules import Kind
from app.attention.service import bring_up
from app.calls.models import Call
from app.core.clock import utcnow
from app.customers.models import Customer
from app.messages.models import Message
from tests.bookings.conftest import Desk

TEN = "2026-03-24T10:00:00Z"
ELEVEN = "2026-03-24T11:00:00Z"
NINE_TO_FIVE = {"start": "09:00", "end": "17:00"}

BODIES: dict[str, dict[str, Any]] = {
    "POST /api/bookings/{booking_id}/confirm": {"customer": {"phone": "+447400123456"}},
    "POST /api/bookings/{booking_id}/reschedule": {"startsAt": ELEVEN},
    "POST /api/customers": {"phone": "+447400123456"},
    "PATCH /api/customers/{customer_id}": {"name": "Ann Other", "version": 1},
    "POST /api/calls": {"phone": "+447400123456", "purpose": "callback"},
    "POST /api/services": {"name": "Cleaning", "durationMinutes": 20},
    "PATCH /api/services/{service_id}": {"name": "Cleaning", "version": 1},
    "POST /api/resources": {"name": "Chair"},
    "PATCH /api/resources/{resource_id}": {"name": "Chair", "version": 1},
    "PUT /api/resources/{resource_id}/hours": {"weekly": [{"days": [1], **NINE_TO_FIVE}]},
    "PUT /api/resources/{resource_id}/overrides/{date}": {"windows": [NINE_TO_FIVE]},
    "PATCH /api/clients/{clientKey}": {"name": "New name", "version": 1},
    "PATCH /api/clients/{clientKey}/contact": {"keepDays": 30, "version": 1},
    "PUT /api/clients/{clientKey}/lines/{number}": {},
    "PUT /api/templates/{channel}/{kind}": {"body": "{client}: {service}, {time}. Ref {reference}."},
    "POST /api/keys": {"name": "till", "scopes": ["bookings:read"]},
    "PATCH /api/keys/{key_id}": {"name": "front desk", "version": 1},
}
"""Bodies that routes take, where they need one; those of new bookings and clients hold ids."""


class Route(NamedTuple):
    """One method of one path of the API."""

    method: str
    path: str
    context: RouteContext

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def takes_an_id(self) -> bool:
        """Whether its path names a thing of somebody; a template is named by the kind of message that it is for."""
        return "{" in self.path and not self.path.startswith("/api/templates/")


def all_routes(app: FastAPI) -> Iterator[Route]:
    """Yield what the application serves to clients, below /api."""
    return (route for route in _routes(app) if "operations" not in route.context.tags)


def operational_routes(app: FastAPI) -> Iterator[Route]:
    """Yield what the application serves to those who run it."""
    return (route for route in _routes(app) if "operations" in route.context.tags)


def _routes(app: FastAPI) -> Iterator[Route]:
    for context in iter_route_contexts(app.routes):
        assert context.path is not None
        if context.path.startswith("/api") or "operations" in getattr(context, "tags", ()):
            for method in sorted(context.methods or ()):
                yield Route(method, context.path, context)


@dataclass(frozen=True)
class Belongings:
    """One of everything that a client can have."""

    desk: Desk
    booking_id: str
    held_id: str
    customer_id: str
    key_id: str
    number: str
    attention_id: str
    call_id: str
    message_id: str
    date: str = "2026-12-24"

    def path(self, template: str) -> str:
        """Return a path that names these things."""
        return template.format(
            booking_id=self.booking_id,
            customer_id=self.customer_id,
            service_id=self.desk.place.service_id,
            resource_id=self.desk.resource_ids[0],
            key_id=self.key_id,
            number=self.number,
            attention_id=self.attention_id,
            call_id=self.call_id,
            message_id=self.message_id,
            channel="sms",
            kind="reminder",
            clientKey=self.desk.client.client_key,
            date=self.date,
        )


async def furnish(desk: Desk) -> Belongings:
    """Give a client one of everything."""
    booked = (await desk.book(TEN)).json()
    held = (await desk.hold(ELEVEN)).json()
    key = (await desk.post("/keys", BODIES["POST /api/keys"])).json()
    number = f"+4474{desk.client.id.int % 10**8:08d}"
    rows = await _furnish_rows(desk, UUID(booked["id"]), UUID(booked["customer"]["id"]))
    things = Belongings(desk, booked["id"], held["id"], booked["customer"]["id"], key["id"], number, **rows)
    override = "/api/resources/{resource_id}/overrides/{date}"
    put = await desk.http.put(things.path(override), json=BODIES[f"PUT {override}"], headers=desk.place.headers)
    assert put.status_code == 200, put.text
    return things


async def _furnish_rows(desk: Desk, booking_id: UUID, customer_id: UUID) -> dict[str, str]:
    """Give a client what no route makes by itself; return the ids by what they are called in paths."""
    app = cast(FastAPI, cast(httpx.ASGITransport, desk.http._transport).app)
    at = {"created_at": utcnow(), "updated_at": utcnow()}
    async with app.state.sessions.begin() as session:
        item = await bring_up(
            *(session, desk.client.id, Kind.callback_wanted, str(booking_id)),
            booking_id=booking_id,
            customer_id=customer_id,
            now=utcnow(),
        )
        call = Call(client_id=desk.client.id, direction="out", purpose="callback", status="queued", **at)
        call.customer_id = customer_id
        message = Message(client_id=desk.client.id, direction="out", channel="sms", kind="reply", status="failed", **at)
        message.customer_id, message.address, message.body = customer_id, "+447400123456", "Until then."
        message.due_at = utcnow()
        session.add_all([call, message])
        theirs = update(Customer).where(Customer.client_id == desk.client.id, Customer.id == customer_id)
        await session.execute(theirs.values(email="ann@example.com"))
    return {"attention_id": str(item), "call_id": str(call.id), "message_id": str(message.id)}
