"""Resources through their HTTP door."""

import pytest

from app.core.ids import new_id


async def test_a_resource_has_the_documented_shape(practice):
    wanted = {"name": "Room 1", "kind": "room", "timezone": "Asia/Kathmandu"}
    answer = await practice.call("POST", "/resources", json=wanted)

    assert answer.status_code == 201
    assert answer.json() == {"id": answer.json()["id"], **wanted, "status": "active", "version": 1}
    assert (await practice.call("GET", f"/resources/{answer.json()['id']}")).json() == answer.json()


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "robot"},
        {"timezone": "Europe/Londinium"},
        {"timezone": "../etc/passwd"},
        {"timezone": "Factory"},
        {"name": "   "},
        {"name": "x" * 10_000},
        {"name": "nul\0"},
        {"name": None},
        {"hours": []},
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_resource_that_makes_no_sense_is_refused_and_nothing_is_written(practice, fields):
    made = await practice.call("POST", "/resources", json={"name": "Dr Ada", **fields})
    there = await practice.resource()
    changed = await practice.call("PATCH", f"/resources/{there}", json={**fields, "version": 1})

    assert [(answer.status_code, answer.json()["code"]) for answer in (made, changed)] == [
        (422, "validation_failed")
    ] * 2
    [left] = (await practice.call("GET", "/resources")).json()["items"]
    assert (left["id"], left["name"], left["version"]) == (there, "Dr Ada", 1)


async def test_a_change_touches_only_what_it_names(practice):
    path = f"/resources/{await practice.resource(timezone='Asia/Tokyo')}"

    answer = await practice.call("PATCH", path, json={"timezone": None}, headers={"If-Match": '"1"'})

    assert answer.headers["ETag"] == '"2"'
    assert answer.json()["timezone"] is None
    assert answer.json()["name"] == "Dr Ada"


async def test_a_change_needs_the_present_version(practice):
    path = f"/resources/{await practice.resource()}"
    await practice.call("PATCH", path, json={"name": "Second", "version": 1})

    stale_tag = await practice.call("PATCH", path, json={"name": "Lost"}, headers={"If-Match": '"1"'})
    stale_body = await practice.call("PATCH", path, json={"name": "Lost", "version": 1})
    neither = await practice.call("PATCH", path, json={"name": "Lost"})

    assert [answer.status_code for answer in (stale_tag, stale_body, neither)] == [412, 409, 428]
    assert (await practice.call("GET", path)).json()["name"] == "Second"


async def test_an_archived_resource_stays_readable_and_cannot_change(practice):
    identifier = await practice.resource()
    service = await practice.service(resourceIds=[identifier])

    first = await practice.call("POST", f"/resources/{identifier}/archive")
    again = await practice.call("POST", f"/resources/{identifier}/archive")
    change = await practice.call("PATCH", f"/resources/{identifier}", json={"name": "New", "version": 2})

    assert (first.json()["status"], first.json()["futureBookings"]) == ("archived", 0)
    assert again.json() == first.json()
    assert (change.status_code, change.json()["code"]) == (409, "resource_archived")
    assert (await practice.call("GET", f"/services/{service['id']}")).json()["resourceIds"] == [identifier]


async def test_lists_come_in_pages_and_by_status(practice):
    made = [await practice.resource(f"Dr {number}") for number in range(4)]
    await practice.call("POST", f"/resources/{made[0]}/archive")

    first = (await practice.call("GET", "/resources", params={"limit": 3})).json()
    second = (await practice.call("GET", "/resources", params={"limit": 3, "after": first["nextAfter"]})).json()
    active = (await practice.call("GET", "/resources", params={"status": "active"})).json()

    assert [resource["id"] for resource in first["items"] + second["items"]] == made
    assert [resource["id"] for resource in active["items"]] == made[1:]


async def test_another_clients_resource_does_not_exist(practice, make_practice):
    identifier, other = await practice.resource(), await make_practice()
    path = f"/resources/{identifier}"

    answers = [
        await other.call("GET", path),
        await other.call("PATCH", path, json={"name": "Mine", "version": 1}),
        await other.call("POST", f"{path}/archive"),
        await other.call("GET", f"/resources/{new_id()}"),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "resource_not_found")] * 4
    assert (await other.call("GET", "/resources")).json()["items"] == []
