"""The audit log: administrative acts, in the transaction that does them."""

import secrets

import pytest

READ = {"name": "Reader", "scopes": ["bookings:read"]}


async def history(http, headers, **query):
    return (await http.get("/api/audit", headers=headers, params=query)).json()


async def test_what_is_done_to_a_client_and_its_keys_is_written_down(http, make_client, operator, clock):
    client = await make_client()
    path = f"/api/clients/{client.client_key}"
    await http.patch(path, headers=client.headers, json={"name": "Secret Name", "phone": "020 7946 0018", "version": 1})
    await http.post(f"{path}/deactivate", headers=operator)
    await http.post(f"{path}/activate", headers=operator)
    made = (await http.post("/api/keys", headers=client.headers, json=READ)).json()
    new = (await http.post(f"/api/keys/{made['id']}/rotate", headers=client.headers)).json()
    await http.delete(f"/api/keys/{made['id']}", headers=client.headers)

    entries = (await history(http, client.headers))["items"]

    own, subject = f"key:{client.key_id}", str(client.id)
    scopes = ["bookings:read"]
    assert [(entry["actor"], entry["action"], entry["subjectId"], entry["data"]) for entry in reversed(entries)] == [
        (own, "client_changed", subject, {"fields": ["name", "phone"]}),
        ("operator", "client_changed", subject, {"fields": ["status"], "status": "inactive"}),
        ("operator", "client_changed", subject, {"fields": ["status"], "status": "active"}),
        (own, "key_created", made["id"], {"scopes": scopes, "last4": made["last4"]}),
        (own, "key_rotated", new["id"], {"scopes": scopes, "last4": new["last4"], "rotated_from": made["id"]}),
        (own, "key_revoked", made["id"], {"scopes": scopes, "last4": made["last4"]}),
    ]
    assert {entry["clientId"] for entry in entries} == {subject}


async def test_a_refused_act_leaves_no_line(http, make_client):
    client = await make_client()

    await http.post("/api/keys", headers=client.headers, json={**READ, "scopes": ["ops:read"]})
    await http.patch(f"/api/clients/{client.client_key}", headers=client.headers, json={"name": "x", "version": 9})

    assert await history(http, client.headers) == {"items": [], "nextAfter": None}


async def test_a_client_sees_its_own_history_and_an_operator_everybodys(http, make_client, operator):
    client, other = await make_client(), await make_client()
    made = (await http.post("/api/keys", headers=client.headers, json=READ)).json()

    assert [entry["subjectId"] for entry in (await history(http, client.headers))["items"]] == [made["id"]]
    assert [entry["subjectId"] for entry in (await history(http, client.operator_headers))["items"]] == [made["id"]]
    assert (await history(http, other.headers))["items"] == []
    assert made["id"] in [entry["subjectId"] for entry in (await history(http, operator, limit=200))["items"]]


async def test_what_an_operator_does_to_the_service_has_no_client(http, operator):
    name = secrets.token_hex(8)
    made = (await http.post("/api/keys", headers=operator, json={"name": name, "scopes": ["ops:read"]})).json()

    entries = (await history(http, operator, limit=200))["items"]

    assert [entry["clientId"] for entry in entries if entry["subjectId"] == made["id"]] == [None]


async def test_the_history_comes_in_pages_the_latest_first(http, make_client):
    client = await make_client()
    made = [(await http.post("/api/keys", headers=client.headers, json=READ)).json()["id"] for _ in range(3)]

    first = await history(http, client.headers, limit=2)
    second = await history(http, client.headers, limit=2, after=first["nextAfter"])

    assert [entry["subjectId"] for entry in first["items"] + second["items"]] == made[::-1]
    assert second["nextAfter"] is None


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 10**9}, {"after": "made-up"}, {"after": "WyJhIl0"}])
async def test_a_page_that_makes_no_sense_is_refused(http, make_client, query):
    client = await make_client()

    assert (await http.get("/api/audit", headers=client.headers, params=query)).status_code == 422


async def test_the_history_is_for_administrators(http, make_client, make_key_row):
    client = await make_client()
    _, key = await make_key_row(client.id, scopes=["bookings:read"])

    answer = await http.get("/api/audit", headers={"X-API-Key": key})

    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
