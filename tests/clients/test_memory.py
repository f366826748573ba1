"""Keys and clients from memory: no query for what is known, and no longer known than it is true."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.clients import auth
from app.clients.memory import CLIENTS, KEYS, read_key
from tests.fixtures.live import within_a_second

OPERATORS = {"scopes": ["clients:admin", "ops:read"]}


async def code(live, headers, path="/bookings"):
    answer = await live.ask(path, headers)
    return 200 if answer.is_success else (answer.status_code, answer.json()["code"])


async def refused(live, headers, expected):
    async def now():
        return await code(live, headers) == expected

    await within_a_second(now)


@pytest.fixture
async def pair(lives, make_client):
    """A client whose key two processes know."""
    client, (one, other) = await make_client(), lives
    for live in lives:
        assert await code(live, client.headers) == 200
        assert live.caches.of(KEYS).peek(client.key_id)
    return client, one, other


async def test_who_is_known_is_not_asked_about(pair):
    client, one, _ = pair
    one.statements.clear()

    assert await code(one, client.headers) == 200
    assert len(one.statements) == 1  # the bookings themselves
    assert "api_keys" not in one.statements[0]


async def test_fifty_first_requests_read_a_key_once(live, make_client):
    client = await make_client()

    assert set(await asyncio.gather(*(code(live, client.headers) for _ in range(50)))) == {200}
    assert sum("FROM api_keys" in statement for statement in live.statements) == 1


async def test_they_do_not_wait_for_each_other_when_connections_are_few(make_live, make_client):
    live, client = await make_live(db_pool_max=2), await make_client()

    assert set(await asyncio.gather(*(code(live, client.headers) for _ in range(20)))) == {200}


async def test_a_revoked_key_opens_nothing_here_at_once_and_elsewhere_within_a_second(pair):
    client, one, other = pair
    revoked = await one.ask(f"/keys/{client.key_id}", client.headers, "DELETE")

    assert revoked.status_code == 200
    assert await code(one, client.headers) == (401, "revoked_key")
    await refused(other, client.headers, (401, "revoked_key"))


async def test_a_key_that_was_being_read_while_it_was_revoked_is_not_remembered(live, make_client, monkeypatch):
    client, read = await make_client(), asyncio.Event()
    answer = asyncio.Event()

    async def read_slowly(session, key_id):
        known = await read_key(session, key_id)
        read.set()
        await answer.wait()
        return known

    monkeypatch.setattr(auth, "read_key", read_slowly)
    early = asyncio.create_task(code(live, client.headers))
    await read.wait()
    revoked = await live.ask(f"/keys/{client.key_id}", client.operator_headers, "DELETE")
    answer.set()

    assert (revoked.status_code, await early) == (200, 200)
    assert await code(live, client.headers) == (401, "revoked_key")


async def test_a_rotated_key_ends_everywhere_with_its_overlap(pair):
    client, one, other = pair
    rotated = await one.ask(f"/keys/{client.key_id}/rotate", client.headers, "POST", json={"overlapMinutes": 0})

    assert rotated.status_code == 201
    assert await code(one, client.headers) == (401, "expired_key")
    await refused(other, client.headers, (401, "expired_key"))
    assert await code(other, {"X-API-Key": rotated.json()["key"]}) == 200


async def test_a_deactivated_client_is_refused_here_at_once_and_elsewhere_within_a_second(pair, operator):
    client, one, other = pair
    done = await one.ask(f"/clients/{client.client_key}/deactivate", operator, "POST")

    assert done.status_code == 200
    assert await code(one, client.headers) == (403, "client_inactive")
    await refused(other, client.headers, (403, "client_inactive"))

    await one.ask(f"/clients/{client.client_key}/activate", operator, "POST")
    assert await code(one, client.headers) == 200
    await refused(other, client.headers, 200)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("UPDATE api_keys SET revoked_at = now() WHERE id = :key", (401, "revoked_key")),
        ("UPDATE api_keys SET expires_at = now() WHERE client_id = :client", (401, "expired_key")),
        ("UPDATE api_keys SET key_hash = sha256('another') WHERE id = :key", (401, "unknown_key")),
        ("UPDATE api_keys SET scopes = '{bookings:write}' WHERE id = :key", (403, "insufficient_scope")),
        ("DELETE FROM api_keys WHERE id = :key AND client_id = :client", (401, "unknown_key")),
        ("UPDATE clients SET status = 'inactive' WHERE id = :client", (403, "client_inactive")),
        ("UPDATE clients SET client_key = client_key || '-new' WHERE id = :client", 200),
    ],
)
async def test_what_is_changed_by_hand_in_the_database_counts_within_a_second(pair, sql, change, expected):
    client, one, other = pair
    values = {"key": client.key_id, "client": client.id}
    await sql(change, **{name: value for name, value in values.items() if f":{name}" in change})

    for live in (one, other):
        await refused(live, client.headers, expected)


async def test_a_key_ends_in_the_very_instant_of_its_expiry_though_it_is_known(live, make_client, make_key_row):
    client, now = await make_client(), datetime.now(UTC)
    key_id, key = await make_key_row(client.id, expires_at=now + timedelta(minutes=1))
    live.set(now)
    assert await code(live, {"X-API-Key": key}) == 200
    live.set(now + timedelta(minutes=1))

    assert live.caches.of(KEYS).glance(key_id)
    assert await code(live, {"X-API-Key": key}) == (401, "expired_key")


async def test_a_changed_setting_counts_at_once_where_it_was_changed(pair, make_bookable):
    _, one, other = pair
    place = await make_bookable()
    wanted = place.wanted(f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}T10:00:00Z", None)
    await one.ask("/bookings", place.headers)
    changed = await one.ask(
        f"/clients/{place.client.client_key}", place.headers, "PATCH", json={"holdSeconds": 30, "version": 1}
    )
    held = await one.ask("/bookings/hold", place.headers, "POST", json=wanted)

    assert changed.status_code == 200
    assert held.status_code == 201, held.text
    lasts = datetime.fromisoformat(held.json()["expiresAt"]) - datetime.now(UTC)
    assert lasts < timedelta(seconds=31)
    assert (await other.ask(f"/clients/{place.client.client_key}", place.headers)).json()["holdSeconds"] == 30


async def test_settings_are_shown_as_they_are_for_the_next_change_is_compared_with_them(pair, sql):
    client, _, other = pair
    await sql("UPDATE clients SET name = 'New', version = 2 WHERE id = :id", id=client.id)
    shown = await other.ask(f"/clients/{client.client_key}", client.headers)

    assert (shown.json()["name"], shown.headers["ETag"]) == ("New", '"2"')


async def lose(live, sql):
    """End the connection over which notices come, on the server's side."""
    await sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'booking-web-lifeline' "
        "AND datname = current_database()"
    )

    async def noticed():
        return not live.caches.trusted

    await within_a_second(noticed)


