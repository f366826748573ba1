"""Services through their HTTP door."""

from uuid import UUID

import pytest

from app.core.ids import new_id

CHECKUP = {"name": "Check-up", "durationMinutes": 30}


async def test_a_service_has_the_documented_shape_and_sensible_defaults(practice):
    ada = await practice.resource()
    answer = await practice.call("POST", "/services", json={**CHECKUP, "resourceIds": [ada]})

    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert answer.json() == {
        "id": answer.json()["id"],
        "name": "Check-up",
        "durationMinutes": 30,
        "bufferBeforeMinutes": 0,
        "bufferAfterMinutes": 0,
        "intervalMinutes": None,
        "grid": "window",
        "minNoticeMinutes": 0,
        "maxAdvanceDays": 90,
        "maxPerDay": None,
        "capacity": 1,
        "priceMinor": None,
        "assign": "any",
        "resourceIds": [ada],
        "status": "active",
        "version": 1,
    }
    assert (await practice.call("GET", f"/services/{answer.json()['id']}")).json() == answer.json()


@pytest.mark.parametrize(
    "fields",
    [
        {"durationMinutes": 0},
        {"durationMinutes": -30},
        {"durationMinutes": 10**20},
        {"durationMinutes": 30.5},
        {"durationMinutes": "30"},
        {"durationMinutes": True},
        {"durationMinutes": None},
        {"bufferAfterMinutes": -1},
        {"intervalMinutes": 0},
        {"capacity": 0},
        {"maxPerDay": 0},
        {"priceMinor": -1},
        {"grid": "lattice"},
        {"assign": "some"},
        {"colour": "red"},
        {"name": ""},
        {"name": "x" * 10_000},
        {"name": "nul\0"},
        {"name": "right\u202eto left"},
        {"resourceIds": ["not-a-uuid"]},
        {"resourceIds": ["018f2c5e-0000-7000-8000-000000000000"] * 2},
        {"resourceIds": [str(UUID(int=number)) for number in range(201)]},
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_service_that_makes_no_sense_is_refused_and_nothing_is_written(practice, fields):
    made = await practice.call("POST", "/services", json={**CHECKUP, **fields})
    there = await practice.service()
    changed = await practice.call("PATCH", f"/services/{there['id']}", json={**fields, "version": 1})

    for answer in (made, changed):
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "validation_failed"
    assert (await practice.call("GET", "/services")).json()["items"] == [there]


@pytest.mark.parametrize(
    "name", ["Robert'); DROP TABLE services;--", "<script>alert(1)</script>", "Zahnärztin 牙医 👩‍⚕️"]
)
async def test_a_name_is_text_and_nothing_else(practice, name):
    assert (await practice.service(name=name))["name"] == name


async def test_resources_that_cannot_serve_are_refused_by_name(practice, http, make_client):
    other = await make_client()
    foreign = (await http.post("/api/resources", json={"name": "Foreign"}, headers=other.headers)).json()["id"]
    gone = await practice.resource()
    await practice.call("POST", f"/resources/{gone}/archive")
    ada = await practice.resource()

    unknown = await practice.call("POST", "/services", json={**CHECKUP, "resourceIds": [ada, foreign]})
    archived = await practice.call("POST", "/services", json={**CHECKUP, "resourceIds": [ada, gone]})

    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_resource")
    assert unknown.json()["resourceIds"] == [foreign]
    assert (archived.status_code, archived.json()["code"]) == (422, "archived_resource")
    assert archived.json()["resourceIds"] == [gone]
    assert (await practice.call("GET", "/services")).json()["items"] == []


async def test_a_change_touches_only_what_it_names(practice):
    ada, bob = await practice.resource("Ada"), await practice.resource("Bob")
    before = await practice.service(resourceIds=[ada], maxPerDay=4, priceMinor=9_000)

    change = {"durationMinutes": 45, "maxPerDay": None, "resourceIds": [ada, bob]}
    answer = await practice.call("PATCH", f"/services/{before['id']}", json=change, headers={"If-Match": '"1"'})

    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"2"'
    assert answer.json() == {**before, **change, "resourceIds": sorted([ada, bob]), "version": 2}


async def test_null_cannot_stand_where_a_value_must(practice):
    service = await practice.service()

    for field in ("name", "durationMinutes", "grid", "capacity", "assign", "resourceIds", "version"):
        answer = await practice.call("PATCH", f"/services/{service['id']}", json={"version": 1, field: None})
        assert answer.json()["code"] == "validation_failed", field


async def test_a_change_needs_the_present_version(practice):
    path = f"/services/{(await practice.service())['id']}"
    await practice.call("PATCH", path, json={"name": "Second", "version": 1})

    stale_tag = await practice.call("PATCH", path, json={"name": "Lost"}, headers={"If-Match": '"1"'})
    stale_body = await practice.call("PATCH", path, json={"name": "Lost", "version": 1})
    neither = await practice.call("PATCH", path, json={"name": "Lost"})

    assert (stale_tag.status_code, stale_tag.json()["code"]) == (412, "precondition_failed")
    assert (stale_body.status_code, stale_body.json()["code"]) == (409, "version_conflict")
    assert (neither.status_code, neither.json()["code"]) == (428, "precondition_required")
    assert (await practice.call("GET", path)).json()["name"] == "Second"


async def test_an_archived_service_stays_readable_and_cannot_change(practice):
    service = await practice.service()
    path = f"/services/{service['id']}"

    first = await practice.call("POST", f"{path}/archive", headers={"If-Match": '"1"'})
    again = await practice.call("POST", f"{path}/archive")
    change = await practice.call("PATCH", path, json={"name": "New", "version": 2})

    assert first.json() == {**service, "status": "archived", "version": 2, "futureBookings": 0}
    assert again.json() == first.json()
    assert (change.status_code, change.json()["code"]) == (409, "service_archived")
    assert (await practice.call("GET", path)).json() == {**service, "status": "archived", "version": 2}


async def test_a_stale_archiving_is_refused(practice):
    service = await practice.service()

    answer = await practice.call("POST", f"/services/{service['id']}/archive", headers={"If-Match": '"7"'})

    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    assert (await practice.call("GET", f"/services/{service['id']}")).json()["status"] == "active"


async def test_lists_come_in_pages_and_by_status(practice):
    made = [await practice.service(name=f"Service {number}") for number in range(5)]
    await practice.call("POST", f"/services/{made[1]['id']}/archive")

    first = (await practice.call("GET", "/services", params={"limit": 3})).json()
    second = (await practice.call("GET", "/services", params={"limit": 3, "after": first["nextAfter"]})).json()
    archived = (await practice.call("GET", "/services", params={"status": "archived"})).json()

    assert [service["name"] for service in first["items"] + second["items"]] == [s["name"] for s in made]
    assert second["nextAfter"] is None
    assert [service["id"] for service in archived["items"]] == [made[1]["id"]]


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": -1}, {"limit": 10**9}, {"status": "lost"}, {"after": "x"}], ids=str
)
@pytest.mark.parametrize("path", ["/services", "/resources"])
async def test_a_list_that_cannot_be_is_refused(practice, path, query):
    answer = await practice.call("GET", path, params=query)

    assert answer.status_code == 422
    assert answer.json()["code"] in {"validation_failed", "invalid_cursor"}


async def test_another_clients_service_does_not_exist(practice, http, make_client):
    service, other = await practice.service(), await make_client()
    path = f"/api/services/{service['id']}"

    answers = [
        await http.get(path, headers=other.headers),
        await http.patch(path, json={"name": "Mine", "version": 1}, headers=other.headers),
        await http.post(f"{path}/archive", headers=other.headers),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "service_not_found")] * 3
    assert (await practice.call("GET", f"/services/{service['id']}")).json() == service


