"""Whose key a request carries, from memory alone: asked before anything else, so it never waits and never admits."""

from datetime import UTC, datetime, timedelta

import pytest

from app.clients.memory import KEYS
from app.core.auth import Recognised
from tests.fixtures.api import OPERATOR_KEY


@pytest.fixture
def recognise(live):
    def ask(key, name=b"x-api-key"):
        live.statements.clear()
        headers = [] if key is None else [(name, key.encode())]
        found = live.app.state.recognise({"type": "http", "headers": headers, "app": live.app})
        assert live.statements == []
        return found

    return ask


async def test_a_key_is_recognised_once_it_was_seen(live, make_client, recognise):
    client = await make_client()
    before = recognise(client.key)
    await live.ask("/bookings", client.headers)

    assert before is None
    assert recognise(client.key) == Recognised(f"key:{client.key_id}", is_operator=False)
    assert recognise(f"Bearer {client.key}", b"authorization") == Recognised(f"key:{client.key_id}", is_operator=False)


async def test_it_is_recognised_while_notices_do_not_arrive_too(app, http, make_client):
    client = await make_client()
    await http.get("/api/bookings", headers=client.headers)
    scope = {"type": "http", "headers": [(b"x-api-key", client.key.encode())], "app": app}

    assert app.state.recognise(scope).name == f"key:{client.key_id}"


async def test_what_was_agreed_for_a_key_comes_with_it(live, make_client, make_key_row, recognise):
    client = await make_client()
    key_id, key = await make_key_row(client.id, requests_per_minute=1_200)
    await live.ask("/bookings", {"X-API-Key": key})

    assert recognise(key) == Recognised(f"key:{key_id}", is_operator=False, requests_per_minute=1_200)


async def test_an_operators_key_is_one(live, make_key_row, recognise):
    key_id, key = await make_key_row(scopes=["ops:read"])
    await live.ask("/cache/stats", {"X-API-Key": key})

    assert recognise(key) == Recognised(f"key:{key_id}", is_operator=True)


def test_the_break_glass_key_needs_no_memory(recognise):
    assert recognise(OPERATOR_KEY) == Recognised("operator", is_operator=True)


@pytest.mark.parametrize("key", [None, "", "nonsense", OPERATOR_KEY + "x", "\xe9" * 69])
def test_what_is_no_key_is_nobodys(recognise, key):
    assert recognise(key) is None


async def test_a_wrong_secret_an_ended_key_and_a_forgotten_one_are_nobodys(live, make_client, make_key_row, recognise):
    client = await make_client()
    keys = [await make_key_row(client.id) for _ in range(3)]
    for _, key in keys:
        await live.ask("/bookings", {"X-API-Key": key})
    memory = live.caches.of(KEYS)
    memory.peek(keys[0][0]).key_hash = b"\0" * 32
    memory.peek(keys[1][0]).expires_at = datetime.now(UTC) - timedelta(seconds=1)
    memory.forget(keys[2][0])

    assert [recognise(key) for _, key in keys] == [None] * 3


async def test_a_key_is_recognised_though_its_time_in_memory_is_over(live, make_client, recognise, monkeypatch):
    client = await make_client()
    await live.ask("/bookings", client.headers)
    monkeypatch.setattr(live.caches.of(KEYS), "lifetime", 0.0)

    assert recognise(client.key) is not None
