"""What each route asks of the database: how many statements, and none about a client's table without the client."""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import pytest

import app.main  # noqa: F401 - every room's tables
from app.bookings.jobs import sweep_holds
from app.calls.outbound import service as outbound
from app.calls.outbound.events import CallDue
from app.calls.reports import service as reports
from app.clients.contact.models import Line
from app.core.db import Base
from app.messages import service as messages
from app.messages.events import TextDue
from app.messages.rules import Kind, Status
from app.messages.sending import service as sending
from tests.bookings.conftest import Desk, phone
from tests.calls.callers import Caller, connect
from tests.fixtures.api import Statements
from tests.routes import BODIES, ELEVEN, TEN, Belongings, all_routes, furnish
from tests.test_isolation import WITHOUT_CLIENT

NOON = "2026-03-24T12:00:00Z"
SPAN = {"from": "2026-03-24T00:00:00Z", "to": "2026-03-25T00:00:00Z"}
OWNED = sorted({table.name for table in Base.metadata.sorted_tables} - set(WITHOUT_CLIENT))
REFERENCE = re.compile(rf"\b(?:FROM|JOIN|UPDATE|INTO)\s+(?:ONLY\s+)?({'|'.join(OWNED)})\b(?!\.)", re.IGNORECASE)

BOUND = re.compile(r"\bclient_id\s*=|\(client_id\b", re.IGNORECASE)
"""The client compared, or written."""

ALLOWED = {
    "FROM calls WHERE vapi_id = $1": "a call, and an assistant, is looked up before its client is known",
    "FROM bookings WHERE bookings.status = $1::VARCHAR AND bookings.expires_at <=": "the sweep finds due holds of all",
    "FROM messages WHERE status IN ('queued', 'sending', 'unknown') AND due_at <=": "the sweep wakes messages of all",
    "FROM calls WHERE reported_at IS NULL AND vapi_id IS NOT NULL AND looks <": "late reports of all are asked for",
}
"""Statements about clients' tables that name no client, and why."""

COUNTS = {
    "POST /api/bookings": 6,
    "POST /api/bookings/hold": 5,
    "GET /api/bookings": 2,
    "GET /api/bookings/{booking_id}": 2,
    "GET /api/bookings/{booking_id}/history": 3,
    "POST /api/bookings/{booking_id}/confirm": 10,
    "POST /api/bookings/{booking_id}/release": 8,
    "POST /api/bookings/{booking_id}/extend": 9,
    "POST /api/bookings/{booking_id}/reschedule": 13,
    "POST /api/bookings/{booking_id}/cancel": 9,
    "POST /api/bookings/{booking_id}/complete": 7,
    "POST /api/bookings/{booking_id}/no-show": 7,
    "GET /api/availability": 2,
    "GET /api/availability/explain": 3,
    "GET /api/customers": 2,
    "POST /api/customers": 2,
    "GET /api/customers/{customer_id}": 2,
    "PATCH /api/customers/{customer_id}": 3,
    "GET /api/customers/{customer_id}/bookings": 3,
    "GET /api/customers/{customer_id}/export": 10,
    "POST /api/customers/{customer_id}/erase": 15,
    "POST /api/services": 4,
    "GET /api/services": 2,
    "GET /api/services/{service_id}": 2,
    "PATCH /api/services/{service_id}": 6,
    "POST /api/services/{service_id}/archive": 9,
    "POST /api/resources": 4,
    "GET /api/resources": 2,
    "GET /api/resources/{resource_id}": 2,
    "PATCH /api/resources/{resource_id}": 5,
    "POST /api/resources/{resource_id}/archive": 7,
    "GET /api/resources/{resource_id}/hours": 2,
    "PUT /api/resources/{resource_id}/hours": 6,
    "GET /api/resources/{resource_id}/overrides": 2,
    "GET /api/resources/{resource_id}/overrides/{date}": 2,
    "PUT /api/resources/{resource_id}/overrides/{date}": 6,
    "DELETE /api/resources/{resource_id}/overrides/{date}": 6,
    "POST /api/clients": 2,
    "GET /api/clients": 1,
    "GET /api/clients/{clientKey}": 1,
    "PATCH /api/clients/{clientKey}": 4,
    "GET /api/clients/{clientKey}/stats": 4,
    "POST /api/clients/{clientKey}/deactivate": 4,
    "POST /api/clients/{clientKey}/activate": 4,
    "GET /api/clients/{clientKey}/contact": 2,
    "PATCH /api/clients/{clientKey}/contact": 6,
    "GET /api/clients/{clientKey}/lines": 2,
    "PUT /api/clients/{clientKey}/lines/{number}": 5,
    "DELETE /api/clients/{clientKey}/lines/{number}": 3,
    "GET /api/attention": 2,
    "GET /api/attention/{attention_id}": 2,
    "POST /api/attention/{attention_id}/done": 3,
    "GET /api/unrouted": 1,
    "GET /api/calls": 2,
    "GET /api/calls/{call_id}": 3,
    "POST /api/calls": 8,
    "POST /api/calls/{call_id}/cancel": 3,
    "POST /api/customers/{customer_id}/do-not-call": 4,
    "DELETE /api/customers/{customer_id}/do-not-call": 3,
    "GET /api/customers/{customer_id}/consents": 3,
    "POST /api/customers/{customer_id}/do-not-text": 5,
    "DELETE /api/customers/{customer_id}/do-not-text": 5,
    "POST /api/customers/{customer_id}/do-not-email": 5,
    "DELETE /api/customers/{customer_id}/do-not-email": 5,
    "GET /api/messages": 2,
    "GET /api/messages/{message_id}": 2,
    "POST /api/messages/{message_id}/send": 6,
    "GET /api/templates": 2,
    "GET /api/templates/{channel}/{kind}": 2,
    "PUT /api/templates/{channel}/{kind}": 5,
    "DELETE /api/templates/{channel}/{kind}": 4,
    "POST /api/keys": 3,
    "GET /api/keys": 2,
    "GET /api/keys/{key_id}": 2,
    "PATCH /api/keys/{key_id}": 4,
    "POST /api/keys/{key_id}/rotate": 5,
    "DELETE /api/keys/{key_id}": 4,
    "GET /api/audit": 2,
}
"""How many statements each route runs on a warm process; one of them reads the key, save for the break-glass key."""


