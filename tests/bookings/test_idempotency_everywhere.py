"""`Idempotency-Key` on every POST of every room, and through a crash between commit and reply."""

import asyncio
import secrets
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from app.core.idempotency import IdempotentRoute
from tests.bookings.conftest import PHONE
from tests.routes import furnish

TEN = "2026-03-24T10:00:00Z"
KEY = {"Idempotency-Key": "once-and-for-all"}
STEPS = ("confirm", "release", "extend", "reschedule", "cancel", "complete", "no-show")

ELSEWHERE: dict[str, dict[str, Any] | None] = {
    "/api/clients": {"name": "New", "timezone": "Europe/London", "region": "GB", "currency": "GBP"},
    "/api/clients/{clientKey}/deactivate": None,
    "/api/clients/{clientKey}/activate": None,
    "/api/keys": {"name": "till", "scopes": ["bookings:read"]},
    "/api/keys/{key_id}/rotate": {"overlapMinutes": 5},
    "/api/services": {"name": "Cleaning", "durationMinutes": 20},
    "/api/services/{service_id}/archive": None,
    "/api/resources": {"name": "Chair"},
    "/api/resources/{resource_id}/archive": None,
    "/api/customers": {"phone": PHONE, "name": "Ann"},
    "/api/customers/{customer_id}/erase": None,
    "/api/attention/{attention_id}/done": {"note": "rang them"},
    "/api/calls": {"phone": PHONE, "purpose": "callback"},
    "/api/calls/{call_id}/cancel": None,
    "/api/customers/{customer_id}/do-not-call": None,
    "/api/customers/{customer_id}/do-not-text": None,
    "/api/customers/{customer_id}/do-not-email": None,
    "/api/messages/{message_id}/send": None,
}
"""Every POST of clients that is not the life of a booking, with a body that it takes."""


def posts(app):
    """Return those of clients. Operators' do without the users' pool, and webhooks have no key: both may come twice."""
    contexts = iter_route_contexts(app.routes)
    return {
        context.path: context
        for context in contexts
        if "POST" in (context.methods or ())
        and "operations" not in getattr(context, "tags", ())
        and not (context.path or "").startswith("/webhooks/")
    }


def test_every_post_honours_the_header_and_says_so(app):
    routes = posts(app)
    described = app.openapi()["paths"]

    assert {path for path, route in routes.items() if not isinstance(route.original_route, IdempotentRoute)} == set()
    for path in routes:
        headers = [parameter["name"] for parameter in described[path]["post"]["parameters"]]
        assert "Idempotency-Key" in headers, path


def test_every_post_is_tried_here_or_with_bookings(app):
    life = {"/api/bookings", "/api/bookings/hold", *(f"/api/bookings/{{booking_id}}/{step}" for step in STEPS)}

    assert set(posts(app)) == life | set(ELSEWHERE)


@pytest.mark.parametrize("path", ELSEWHERE)
async def test_a_post_elsewhere_is_done_once_too(desk, operator, sql, path):
    things = await furnish(desk)
    headers = operator if path.startswith("/api/clients") else desk.place.headers
    body = ELSEWHERE[path]
    if path == "/api/clients":
        body = {**(body or {}), "clientKey": f"test-{secrets.token_hex(8)}"}
    options = {} if body is None else {"json": body}
    audited = "SELECT count(*) AS n FROM audit_log WHERE client_id = :id"

    async def send():
        return await desk.http.post(things.path(path), headers={**headers, **KEY_OF[path]}, **options)

    first = await send()
    acts = (await sql(audited, id=desk.client.id))[0].n
    again = await send()

    assert first.status_code in (200, 201), first.text
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (await sql(audited, id=desk.client.id))[0].n == acts
    if path.startswith("/api/keys"):
        assert again.json()["key"].startswith("bk_test_")


KEY_OF = {path: {"Idempotency-Key": f"{path} {secrets.token_hex(8)}"} for path in ELSEWHERE}
"""The operator is one principal for all tests, so that each needs keys of its own."""


class Crash:
    """Serve the application as a process that dies between its commit and the first byte of its reply."""

    def __init__(self, app):
        self.app = app
        self.committed = []

    async def __call__(self, scope, receive, send):
        async def die(message):
            self.committed.append(message["status"])
            raise asyncio.CancelledError

        await self.app(scope, receive, die)


@pytest.fixture
async def crashing(app):
    """Send a request to a process that dies after its commit: `await crashing(path, **options)`."""
    process = Crash(app)

    async def send(path, **options):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(process), base_url="http://test") as http:
            with pytest.raises(asyncio.CancelledError):
                await http.post(f"/api{path}", **options)
        return process.committed[-1]

    return send


async def test_after_a_crash_before_the_reply_a_retry_gets_the_answer_that_was_lost(desk, crashing):
    headers = {**desk.place.headers, **KEY}
    lost = await crashing("/bookings", json=desk.place.wanted(TEN), headers=headers)
    listed = (await desk.get("/bookings")).json()["items"]

    answer = await desk.book(TEN, headers=KEY)

    assert (lost, len(listed)) == (201, 1)
    assert (answer.status_code, answer.headers["Idempotent-Replayed"]) == (201, "true")
    assert answer.json() == listed[0]
    assert (await desk.get("/bookings")).json()["items"] == listed


async def test_a_secret_that_was_lost_with_the_reply_is_shown_again(desk, crashing):
    headers = {**desk.place.headers, **KEY}
    await crashing("/bookings/hold", json=desk.place.wanted(TEN, None), headers=headers)
    await crashing("/keys", json=ELSEWHERE["/api/keys"], headers=desk.place.headers | {"Idempotency-Key": "key"})

    held = await desk.hold(TEN, headers=KEY)
    key = await desk.post("/keys", ELSEWHERE["/api/keys"], headers={"Idempotency-Key": "key"})

    assert (await desk.do("release", held, holdToken=held.json()["holdToken"])).status_code == 200
    assert (await desk.http.get("/api/bookings", headers={"X-API-Key": key.json()["key"]})).status_code == 200


async def test_without_a_key_a_retry_after_a_crash_finds_its_own_booking_in_the_way(desk, crashing):
    await crashing("/bookings", json=desk.place.wanted(TEN), headers=desk.place.headers)

    answer = await desk.book(TEN)

    assert (answer.status_code, answer.json()["code"]) == (409, "busy")
