"""Customers through their HTTP door."""

import asyncio

import pytest

from app.core.ids import new_id

ADA = {"phone": "+447400123456", "name": "Ada Lovelace", "email": "ada@example.com"}


async def test_a_customer_is_made_once_a_phone_however_it_is_written(practice):
    made = await practice.call("POST", "/customers", json=ADA)
    found = await practice.call("POST", "/customers", json={"phone": "07400 123-456"})

    assert (made.status_code, found.status_code) == (201, 200)
    assert made.json() == {
        "id": made.json()["id"],
        **ADA,
        "createdAt": made.json()["createdAt"],
        "updatedAt": made.json()["createdAt"],
        "erasedAt": None,
        "version": 1,
    }
    assert found.json() == made.json()
    assert (await practice.call("GET", f"/customers/{made.json()['id']}")).json() == made.json()


async def test_finding_a_customer_fills_in_what_is_missing_and_replaces_nothing(practice):
    await practice.call("POST", "/customers", json={"phone": ADA["phone"], "name": "Ada"})
    learnt = await practice.call("POST", "/customers", json=ADA)
    again = await practice.call("POST", "/customers", json={**ADA, "email": "other@example.com"})

    assert (learnt.status_code, learnt.json()["version"]) == (200, 2)
    assert (learnt.json()["name"], learnt.json()["email"]) == ("Ada", ADA["email"])
    assert again.json() == learnt.json()


async def test_twenty_at_once_make_one_customer(practice):
    answers = await asyncio.gather(*[practice.call("POST", "/customers", json=ADA) for _ in range(20)])

    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_a_phone_without_country_code_is_read_in_the_clients_region(make_practice):
    london, boston = await make_practice(region="GB"), await make_practice(region="US")

    british = await london.call("POST", "/customers", json={"phone": "020 7946 0018"})
    american = await boston.call("POST", "/customers", json={"phone": "(617) 253-1000"})

    assert british.json()["phone"] == "+442079460018"
    assert american.json()["phone"] == "+16172531000"


