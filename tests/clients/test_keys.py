"""Keys through HTTP: shown once, listed without secrets, revoked, never widened."""

import hashlib
from datetime import timedelta

import pytest

from app.core.clock import iso

READ = {"name": "Reader", "scopes": ["bookings:read"]}


def code(answer):
    return answer.status_code, answer.json()["code"]


async def opens(http, client, key):
    answer = await http.get(f"/api/clients/{client.client_key}", headers={"X-API-Key": key})
    return 200 if answer.status_code == 200 else answer.json()["code"]


async def test_a_key_is_shown_once_and_works(http, make_client, clock):
    client = await make_client()

    answer = await http.post("/api/keys", headers=client.headers, json=READ)

    made = answer.json()
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    assert made["key"].startswith("bk_test_")
    assert (
        made.items()
        >= {
            **READ,
            "last4": made["key"][-4:],
            "status": "active",
            "createdAt": iso(clock.now),
            "expiresAt": None,
            "revokedAt": None,
            "lastUsedAt": None,
            "rotatedFrom": None,
            "version": 1,
        }.items()
    )
    assert await opens(http, client, made["key"]) == 200


async def test_only_the_hash_of_a_key_is_kept(http, make_client, sql):
    client = await make_client()

    made = (await http.post("/api/keys", headers=client.headers, json=READ)).json()

    row = (await sql("SELECT * FROM api_keys WHERE id = :id", id=made["id"]))[0]
    assert row.key_hash == hashlib.sha256(made["key"].encode()).digest()
    assert not any(made["key"][30:60] in str(value) for value in row if value != row.key_hash)


async def test_neither_list_nor_reading_shows_a_secret(http, make_client):
    client = await make_client()
    made = (await http.post("/api/keys", headers=client.headers, json=READ)).json()
    public = {name: value for name, value in made.items() if name != "key"}

    listed = await http.get("/api/keys", headers=client.headers)
    read = await http.get(f"/api/keys/{made['id']}", headers=client.headers)

    assert [item["id"] for item in listed.json()["items"]] == [str(client.key_id), made["id"]]
    assert listed.json()["items"][1] == read.json() == public
    assert made["key"][30:60] not in listed.text + read.text
    assert read.headers["ETag"] == '"1"'


async def test_keys_are_listed_in_pages(http, make_client, make_key_row):
    client = await make_client()
    made = sorted([str(client.key_id), *[str((await make_key_row(client.id))[0]) for _ in range(4)]])

    first = (await http.get("/api/keys?limit=3", headers=client.headers)).json()
    second = (await http.get(f"/api/keys?limit=3&after={first['nextAfter']}", headers=client.headers)).json()

    assert [key["id"] for key in first["items"] + second["items"]] == made
    assert second["nextAfter"] is None


async def test_operators_list_their_own_keys_when_they_name_no_client(http, make_client, operator, make_key_row):
    client = await make_client()
    key_id, _ = await make_key_row()

    path = f"/api/keys/{key_id}"
    assert (await http.get(path, headers=operator)).status_code == 200
    assert code(await http.get(path, headers=client.operator_headers)) == (404, "key_not_found")
    assert code(await http.get(f"/api/keys/{client.key_id}", headers=operator)) == (404, "key_not_found")


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/rotate"), ("DELETE", "")])
async def test_keys_of_others_look_like_none(http, make_client, make_key_row, method, path):
    client, other = await make_client(), await make_client()
    operators, _ = await make_key_row()

    for foreign in (other.key_id, operators):
        answer = await http.request(method, f"/api/keys/{foreign}{path}", headers=client.headers)
        assert code(answer) == (404, "key_not_found")
    assert await opens(http, other, other.key) == 200


async def test_keys_are_for_administrators(http, make_client, make_key_row):
    client = await make_client()
    _, key = await make_key_row(client.id, scopes=["bookings:read", "bookings:write"])
    headers = {"X-API-Key": key}

    answers = [
        await http.get("/api/keys", headers=headers),
        await http.post("/api/keys", headers=headers, json=READ),
        await http.post(f"/api/keys/{client.key_id}/rotate", headers=headers),
        await http.delete(f"/api/keys/{client.key_id}", headers=headers),
    ]

    assert {code(answer) for answer in answers} == {(403, "insufficient_scope")}


