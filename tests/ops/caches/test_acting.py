"""Clearing a cache and changing how long it lasts: here at once, in every process, with a reason, in the audit log."""

from datetime import UTC, datetime, timedelta

import pytest

from app.clients.memory import CLIENTS, KEYS
from app.ops.caches.service import obey
from tests.fixtures.api import OPERATOR_KEY

OPERATOR = {"X-API-Key": OPERATOR_KEY}
RAISED = {"multiplier": 4, "expiresInSeconds": 600, "reason": "the database is slow"}


async def clear(live, name="keys", **query):
    return await live.ask(f"/cache/{name}", OPERATOR, "DELETE", params={"reason": "stale after a restore", **query})


async def set_lifetime(live, name="keys", **wanted):
    return await live.ask(f"/cache/{name}/ttl", OPERATOR, "POST", json=wanted)


@pytest.fixture(autouse=True)
async def nothing_set(lives, sql):
    """End afterwards what a test has set."""
    yield
    await sql("UPDATE controls SET ended_at = now() WHERE kind = 'cache_lifetime' AND ended_at IS NULL")
    for live in lives:
        await live.process.read_controls(now=datetime.now(UTC))
        obey(live.caches, live.process.controls, now=datetime.now(UTC))


@pytest.fixture
async def known(lives, make_client):
    """Two processes that both know a client's key."""
    client = await make_client()
    for live in lives:
        await live.ask("/bookings", client.headers)
    return client


def knows(live, client):
    return [bool(live.caches.of(KEYS).peek(client.key_id)), bool(live.caches.of(CLIENTS).peek(client.client_key))]


async def test_a_cleared_cache_is_empty_here_and_in_the_others_once_they_have_read_it(lives, known):
    one, other = lives
    answer = await clear(one)
    here, there = knows(one, known), knows(other, known)
    await other.process.read_controls(now=datetime.now(UTC))
    read = knows(other, known)
    await one.ask("/bookings", known.headers)
    for live in lives:
        await live.process.read_controls(now=datetime.now(UTC))

    assert answer.status_code == 200, answer.text
    assert (answer.json()["name"], answer.json()["entries"]) == ("keys", 1)
    assert {"timestamp", "instance", "commit", "scope"} <= answer.json().keys()
    assert (here, there, read) == ([False, True], [True, True], [False, True])
    assert knows(one, known) == [True, True]  # an order is carried out once


async def test_it_is_cold_after_that(live, known):
    await clear(live)

    assert live.caches.of(KEYS).figures().state == "cold"


async def test_a_longer_life_holds_in_every_process_and_ends_by_itself(lives):
    one, other = lives
    now = datetime.now(UTC)
    answer = await set_lifetime(one, **RAISED)
    await other.process.read_controls(now=now)
    obey(other.caches, other.process.controls, now=now)
    held = [live.caches.of(KEYS).lifetime for live in lives]
    shown = (await one.ask("/cache/stats", OPERATOR)).json()
    for live in lives:
        obey(live.caches, live.process.controls, now=now + timedelta(seconds=601))
    ended = [live.caches.of(KEYS).lifetime for live in lives]

    assert answer.status_code == 200, answer.text
    assert answer.json()["ttlSeconds"] == 1200
    assert (answer.json()["scope"], answer.json()["instance"]) == ("cluster", one.process.settings.instance)
    assert (held, ended) == ([1200.0, 1200.0], [300.0, 300.0])
    assert shown["caches"]["keys"]["ttlSeconds"] == 1200
    assert shown["caches"]["keys"]["ttlOverride"]["multiplier"] == 4
    assert shown["caches"]["clients"]["ttlOverride"] is None
    assert shown["ttlOverride"]["reason"] == "the database is slow"


async def test_the_latest_order_holds(live):
    for seconds in (60, 50):
        await set_lifetime(live, name="hours", seconds=seconds, expiresInSeconds=60, reason="drill")
    shown = (await live.ask("/cache/stats", OPERATOR)).json()["caches"]["hours"]

    assert (shown["ttlSeconds"], shown["ttlOverride"]["seconds"]) == (50, 50)


async def test_acts_are_in_the_audit_log_with_their_reason(live, sql):
    await clear(live, name="services", reason="after the import")
    await set_lifetime(live, name="services", seconds=7, expiresInSeconds=1, reason="short for a test")
    rows = await sql("SELECT actor, action, data FROM audit_log WHERE data->>'target' = 'services' ORDER BY id")

    assert [(row.actor, row.action) for row in rows] == [
        ("operator", "cache_clear_set"),
        ("operator", "cache_lifetime_set"),
    ]
    assert [row.data["reason"] for row in rows] == ["after the import", "short for a test"]


async def test_a_cache_that_there_is_not_is_not_found_and_nothing_is_written(live, sql):
    answers = [await clear(live, name="no-such"), await set_lifetime(live, name="no-such", **RAISED)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "unknown_cache")] * 2
    assert await sql("SELECT 1 FROM controls WHERE target = 'no-such'") == []


@pytest.mark.parametrize(
    "wanted",
    [
        {"multiplier": 2, "seconds": 5},
        {"multiplier": None},
        {"multiplier": 0},
        {"multiplier": 101},
        {"multiplier": None, "seconds": 0},
        {"multiplier": None, "seconds": 86_401},
        {"expiresInSeconds": 86_401},
        {"expiresInSeconds": None},
        {"reason": " "},
        {"unknown": 1},
    ],
)
async def test_what_makes_no_sense_is_refused(live, wanted):
    answer = await set_lifetime(live, **{**RAISED, **wanted})

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert live.caches.of(KEYS).lifetime == 300


async def test_clearing_needs_a_reason(live):
    answer = await live.ask("/cache/keys", OPERATOR, "DELETE")

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