LAST = [
    "POST /api/keys/{key_id}/rotate",
    "DELETE /api/keys/{key_id}",
    "DELETE /api/clients/{clientKey}/lines/{number}",
    "POST /api/customers/{customer_id}/erase",
    "DELETE /api/resources/{resource_id}/overrides/{date}",
    "POST /api/services/{service_id}/archive",
    "POST /api/resources/{resource_id}/archive",
    "POST /api/clients/{clientKey}/deactivate",
    "POST /api/clients/{clientKey}/activate",
]
"""What others need is ended last."""


@dataclass
class Tour:
    """Asks every route something that it does, and keeps the statements of each."""

    things: Belongings
    operator: Mapping[str, str]
    statements: Statements
    seen: dict[str, list[str]] = field(default_factory=dict)

    async def ask(self, name, booking=None, body=None, **query):
        method, template = name.split()
        path = self.things.path(template.replace("{booking_id}", booking or self.things.booking_id))
        of_operators = template.startswith(("/api/clients", "/api/unrouted")) and not template.endswith("/stats")
        headers = self.operator if of_operators else self.things.desk.place.headers
        options = {} if body is None else {"json": body}
        self.statements.clear()
        answer = await self.things.desk.http.request(method, path, params=query, headers=headers, **options)
        assert answer.is_success, f"{name}: {answer.text}"
        self.seen[name] = list(self.statements.texts)
        return answer.json()["id"] if answer.content and "id" in answer.json() else None

    async def do(self, step, booking, body):
        return await self.ask(f"POST /api/bookings/{{booking_id}}/{step}", booking, body)

    async def live(self):
        place = self.things.desk.place
        held = await self.ask("POST /api/bookings/hold", body=place.wanted(NOON, None))
        await self.do("extend", held, {})
        await self.do("release", held, {})
        await self.do("confirm", self.things.held_id, {"customer": {"phone": phone(1)}})
        booked = await self.ask("POST /api/bookings", body=place.wanted(NOON, phone(7)))
        await self.do("reschedule", booked, {"startsAt": "2026-03-24T13:00:00Z"})
        await self.do("complete", booked, {})
        await self.do("no-show", booked, {})
        await self.do("cancel", self.things.held_id, {"reason": "ill"})

    async def look_and_change(self):
        service = {"serviceId": str(self.things.desk.place.service_id)}
        await self.ask("GET /api/availability", **service, **SPAN)
        await self.ask("GET /api/availability/explain", **service, at=TEN)
        new = {"name": "New", "clientKey": f"test-{secrets.token_hex(8)}", "timezone": "UTC"}
        await self.ask("POST /api/clients", body={**new, "region": "GB", "currency": "GBP"})
        for name in COUNTS:
            if name not in self.seen and name not in LAST:
                await self.ask(name, body=BODIES.get(name))
        for name in LAST:
            await self.ask(name)


@pytest.fixture
async def asked(http, make_bookable, clock, operator, statements):
    """Return the statements of each route."""
    clock.set("2026-03-23T08:00:00Z")
    desk = Desk(await make_bookable(staff=2), http)
    tour = Tour(await furnish(desk), operator, statements)
    await desk.slots(*SPAN.values())  # the plan is remembered from here on
    await tour.live()
    await tour.look_and_change()
    return tour.seen


