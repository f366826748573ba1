"""Who a key is, what it opens, and what each bad key is told."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from tests.fixtures.api import OPERATOR_KEY


def code(answer):
    return answer.status_code, answer.json()["code"]


async def settings_of(http, client, headers):
    return await http.get(f"/api/clients/{client.client_key}", headers=headers)


async def test_a_key_opens_its_client_in_either_header(http, make_client):
    client = await make_client()

    by_header = await settings_of(http, client, {"X-API-Key": client.key})
    by_bearer = await settings_of(http, client, {"Authorization": f"bearer {client.key}"})
    by_both = await settings_of(http, client, {"Authorization": f"Bearer {client.key}", "X-API-Key": client.key})

    assert [by_header.status_code, by_bearer.status_code, by_both.status_code] == [200, 200, 200]
    assert by_header.json()["clientKey"] == client.client_key


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": ""}, {"Authorization": "Basic dXNlcjpwYXNz"}])
async def test_no_key_is_told_so_without_a_query(http, make_client, statements, headers):
    client = await make_client()
    statements.clear()

    answer = await settings_of(http, client, headers)

    assert code(answer) == (401, "missing_key")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert len(statements) == 0


def slips(key):
    """A key with each kind of slip that a hand or a clipboard makes."""
    swapped = key[:40] + ("a" if key[40] != "a" else "b") + key[41:]
    return [
        swapped,
        key[:-1],
        key[:20],
        key + "x",
        key.lower(),
        key.replace("bk_test", "bk_live"),
        "bk_test_",
        "é" * 69,
    ]


async def test_a_typo_and_a_cut_are_told_apart_without_a_query(http, make_client, statements):
    client = await make_client()
    statements.clear()

    answers = [await settings_of(http, client, {"X-API-Key": slip.encode()}) for slip in slips(client.key)]

    assert {code(answer) for answer in answers} == {(401, "malformed_key")}
    assert len(statements) == 0


async def test_two_different_keys_in_two_headers_are_refused_without_a_query(http, make_client, statements):
    client, other = await make_client(), await make_client()
    statements.clear()

    answer = await settings_of(http, client, {"X-API-Key": client.key, "Authorization": f"Bearer {other.key}"})

    assert code(answer) == (401, "conflicting_keys")
    assert len(statements) == 0


async def test_a_well_formed_key_that_was_never_issued_is_unknown(http, make_client, make_key_row, sql):
    client = await make_client()
    key_id, key = await make_key_row(client.id)
    await sql("DELETE FROM api_keys WHERE id = :id", id=key_id)

    assert code(await settings_of(http, client, {"X-API-Key": key})) == (401, "unknown_key")


async def test_another_secret_under_a_real_id_is_unknown(http, make_client, make_key_row, sql):
    client = await make_client()
    key_id, key = await make_key_row(client.id)
    await sql("UPDATE api_keys SET key_hash = sha256('another') WHERE id = :id", id=key_id)

    assert code(await settings_of(http, client, {"X-API-Key": key})) == (401, "unknown_key")


async def test_a_revoked_key_is_told_so(http, make_client, make_key_row):
    client = await make_client()
    _, key = await make_key_row(client.id, revoked_at=datetime(2026, 1, 1, tzinfo=UTC))

    assert code(await settings_of(http, client, {"X-API-Key": key})) == (401, "revoked_key")


async def test_a_key_ends_in_the_very_instant_of_its_expiry(http, make_client, make_key_row, clock):
    client = await make_client()
    _, key = await make_key_row(client.id, expires_at=clock.now + timedelta(seconds=1))

    before = await settings_of(http, client, {"X-API-Key": key})
    clock.advance(seconds=1)
    then = await settings_of(http, client, {"X-API-Key": key})

    assert before.status_code == 200
    assert code(then) == (401, "expired_key")


async def test_a_request_with_a_key_reads_key_and_client_in_one_query(http, make_client, statements):
    client = await make_client()
    statements.clear()

    assert (await settings_of(http, client, client.headers)).status_code == 200
    assert len(statements) == 1


async def test_a_key_of_a_deactivated_client_opens_nothing(http, make_client):
    client = await make_client(status="inactive")

    assert code(await settings_of(http, client, client.headers)) == (403, "client_inactive")


async def test_an_operator_may_read_a_deactivated_client_but_issue_no_key_for_it(http, make_client):
    client = await make_client(status="inactive")

    read = await settings_of(http, client, client.operator_headers)
    listed = await http.get("/api/keys", headers=client.operator_headers)
    issued = await http.post(
        "/api/keys", headers=client.operator_headers, json={"name": "x", "scopes": ["bookings:read"]}
    )

    assert (read.status_code, listed.status_code) == (200, 200)
    assert code(issued) == (403, "client_inactive")


async def test_a_client_key_names_its_own_client_or_none(http, make_client):
    client, other = await make_client(), await make_client()

    own = await http.get("/api/keys", headers={**client.headers, "X-Client-Key": client.client_key})
    foreign = await http.get("/api/keys", headers={**client.headers, "X-Client-Key": other.client_key})
    nobody = await http.get("/api/keys", headers={**client.headers, "X-Client-Key": "no-such-client"})

    assert own.status_code == 200
    assert code(foreign) == code(nobody) == (404, "client_not_found")


async def test_an_operator_key_of_the_table_acts_for_the_client_it_names(http, make_client, make_key_row, statements):
    client = await make_client()
    _, key = await make_key_row()
    headers = {"X-API-Key": key, "X-Client-Key": client.client_key}
    statements.clear()

    listed = await http.get("/api/keys", headers=headers)

    assert [key["id"] for key in listed.json()["items"]] == [str(client.key_id)]
    assert len(statements) == 2


@pytest.mark.parametrize("name", ["no-such-client", "NOT A SLUG", "a" * 64, "x' OR 1=1 --"])
async def test_an_operator_who_names_no_real_client_is_told_so(http, operator, make_key_row, name):
    _, key = await make_key_row()

    by_table = await http.get("/api/keys", headers={"X-API-Key": key, "X-Client-Key": name})
    by_environment = await http.get("/api/keys", headers={**operator, "X-Client-Key": name})

    assert code(by_table) == code(by_environment) == (404, "client_not_found")


async def test_the_break_glass_key_needs_no_database(http, app, operator):
    reached = []

    def no_connection(*_arguments):
        reached.append(True)
        raise ConnectionRefusedError

    event.listen(app.state.engine.sync_engine, "do_connect", no_connection)
    event.listen(app.state.engine.sync_engine, "engine_connect", no_connection)
    try:
        accepted = await http.post("/api/clients", headers=operator, json={})
        refused = await http.post("/api/clients", headers={"X-API-Key": OPERATOR_KEY + "x"}, json={})
    finally:
        event.remove(app.state.engine.sync_engine, "do_connect", no_connection)
        event.remove(app.state.engine.sync_engine, "engine_connect", no_connection)

    assert code(accepted) == (422, "validation_failed")
    assert code(refused) == (401, "malformed_key")
    assert reached == []


async def test_the_use_of_a_key_is_noted_once_a_minute(http, make_client, make_key_row, clock, sql, statements):
    client = await make_client()
    key_id, key = await make_key_row(client.id, last_used_at=None)

    async def noted_after(**length):
        clock.advance(**length)
        statements.clear()
        assert (await settings_of(http, client, {"X-API-Key": key})).status_code == 200
        used = len(statements)
        rows = await sql("SELECT last_used_at FROM api_keys WHERE id = :id", id=key_id)
        return used, rows[0][0]

    first = clock.now
    assert await noted_after() == (2, first)
    assert await noted_after(seconds=60) == (1, first)
    assert await noted_after(seconds=1) == (2, first + timedelta(seconds=61))


async def test_noting_the_use_of_a_key_waits_for_nobody(http, app, make_client, make_key_row, clock, sql):
    client = await make_client()
    key_id, key = await make_key_row(client.id, last_used_at=None)

    async with app.state.sessions() as session, session.begin():
        connection = await session.connection()
        await connection.exec_driver_sql("SELECT 1 FROM api_keys WHERE id = $1 FOR UPDATE", (key_id,))
        answer = await settings_of(http, client, {"X-API-Key": key})

    assert answer.status_code == 200
    assert (await sql("SELECT last_used_at FROM api_keys WHERE id = :id", id=key_id))[0][0] is None