async def test_while_notices_do_not_arrive_the_database_is_asked_each_time(pair, sql):
    client, one, _ = pair
    await lose(one, sql)
    await sql("UPDATE api_keys SET revoked_at = now() WHERE id = :id", id=client.key_id)

    assert one.caches.of(KEYS).peek(client.key_id).revoked_at is None
    assert await code(one, client.headers) == (401, "revoked_key")


async def test_when_they_arrive_again_nothing_is_remembered_from_before(pair, sql):
    client, one, _ = pair
    await lose(one, sql)
    await code(one, client.headers)
    one.process.lifeline.last = None  # as after a second
    await one.process.lifeline.check()

    assert one.caches.trusted
    assert one.caches.of(KEYS).peek(client.key_id) is None
    assert await code(one, client.headers) == 200


async def test_an_operators_key_acts_for_each_client_that_it_names(live, make_client, make_key_row):
    first, second = await make_client(), await make_client()
    hits = live.caches.of(CLIENTS).figures().hits
    _, key = await make_key_row(scopes=["bookings:read", "clients:admin"])
    listed = []
    for client in (first, second, first):
        answer = await live.ask("/keys", {"X-API-Key": key, "X-Client-Key": client.client_key})
        listed.append([item["id"] for item in answer.json()["items"]])

    assert listed == [[str(first.key_id)], [str(second.key_id)], [str(first.key_id)]]
    assert await code(live, {"X-API-Key": key, "X-Client-Key": "no-such-client"}) == (404, "client_not_found")
    assert live.caches.of(CLIENTS).figures().hits - hits == 1


async def test_a_clients_key_names_its_own_client_or_none(pair, make_client):
    client, one, _ = pair
    stranger = await make_client()

    assert await code(one, {**client.headers, "X-Client-Key": client.client_key}) == 200
    assert await code(one, {**client.headers, "X-Client-Key": stranger.client_key}) == (404, "client_not_found")


async def test_another_secret_under_a_known_id_is_unknown(pair, make_key_row, sql):
    client, one, _ = pair
    key_id, key = await make_key_row(client.id)
    await code(one, {"X-API-Key": key})
    one.caches.of(KEYS).peek(key_id).key_hash = b"\0" * 32

    assert await code(one, {"X-API-Key": key}) == (401, "unknown_key")


async def test_what_is_not_there_is_not_remembered(live, make_client, make_key_row, sql):
    client = await make_client()
    key_id, key = await make_key_row(client.id)
    await sql("UPDATE api_keys SET client_id = NULL WHERE id = :id", id=key_id)
    await sql("DELETE FROM api_keys WHERE id = :id", id=key_id)
    assert await code(live, {"X-API-Key": key}) == (401, "unknown_key")

    assert live.caches.of(KEYS).figures().size == 0


async def test_use_is_noted_about_once_a_minute(live, make_client, make_key_row, sql):
    client, now = await make_client(), datetime.now(UTC)
    deletes = live.caches.of(KEYS).figures().deletes
    key_id, key = await make_key_row(client.id, last_used_at=None)
    noted = []
    for seconds in (0, 30, 61, 62):
        live.set(now + timedelta(seconds=seconds))
        assert await code(live, {"X-API-Key": key}) == 200
        [(used,)] = await sql("SELECT last_used_at FROM api_keys WHERE id = :id", id=key_id)
        noted.append((used - now).total_seconds())

    assert noted == [0, 0, 61, 61]
    assert live.caches.of(KEYS).figures().deletes == deletes  # noting it tells nobody of a change


async def test_use_that_was_rolled_back_is_noted_by_the_next_request(live, make_client, make_key_row, sql):
    client = await make_client()
    key_id, key = await make_key_row(client.id, last_used_at=None)
    refusal = await live.ask("/bookings/01900000-0000-7000-8000-000000000000", {"X-API-Key": key})
    await code(live, {"X-API-Key": key})

    assert refusal.status_code == 404
    assert (await sql("SELECT last_used_at FROM api_keys WHERE id = :id", id=key_id))[0][0] is not None