def owned_without_client(statement: str) -> Iterator[str]:
    """Yield the clients' tables in a statement, more often than it names the client."""
    tables = REFERENCE.findall(statement)
    if len(BOUND.findall(statement)) < len(tables):
        yield from tables


async def call_about_everything(caller: Caller) -> None:
    """Have every tool used, and everything else told of a call."""
    await caller.tell("assistant-request")
    await caller.use("find_slots", when="tomorrow")
    await caller.use("book_appointment", when="tomorrow at two", staff="Staff 0")
    await caller.use("book_appointment", confirm=True)
    await caller.use("my_appointments")
    await caller.use("reschedule_appointment", when="tomorrow at three")
    await caller.use("reschedule_appointment", confirm=True)
    await caller.use("cancel_appointment")
    await caller.use("cancel_appointment", confirm=True)
    await caller.use("business_info", topic="prices")
    await caller.use("business_info", topic="hours")
    await caller.use("take_message", message="Please call me.")
    await caller.use("transfer")
    await caller.tell("end-of-call-report", endedReason="customer-ended-call")


async def text_about(app, desk, booking_id, now):
    """Make a text about a booking ready to be sent, and hear what became of it."""
    async with app.state.sessions.begin() as session:
        session.add(Line(number=f"+4474{desk.client.id.int % 10**8:08d}", client_id=desk.client.id))
        told, *_ = await messages.tell(session, desk.client.id, UUID(booking_id), Kind.confirmation, now=now)
        due = TextDue(desk.client.id, told, now)
        assert await sending.prepare(session, due, missing=None, now=now) is not None
        assert await sending.begin(session, due.client_id, told, now, known=None)
        await sending.take_back(session, due.client_id, told, now=now)
        assert await messages.hear(session, due.client_id, told, Status.accepted, sid=f"SM{told.hex}", now=now)
        await sending.sids_of_others(session, due.client_id, told, ["SM1"])


async def call_out(app, desk, now):
    """Have a call made as far as Vapi, heard of, and looked at afterwards."""
    ordered = (await desk.post("/calls", {"phone": phone(8), "purpose": "callback"})).json()["id"]
    ids = desk.client.id, UUID(ordered)
    async with app.state.sessions.begin() as session:
        assert await outbound.prepare(session, CallDue(*ids, now), missing=None, now=now) is not None
        assert await outbound.begin(session, *ids, now, known=None, most=1_000, now=now)
        await outbound.take_back(session, *ids, now=now)
        await outbound.queue_for(session, *ids, now, None, now=now)
        await outbound.placed(session, *ids, ordered, now=now)
        await outbound.close(session, *ids, "failed", "vapi_refused", now=now)
        await outbound.follow(session, *ids, now=now)
        await reports.compare(session, *ids, now=now)
        await reports.ask_for_missing(session, now=now)
        missing = await reports.look(session, *ids)
        assert missing is not None
        await reports.give_up(session, missing, "report_gone", now=now)
        await reports.forget_words(session, now=now, usual=90)


async def test_each_route_runs_as_many_statements_as_it_did(app, asked):
    assert {name: len(texts) for name, texts in asked.items()} == COUNTS
    assert set(COUNTS) == {route.name for route in all_routes(app)}


async def test_no_statement_about_a_clients_table_leaves_the_client_out(
    app, asked, make_bookable, http, clock, statements
):
    desk = Desk(await make_bookable(capacity=3), http)
    await call_about_everything(await connect(app, desk))
    for start, caller in ((ELEVEN, phone(1)), (ELEVEN, phone(2)), (TEN, phone(3))):
        held = await desk.hold(start, caller, headers={"Idempotency-Key": caller})
    await desk.do("reschedule", held, startsAt=ELEVEN)
    await desk.do("cancel", held)
    await desk.book("2026-03-24T12:10:00Z")
    await text_about(app, desk, (await desk.book(NOON)).json()["id"], clock.now)
    clock.advance(hours=2)
    await call_out(app, desk, clock.now)
    async with app.state.sessions() as session, session.begin():
        await sweep_holds(session, now=clock.now)
        await messages.wake_due(session, now=clock.now)
        await messages.forget_words(session, now=clock.now, usual=90)

    everything = [text for texts in asked.values() for text in texts] + statements.texts
    left_out = {" ".join(text.split()) for text in everything if any(owned_without_client(text))}
    tables = {table for text in everything for table in REFERENCE.findall(text)}
    assert [text for text in left_out if not any(allowed in text for allowed in ALLOWED)] == []
    assert [allowed for allowed in ALLOWED if not any(allowed in text for text in left_out)] == []
    assert tables == set(OWNED)
