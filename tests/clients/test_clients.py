"""Clients through HTTP: made, read, changed, deactivated, and kept apart."""

import secrets

MINIMAL = {"name": "Harbour Yoga", "timezone": "America/New_York", "region": "US", "currency": "USD"}


def code(answer):
    return answer.status_code, answer.json()["code"]


def fresh(**changes):
    return {"clientKey": f"made-{secrets.token_hex(8)}", **MINIMAL, **changes}


async def test_a_client_is_created_with_stated_defaults(http, operator):
    wanted = fresh()

    answer = await http.post("/api/clients", headers=operator, json=wanted)

    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert answer.json() == {
        **wanted,
        "locale": "en",
        "phone": None,
        "cancelWindowMinutes": 0,
        "holdSeconds": 300,
        "status": "active",
        "version": 1,
    }
    assert (await http.get(f"/api/clients/{wanted['clientKey']}", headers=operator)).json() == answer.json()


async def test_a_client_key_is_given_once(http, operator):
    wanted = fresh()

    await http.post("/api/clients", headers=operator, json=wanted)
    again = await http.post("/api/clients", headers=operator, json={**wanted, "name": "Other"})

    assert code(again) == (409, "client_key_taken")


async def test_a_phone_is_read_in_the_region_and_kept_with_its_country(http, operator):
    answer = await http.post("/api/clients", headers=operator, json=fresh(region="GB", phone="020 7946 0018"))

    assert answer.json()["phone"] == "+442079460018"


async def test_sql_and_markup_in_a_name_are_text(http, operator):
    name = "Robert'); DROP TABLE clients; -- <script>alert(1)</script>"

    answer = await http.post("/api/clients", headers=operator, json=fresh(name=name))

    assert answer.json()["name"] == name


async def test_only_operators_create_and_list_clients(http, make_client):
    client = await make_client()

    created = await http.post("/api/clients", headers=client.headers, json=fresh())
    listed = await http.get("/api/clients", headers=client.headers)

    assert code(created) == code(listed) == (403, "operator_only")


async def test_the_list_walks_all_clients_in_pages(http, make_client, operator):
    made = {(await make_client()).client_key for _ in range(3)}

    keys, after = [], None
    while True:
        query = {"limit": 2, **({"after": after} if after else {})}
        page = (await http.get("/api/clients", headers=operator, params=query)).json()
        assert len(page["items"]) <= 2
        keys += [client["clientKey"] for client in page["items"]]
        after = page["nextAfter"]
        if after is None:
            break

    assert made <= set(keys)
    assert keys == sorted(set(keys))


async def test_a_client_changes_its_own_settings(http, make_client):
    client = await make_client(phone="+442079460018")

    change = {"name": "New", "phone": None, "holdSeconds": 60}
    answer = await http.patch(
        f"/api/clients/{client.client_key}", headers={**client.headers, "If-Match": '"1"'}, json=change
    )

    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"2"'
    assert answer.json().items() >= {**change, "version": 2}.items()
    assert (await http.get(f"/api/clients/{client.client_key}", headers=client.headers)).json() == answer.json()


async def test_a_change_to_what_is_there_already_leaves_the_version(http, make_client):
    client = await make_client()

    answer = await http.patch(
        f"/api/clients/{client.client_key}", headers=client.headers, json={"region": "GB", "version": 1}
    )

    assert (answer.status_code, answer.json()["version"]) == (200, 1)


async def test_a_change_must_name_the_version_it_was_made_from(http, make_client):
    client = await make_client()
    path = f"/api/clients/{client.client_key}"

    async def change(version=None, **headers):
        body = {"name": "New"} if version is None else {"name": "New", "version": version}
        return await http.patch(path, headers={**client.headers, **headers}, json=body)

    assert code(await change()) == (428, "precondition_required")
    assert code(await change(version=2)) == (409, "version_conflict")
    assert code(await change(**{"If-Match": '"2"'})) == (412, "precondition_failed")
    assert (await http.get(path, headers=client.headers)).json()["name"] == "Test Dental"