async def test_nobody_gives_a_key_more_than_their_own_may_do(http, make_client, make_key_row):
    client = await make_client()
    _, narrow = await make_key_row(client.id, scopes=["clients:admin"])
    _, operators = await make_key_row(scopes=["clients:admin", "ops:read"])

    async def give(headers, *scopes):
        return await http.post("/api/keys", headers=headers, json={"name": "x", "scopes": scopes})

    named = {"X-API-Key": operators, "X-Client-Key": client.client_key}
    refused = [
        await give({"X-API-Key": narrow}, "bookings:read"),
        await give(client.headers, "ops:read"),
        await give(client.operator_headers, "bookings:read", "ops:write"),
        await give(named, "bookings:read"),
        await give(named, "ops:read"),
        await give({"X-API-Key": operators}, "ops:write"),
    ]

    assert {code(answer) for answer in refused} == {(403, "scope_not_grantable")}
    assert (await give({"X-API-Key": operators}, "ops:read")).status_code == 201
    assert (await give({"X-API-Key": narrow}, "clients:admin")).status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": ["bookings:read"] * 6},
        {"scopes": "bookings:read"},
        {"name": ""},
        {"name": "x" * 10_000},
        {"name": "nul \0"},
        {"expiresAt": "2026-12-24T09:00:00"},
        {"expiresAt": "2026-02-30T09:00:00Z"},
        {"expiresAt": "9999-12-31T23:59:59Z"},
        {"key": "bk_test_mine"},
    ],
)
async def test_a_key_that_makes_no_sense_is_refused_and_not_written(http, make_client, sql, wrong):
    client = await make_client()

    answer = await http.post("/api/keys", headers=client.headers, json={**READ, **wrong})

    assert code(answer) == (422, "validation_failed")
    assert await sql("SELECT count(*) FROM api_keys WHERE client_id = :id", id=client.id) == [(1,)]


async def test_a_key_cannot_be_made_expired(http, make_client, clock):
    client = await make_client()

    now = await http.post("/api/keys", headers=client.headers, json={**READ, "expiresAt": iso(clock.now)})
    later = await http.post(
        "/api/keys", headers=client.headers, json={**READ, "expiresAt": iso(clock.now + timedelta(seconds=1))}
    )

    assert code(now) == (422, "expiry_passed")
    assert later.status_code == 201


async def test_a_revoked_key_is_shut_out_from_the_next_request_on(http, make_client, clock):
    client = await make_client()
    made = (await http.post("/api/keys", headers=client.headers, json=READ)).json()

    answer = await http.delete(f"/api/keys/{made['id']}", headers=client.headers)
    clock.advance(hours=1)
    again = await http.delete(f"/api/keys/{made['id']}", headers=client.headers)

    assert answer.status_code == 200
    assert answer.json().items() >= {"status": "revoked", "version": 2}.items()
    assert again.json() == answer.json()
    assert await opens(http, client, made["key"]) == "revoked_key"


async def test_a_change_of_a_key_that_has_changed_since_is_refused(http, make_client):
    client = await make_client()
    made = (await http.post("/api/keys", headers=client.headers, json=READ)).json()
    stale = {**client.headers, "If-Match": '"7"'}

    assert code(await http.delete(f"/api/keys/{made['id']}", headers=stale)) == (412, "precondition_failed")
    assert code(await http.post(f"/api/keys/{made['id']}/rotate", headers=stale)) == (412, "precondition_failed")
    assert await opens(http, client, made["key"]) == 200


async def test_an_id_that_is_no_uuid_is_refused(http, make_client):
    client = await make_client()

    assert code(await http.get("/api/keys/1' OR '1'='1", headers=client.headers)) == (422, "validation_failed")


async def test_a_key_made_twice_with_one_idempotency_key_is_one_key(http, make_client, sql):
    client = await make_client()
    headers = {**client.headers, "Idempotency-Key": "make-it-once"}

    first = await http.post("/api/keys", headers=headers, json=READ)
    second = await http.post("/api/keys", headers=headers, json=READ)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert await sql("SELECT count(*) FROM api_keys WHERE client_id = :id", id=client.id) == [(2,)]


async def test_what_is_done_to_keys_takes_few_statements(http, make_client, statements):
    client = await make_client()
    made = (await http.post("/api/keys", headers=client.headers, json=READ)).json()

    async def cost(method, path, **options):
        statements.clear()
        assert (await http.request(method, path, headers=client.headers, **options)).is_success
        return len(statements)

    assert await cost("GET", "/api/keys") == 2
    assert await cost("GET", f"/api/keys/{made['id']}") == 2
    assert await cost("POST", "/api/keys", json=READ) == 3
    assert await cost("POST", f"/api/keys/{made['id']}/rotate") == 5
    assert await cost("DELETE", f"/api/keys/{made['id']}") == 4
