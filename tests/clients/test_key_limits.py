"""A limit of a key's own: operators set it, the key keeps it when it is replaced, and it counts at once."""

import pytest

from app.core.auth import Recognised

READ = {"name": "Reader", "scopes": ["bookings:read"]}


def code(answer):
    return answer.status_code, answer.json().get("code")


async def change(http, headers, key_id, **wanted):
    return await http.patch(f"/api/keys/{key_id}", headers=headers, json={"version": 1, **wanted})


async def test_operators_set_it_and_take_it_back(http, make_client):
    client = await make_client()
    made = await http.post("/api/keys", headers=client.operator_headers, json={**READ, "requestsPerMinute": 100_000})
    raised = await change(http, client.operator_headers, client.key_id, requestsPerMinute=1_200)
    back = await change(http, client.operator_headers, client.key_id, requestsPerMinute=None, version=2)

    assert (made.status_code, made.json()["requestsPerMinute"]) == (201, 100_000)
    assert (raised.status_code, raised.json()["requestsPerMinute"], raised.headers["ETag"]) == (200, 1_200, '"2"')
    assert back.json()["requestsPerMinute"] is None


async def test_a_client_cannot_raise_its_own(http, make_client):
    client = await make_client()
    created = await http.post("/api/keys", headers=client.headers, json={**READ, "requestsPerMinute": 1})
    changed = await change(http, client.headers, client.key_id, requestsPerMinute=1)
    renamed = await change(http, client.headers, client.key_id, name="Till")

    assert code(created) == code(changed) == (403, "operator_only")
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Till")


async def test_a_key_that_is_replaced_hands_it_on(http, make_client, make_key_row):
    client = await make_client()
    key_id, _ = await make_key_row(client.id, requests_per_minute=7)

    rotated = await http.post(f"/api/keys/{key_id}/rotate", headers=client.headers)

    assert rotated.json()["requestsPerMinute"] == 7


@pytest.mark.parametrize("limit", [0, 100_001, -1, 1.5, "60", True])
async def test_it_is_between_one_and_a_hundred_thousand(http, make_client, limit):
    client = await make_client()

    answer = await change(http, client.operator_headers, client.key_id, requestsPerMinute=limit)

    assert code(answer) == (422, "validation_failed")


async def test_a_change_names_its_version_and_is_written_down_once(http, make_client, sql):
    client = await make_client()
    unnamed = await http.patch(
        f"/api/keys/{client.key_id}", headers=client.operator_headers, json={"requestsPerMinute": 5}
    )
    answers = [
        await change(http, client.operator_headers, client.key_id, requestsPerMinute=5),
        await change(http, client.operator_headers, client.key_id, requestsPerMinute=5),
        await change(http, client.operator_headers, client.key_id, requestsPerMinute=5, version=2),
    ]
    noted = await sql("SELECT data FROM audit_log WHERE subject_id = :id AND action = 'key_changed'", id=client.key_id)

    assert code(unnamed) == (428, "precondition_required")
    assert [code(answer) for answer in answers] == [(200, None), (409, "version_conflict"), (200, None)]
    assert answers[2].json()["version"] == 2
    assert [row.data["requests_per_minute"] for row in noted] == [5]


async def test_another_clients_key_is_not_found(http, make_client):
    client, stranger = await make_client(), await make_client()

    assert code(await change(http, client.headers, stranger.key_id, name="Mine")) == (404, "key_not_found")


async def test_it_is_what_the_limiter_is_told_from_the_next_request_on(live, make_client):
    client = await make_client()
    await live.ask("/bookings", client.headers)
    await live.ask(
        f"/keys/{client.key_id}",
        client.operator_headers,
        "PATCH",
        json={"requestsPerMinute": 1_200, "version": 1},
    )
    await live.catch_up()  # or the notice of this change could come after the next request, and make it forget again
    await live.ask("/bookings", client.headers)
    scope = {"type": "http", "headers": [(b"x-api-key", client.key.encode())], "app": live.app}

    assert live.app.state.recognise(scope) == Recognised(f"key:{client.key_id}", False, 1_200)