async def test_every_change_makes_cached_plans_old_and_leaves_a_line_in_the_audit_log(practice, sql):
    service = await practice.service()
    await practice.call("PATCH", f"/services/{service['id']}", json={"name": "New", "version": 1})
    await practice.call("POST", f"/services/{service['id']}/archive")

    lines = await sql("SELECT action, data FROM audit_log WHERE client_id = :id ORDER BY id", id=practice.id)
    [(version,)] = await sql("SELECT configuration_version FROM clients WHERE id = :id", id=practice.id)

    assert [tuple(line) for line in lines] == [
        ("service_created", {}),
        ("service_changed", {"fields": ["name"]}),
        ("service_archived", {}),
    ]
    assert version == 4


async def test_reading_needs_one_scope_and_changing_another(http, make_client, make_key_row):
    client = await make_client()
    _, reader = await make_key_row(client.id, scopes=["bookings:read"])
    headers = {"X-API-Key": reader}

    assert (await http.get("/api/services", headers=headers)).status_code == 200
    for answer in (
        await http.post("/api/services", json=CHECKUP, headers=headers),
        await http.post(f"/api/services/{new_id()}/archive", headers=headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


async def test_the_same_post_with_one_key_makes_one_service(practice):
    once = {"Idempotency-Key": "make-it-once"}
    first = await practice.call("POST", "/services", json=CHECKUP, headers=once)
    second = await practice.call("POST", "/services", json=CHECKUP, headers=once)

    assert second.content == first.content
    assert len((await practice.call("GET", "/services")).json()["items"]) == 1


async def test_a_page_of_services_is_one_query_however_many_there_are(practice, statements):
    for number in range(3):
        await practice.service(resourceIds=[await practice.resource(f"Dr {number}")])

    statements.clear()
    await practice.call("GET", "/services")

    assert len([text for text in statements.texts if "FROM services" in text]) == 1
    assert len(statements) == 2  # the other one reads the key