@pytest.mark.parametrize("phone", ["1234", "+44 1234", "not a phone", "+999 123 456 789", "00000000000"])
async def test_what_cannot_be_a_phone_is_refused(practice, phone):
    there = (await practice.call("POST", "/customers", json=ADA)).json()

    answers = [
        await practice.call("POST", "/customers", json={"phone": phone}),
        await practice.call("PATCH", f"/customers/{there['id']}", json={"phone": phone, "version": 1}),
        await practice.call("GET", "/customers", params={"phone": phone}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(422, "invalid_phone")] * 3
    assert (await practice.call("GET", "/customers")).json()["items"] == [there]


@pytest.mark.parametrize(
    "fields",
    [
        {"phone": None},
        {"phone": 447400123456},
        {"phone": "+447400123456" * 10},
        {"name": "x" * 10_000},
        {"name": "nul\0"},
        {"name": "right\u202eto left"},
        {"name": ""},
        {"email": "no address"},
        {"email": "x" * 300 + "@example.com"},
        {"vip": True},
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_customer_who_makes_no_sense_is_refused_and_nothing_is_written(practice, fields):
    there = (await practice.call("POST", "/customers", json=ADA)).json()

    answers = [
        await practice.call("POST", "/customers", json={"phone": "+447400123457", **fields}),
        await practice.call("PATCH", f"/customers/{there['id']}", json={**fields, "version": 1}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(422, "validation_failed")] * 2
    assert (await practice.call("GET", "/customers")).json()["items"] == [there]


@pytest.mark.parametrize("name", ["Robert'); DROP TABLE customers;--", "<img src=x onerror=alert(1)>", "שלמה 李小龍"])
async def test_a_name_is_text_and_nothing_else(practice, name):
    assert (await practice.call("POST", "/customers", json={**ADA, "name": name})).json()["name"] == name


async def test_a_change_touches_only_what_it_names(practice):
    before = (await practice.call("POST", "/customers", json=ADA)).json()
    path = f"/customers/{before['id']}"

    change = {"name": None, "phone": "07400 123457"}
    answer = await practice.call("PATCH", path, json=change, headers={"If-Match": '"1"'})

    assert answer.headers["ETag"] == '"2"'
    after = {"name": None, "phone": "+447400123457", "version": 2, "updatedAt": answer.json()["updatedAt"]}
    assert answer.json() == {**before, **after}


async def test_a_change_needs_the_present_version(practice):
    path = f"/customers/{(await practice.call('POST', '/customers', json=ADA)).json()['id']}"
    await practice.call("PATCH", path, json={"name": "Second", "version": 1})

    stale_tag = await practice.call("PATCH", path, json={"name": "Lost"}, headers={"If-Match": '"1"'})
    stale_body = await practice.call("PATCH", path, json={"name": "Lost", "version": 1})
    neither = await practice.call("PATCH", path, json={"name": "Lost"})

    assert [answer.status_code for answer in (stale_tag, stale_body, neither)] == [412, 409, 428]
    assert (await practice.call("GET", path)).json()["name"] == "Second"


async def test_two_customers_cannot_have_one_phone(practice, make_practice):
    await practice.call("POST", "/customers", json=ADA)
    second = (await practice.call("POST", "/customers", json={"phone": "+447400123457"})).json()
    other = await make_practice()

    answer = await practice.call("PATCH", f"/customers/{second['id']}", json={"phone": ADA["phone"], "version": 1})

    assert (answer.status_code, answer.json()["code"]) == (409, "phone_taken")
    assert (await practice.call("GET", f"/customers/{second['id']}")).json() == second
    assert (await other.call("POST", "/customers", json=ADA)).status_code == 201


async def test_customers_are_listed_in_pages_and_found_by_phone(practice):
    phones = [f"+44740012345{digit}" for digit in range(5)]
    for phone in phones:
        await practice.call("POST", "/customers", json={"phone": phone})

    first = (await practice.call("GET", "/customers", params={"limit": 3})).json()
    second = (await practice.call("GET", "/customers", params={"limit": 3, "after": first["nextAfter"]})).json()
    found = (await practice.call("GET", "/customers", params={"phone": "07400 123452"})).json()

    assert [customer["phone"] for customer in first["items"] + second["items"]] == phones
    assert [customer["phone"] for customer in found["items"]] == [phones[2]]
    assert second["nextAfter"] is None


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": -1}, {"limit": 10**9}, {"after": "%00"}], ids=str)
async def test_a_list_that_cannot_be_is_refused(practice, query):
    answer = await practice.call("GET", "/customers", params=query)

    assert answer.status_code == 422
    assert answer.json()["code"] in {"validation_failed", "invalid_cursor"}


async def test_another_clients_customer_does_not_exist(practice, make_practice):
    customer, other = (await practice.call("POST", "/customers", json=ADA)).json(), await make_practice()
    path = f"/customers/{customer['id']}"

    answers = [
        await other.call("GET", path),
        await other.call("PATCH", path, json={"name": "Mine", "version": 1}),
        await other.call("GET", f"{path}/export"),
        await other.call("POST", f"{path}/erase"),
        await other.call("GET", f"/customers/{new_id()}"),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "customer_not_found")] * 5
    assert (await other.call("GET", "/customers", params={"phone": ADA["phone"]})).json()["items"] == []
    assert (await practice.call("GET", path)).json() == customer


async def test_writing_exporting_and_erasing_need_their_scopes(practice, make_key_row):
    path = f"/customers/{(await practice.call('POST', '/customers', json=ADA)).json()['id']}"
    _, key = await make_key_row(practice.id, scopes=["bookings:read"])
    reader = {"X-API-Key": key}
    _, key = await make_key_row(practice.id, scopes=["bookings:read", "bookings:write"])
    writer = {"X-API-Key": key}

    refused = [
        await practice.call("POST", "/customers", json=ADA, headers=reader),
        await practice.call("PATCH", path, json={"name": "A", "version": 1}, headers=reader),
        await practice.call("GET", f"{path}/export", headers=writer),
        await practice.call("POST", f"{path}/erase", headers=writer),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(403, "insufficient_scope")] * 4
    assert (await practice.call("GET", path, headers=reader)).status_code == 200
    assert (await practice.call("POST", "/customers", json=ADA, headers=writer)).status_code == 200