async def test_a_phone_is_read_in_the_region_that_comes_with_it(http, make_client):
    client = await make_client()

    answer = await http.patch(
        f"/api/clients/{client.client_key}",
        headers=client.headers,
        json={"region": "US", "phone": "(212) 555-2368", "version": 1},
    )

    assert answer.json()["phone"] == "+12125552368"


async def test_a_client_cannot_change_its_status(http, make_client, sql):
    client = await make_client()

    answer = await http.patch(
        f"/api/clients/{client.client_key}", headers=client.headers, json={"status": "inactive", "version": 1}
    )

    assert code(answer) == (403, "operator_only")
    assert await sql("SELECT status FROM clients WHERE id = :id", id=client.id) == [("active",)]


async def test_a_key_without_the_scope_reads_settings_and_changes_none(http, make_client, make_key_row):
    client = await make_client()
    _, key = await make_key_row(client.id, scopes=["bookings:read"])
    path, headers = f"/api/clients/{client.client_key}", {"X-API-Key": key}

    assert (await http.get(path, headers=headers)).status_code == 200
    assert code(await http.patch(path, headers=headers, json={"name": "New", "version": 1})) == (
        403,
        "insufficient_scope",
    )


async def test_an_operator_key_for_watching_reads_no_clients(http, make_client, make_key_row):
    client = await make_client()
    _, key = await make_key_row(scopes=["ops:read"])

    answer = await http.get(f"/api/clients/{client.client_key}", headers={"X-API-Key": key})

    assert code(answer) == (403, "insufficient_scope")


async def test_another_client_looks_like_none(http, make_client):
    client, other = await make_client(), await make_client()

    for path in (f"/api/clients/{other.client_key}", "/api/clients/no-such-client"):
        assert code(await http.get(path, headers=client.headers)) == (404, "client_not_found")
        changed = await http.patch(path, headers=client.headers, json={"name": "Mine", "version": 1})
        assert code(changed) == (404, "client_not_found")


async def test_a_client_is_deactivated_and_activated_by_operators_alone(http, make_client, operator):
    client = await make_client()
    path = f"/api/clients/{client.client_key}"

    refused = await http.post(f"{path}/deactivate", headers=client.headers)
    stopped = await http.post(f"{path}/deactivate", headers=operator)
    twice = await http.post(f"{path}/deactivate", headers=operator)
    shut = await http.get(path, headers=client.headers)
    stale = await http.post(f"{path}/activate", headers={**operator, "If-Match": '"1"'})
    started = await http.post(f"{path}/activate", headers={**operator, "If-Match": '"2"'})
    open_again = await http.get(path, headers=client.headers)

    assert code(refused) == (403, "operator_only")
    assert [(answer.json()["status"], answer.json()["version"]) for answer in (stopped, twice, started)] == [
        ("inactive", 2),
        ("inactive", 2),
        ("active", 3),
    ]
    assert code(shut) == (403, "client_inactive")
    assert code(stale) == (412, "precondition_failed")
    assert open_again.status_code == 200


async def test_only_a_new_time_zone_makes_cached_plans_out_of_date(http, make_client, sql):
    client = await make_client()

    async def plans_after(**change):
        path = f"/api/clients/{client.client_key}"
        answer = await http.patch(path, headers={**client.headers, "If-Match": "*"}, json=change)
        assert answer.status_code == 200
        return (await sql("SELECT configuration_version FROM clients WHERE id = :id", id=client.id))[0][0]

    assert await plans_after(name="New") == 1
    assert await plans_after(timezone="Asia/Kathmandu") == 2
    assert await plans_after(timezone="Asia/Kathmandu") == 2


async def test_what_is_done_to_clients_takes_few_statements(http, make_client, operator, statements):
    client = await make_client()
    path = f"/api/clients/{client.client_key}"

    async def cost(method, path, headers, **options):
        statements.clear()
        assert (await http.request(method, path, headers=headers, **options)).is_success
        return len(statements)

    assert await cost("GET", path, client.headers) == 1
    assert await cost("GET", path, operator) == 1
    assert await cost("GET", "/api/clients", operator) == 1
    assert await cost("POST", "/api/clients", operator, json=fresh()) == 2
    assert await cost("PATCH", path, client.headers, json={"name": "New", "version": 1}) == 4
