"""What is no client is refused, and nothing of it is written."""

import secrets

import pytest

MINIMAL = {"name": "Harbour Yoga", "timezone": "America/New_York", "region": "US", "currency": "USD"}


def code(answer):
    return answer.status_code, answer.json()["code"]


def fresh(**changes):
    return {"clientKey": f"made-{secrets.token_hex(8)}", **MINIMAL, **changes}


@pytest.mark.parametrize(
    "wrong",
    [
        {"timezone": "Mars/Olympus"},
        {"timezone": "localtime"},
        {"region": "XX"},
        {"region": "gb"},
        {"currency": "ABC"},
        {"currency": "XXX"},
        {"locale": "english"},
        {"locale": "en_GB"},
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 10_000},
        {"name": "nul \0"},
        {"name": "\u202ereversed"},
        {"name": "two\nlines"},
        {"name": ["list"] * 1_000},
        {"clientKey": "UPPER"},
        {"clientKey": "a--b"},
        {"clientKey": "-ab"},
        {"clientKey": "ab"},
        {"clientKey": "a" * 64},
        {"holdSeconds": 29},
        {"holdSeconds": 10**20},
        {"holdSeconds": "300"},
        {"cancelWindowMinutes": -1},
        {"cancelWindowMinutes": 1.5},
        {"status": "active"},
        {"id": "0190b5a2-0000-7000-8000-000000000000"},
        {"surprise": 1},
    ],
)
async def test_a_client_that_makes_no_sense_is_refused_and_not_written(http, operator, sql, wrong):
    wanted = fresh(**wrong)

    answer = await http.post("/api/clients", headers=operator, json=wanted)

    assert code(answer) == (422, "validation_failed")
    assert answer.json()["errors"][0]["location"].startswith("body.")
    assert await sql("SELECT 1 FROM clients WHERE client_key = :key", key=wanted["clientKey"]) == []


async def test_a_phone_that_cannot_be_is_refused(http, operator, sql):
    wanted = fresh(phone="1234")

    assert code(await http.post("/api/clients", headers=operator, json=wanted)) == (422, "invalid_phone")
    assert await sql("SELECT 1 FROM clients WHERE client_key = :key", key=wanted["clientKey"]) == []


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"{", "application/json", (400, "malformed_json")),
        (b'{"name": "\xff"}', "application/json", (400, "malformed_json")),
        (b"name=x", "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
        (b'"' + b"x" * 5_000_000 + b'"', "application/json", (413, "body_too_large")),
        (b"[" + b"1," * 100_000 + b"1]", "application/json", (422, "validation_failed")),
    ],
)
async def test_a_body_that_is_no_client_is_refused(http, operator, body, kind, expected):
    answer = await http.post("/api/clients", headers={**operator, "Content-Type": kind}, content=body)

    assert code(answer) == expected


async def test_a_body_that_grows_too_large_is_refused_though_it_declared_nothing(http, operator):
    async def chunks():
        for _ in range(100):
            yield b" " * 10_000

    answer = await http.post("/api/clients", headers={**operator, "Content-Type": "application/json"}, content=chunks())

    assert code(answer) == (413, "body_too_large")


@pytest.mark.parametrize(
    "change", [{"name": None}, {"timezone": None}, {"clientKey": "other"}, {"timezone": "Nowhere"}]
)
async def test_a_change_that_makes_no_sense_is_refused(http, make_client, change):
    client = await make_client()

    answer = await http.patch(
        f"/api/clients/{client.client_key}", headers=client.headers, json={**change, "version": 1}
    )

    assert code(answer) == (422, "validation_failed")


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": -1}, {"limit": 10**9}, {"after": "made up"}, {"after": "W10"}]
)
async def test_a_page_that_makes_no_sense_is_refused(http, operator, query):
    assert (await http.get("/api/clients", headers=operator, params=query)).status_code == 422
