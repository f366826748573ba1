"""Nothing of a request shows in the logs that belongs to a customer or opens a door."""

import io
import json
import logging
import re
import sys

import httpx
import pytest
import structlog

from app.bookings.router import get_actor
from app.bookings.service.writing import Actor
from app.core.logging import set_up_logging
from app.main import create_app
from tests.bookings.conftest import Desk
from tests.canaries import WORD, requests
from tests.fixtures.logs import listening

PERSONAL = ["+447400123456", "447400123456", "Annabel Otherwise", "annabel@example.com", "allergic to latex", "the flu"]
CUSTOMER = {"customer": {"phone": PERSONAL[0], "name": PERSONAL[2], "email": PERSONAL[3]}}
KEY = "retry-1f0c4d0c9f0e"


@pytest.fixture(params=["json", "console"])
def logged(request):
    """Return all that is logged, at the most talkative level, as production would."""
    with listening(request.param, "debug") as text:
        yield text


@pytest.fixture
async def desk(http, make_bookable, clock):
    clock.set("2026-03-23T08:00:00Z")
    return Desk(await make_bookable(), http)


def assert_clean(text, *secrets):
    assert text.count("\n") >= 1
    assert [secret for secret in (*PERSONAL, KEY, *secrets) if secret in text] == []


async def test_a_days_work_leaves_ids_and_codes_alone(desk, logged):
    held = (await desk.hold("2026-03-24T10:00:00Z", headers={"Idempotency-Key": KEY}, notes=PERSONAL[4])).json()
    await desk.do("confirm", held, holdToken="x" * 32, **CUSTOMER)
    booked = (await desk.do("confirm", held, holdToken=held["holdToken"], **CUSTOMER)).json()
    await desk.do("cancel", booked, reason=PERSONAL[5])
    await desk.get("/customers", phone=PERSONAL[0])
    await desk.get(f"/customers/{booked['customer']['id']}/export")
    key = (await desk.post("/keys", {"name": PERSONAL[2], "scopes": ["bookings:read"]})).json()["key"]
    await desk.http.get("/api/bookings", headers={"Authorization": f"Bearer {key}"})
    await desk.http.get("/api/bookings", headers={"X-API-Key": key[:-1]})
    await desk.post(f"/customers/{booked['customer']['id']}/erase")

    assert_clean(logged(), held["holdToken"], key, key[:-1], desk.client.key)


async def test_what_is_refused_is_not_repeated(desk, logged):
    wanted = desk.place.wanted(PERSONAL[0], notes=PERSONAL[4] + "\0") | CUSTOMER
    await desk.post("/bookings", wanted, headers={"Idempotency-Key": KEY})
    await desk.post(f"/bookings/{PERSONAL[0]}/cancel", {PERSONAL[2]: PERSONAL[3]})
    await desk.http.post("/api/bookings", content=PERSONAL[2].encode(), headers=desk.place.headers)
    await desk.http.get(f"/api/{PERSONAL[3]}", params={"name": PERSONAL[2]})
    await desk.http.get("/api/bookings", headers={"X-API-Key": PERSONAL[4], "X-Request-ID": PERSONAL[2]})

    assert_clean(logged(), desk.client.key)


async def test_a_fault_of_ours_does_not_tell_what_it_was_about(app, desk, logged):
    def broken():
        raise RuntimeError(f"cannot book for {PERSONAL[2]}, {PERSONAL[0]}")

    usual = app.state.clock
    app.state.clock = broken
    answer = await desk.book("2026-03-24T10:00:00Z", **CUSTOMER)
    app.state.clock = usual

    assert answer.status_code == 500
    assert "unexpected_failure" in logged()
    assert "test_logs.py" in logged()
    assert_clean(logged() + answer.text, desk.client.key)


async def test_a_row_that_the_database_refuses_is_not_shown(app, desk, logged):
    app.dependency_overrides[get_actor] = lambda: Actor("somebody", channel="pigeon")  # type: ignore[arg-type]
    answer = await desk.book("2026-03-24T10:00:00Z", notes=PERSONAL[4], **CUSTOMER)
    del app.dependency_overrides[get_actor]

    assert answer.status_code == 500
    assert "23514 ck_bookings_channel" in logged()
    assert_clean(logged() + answer.text, desk.client.key)


async def test_each_request_is_one_line_with_its_route_and_code(desk, logged):
    await desk.book("2026-03-24T10:00:00Z")
    await desk.book("2026-03-24T10:00:00Z")

    text = logged()
    if text.startswith("{"):
        lines = [json.loads(line) for line in text.splitlines() if '"request"' in line]
        facts = [(line["method"], line["route"], line["status"], line.get("code")) for line in lines]
        assert facts == [("POST", "/api/bookings", 201, None), ("POST", "/api/bookings", 409, "busy")]
        for line in lines:
            assert (line["key"], line["client"]) == (str(desk.client.key_id), str(desk.client.id))
            assert (line["queries"] > 0, line["latency_ms"] > 0, line["pool_wait_ms"] >= 0) == (True, True, True)
            assert (line["logger"], line["level"]) == ("app.core.middleware", "info")
            assert line["request_id"]


async def test_a_method_that_nobody_knows_is_not_repeated(http, logged):
    await http.request("ANNABEL", "/api/bookings")

    assert "ANNABEL" not in logged()
    assert "request" in logged()


@pytest.mark.parametrize(("terminal", "begins"), [(True, "20"), (False, "{")])
def test_without_a_wish_lines_are_readable_on_a_terminal_and_json_elsewhere(logged, monkeypatch, terminal, begins):
    stream = io.StringIO()
    stream.isatty = lambda: terminal  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", stream)
    set_up_logging(None, "info")
    structlog.get_logger().warning("something", number=1)
    logging.getLogger("elsewhere").warning("something")

    first, second = re.sub(r"\x1b\[\d*m", "", stream.getvalue()).splitlines()
    assert (first[: len(begins)], second[: len(begins)]) == (begins, begins)


async def at_once(_seconds):
    """Look at the process for no time at all."""


@pytest.fixture
async def apart(settings):
    """An application of its own, whose pool may be reset and whose caches may be cleared."""
    apart = create_app(settings)
    apart.state.diagnostics.sleep = at_once
    yield apart
    await apart.state.process.stop()
    await apart.state.engine.dispose()


@pytest.mark.parametrize("logged", ["json"], indirect=True)
@pytest.mark.parametrize("everywhere", [False, True], ids=["where_it_is_free", "everywhere"])
async def test_no_word_of_a_caller_is_logged_or_told_back_by_a_refusal(apart, desk, logged, everywhere):
    """Whoever asks: an operator for a client, the client itself, somebody with a wrong key."""
    keys = [desk.client.operator_headers, desk.client.headers, {"X-API-Key": f"{WORD}-key"}]
    told, statuses = [], set()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(apart)) as http:
        for request in requests(apart.openapi(), everywhere=everywhere):
            for key in keys:
                request.headers.update(key)
                answer = await http.send(request)
                statuses.add(answer.status_code)
                if answer.is_error and WORD in answer.text:
                    told.append((request.method, request.url.path, answer.text))

    assert told == []
    assert 500 not in statuses
    assert {401, 403, 404, 422} <= statuses
    lines = logged().splitlines()
    assert len(lines) > 100
    assert [line for line in lines if WORD in line] == []
