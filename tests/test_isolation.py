"""One client never sees, nor changes, what is another's: not by any route, not by any id, not by any row."""

import importlib
import pkgutil

import pytest
from sqlalchemy import ForeignKeyConstraint

import app
from app.core.db import Base
from tests.bookings.conftest import Desk, phone
from tests.routes import BODIES, ELEVEN, TEN, all_routes, furnish

for module in pkgutil.walk_packages(app.__path__, "app."):  # every room's tables
    if module.name.endswith(".models"):
        importlib.import_module(module.name)

WITHOUT_CLIENT = {
    "clients": "is the client",
    "api_keys": "an operator's key has no client",
    "audit_log": "what is done to the service itself has no client",
    "idempotency_answers": "an operator's answer has no client",
    "periodic_runs": "work for all clients at once",
    "processes": "belong to the service itself",
    "samples": "numbers of the service itself",
    "query_shapes": "statements without values",
    "controls": "what is done to the service itself has no client",
    "failure_groups": "faults of the service itself",
    "failure_hours": "faults of the service itself",
    "alerts": "are about the service itself",
    "alert_pages": "are about the service itself",
    "backup_runs": "backups hold all clients at once",
    "integrity_checks": "the data of all clients is looked at at once",
    "lines": "route: a number is looked up before its client is known",
    "unrouted": "came in for a line that no client has",
}


@pytest.fixture
async def two(http, make_bookable, clock):
    """Two clients who have one of everything."""
    clock.set("2026-03-23T08:00:00Z")
    return [await furnish(Desk(await make_bookable(), http)) for _ in range(2)]


@pytest.fixture
def untouched(sql):
    """Return the state of everything that a client owns."""

    async def read(things):
        state = {}
        for table in Base.metadata.sorted_tables:
            column = "id" if table.name == "clients" else "client_id"
            if column in table.c and table.name != "audit_log":
                rows = f"SELECT coalesce(string_agg(t::text, '|' ORDER BY t::text), '') AS rows FROM {table.name} t"
                state[table.name] = (await sql(f"{rows} WHERE t.{column} = :id", id=things.desk.client.id))[0].rows
        return state

    return read


async def test_an_id_of_another_client_is_not_found_by_any_route(app, http, two, untouched):
    mine, others = two
    before = await untouched(others)
    found = {}
    for route in all_routes(app):
        if not route.takes_an_id:
            continue
        path, body = others.path(route.path), BODIES.get(route.name)
        answer = await http.request(route.method, path, json=body, headers=mine.desk.place.headers)
        if answer.status_code != 404:
            found[route.name] = answer.text
        assert others.desk.client.client_key not in answer.text

    assert found == {}
    assert await untouched(others) == before


async def test_an_operator_who_names_one_client_does_not_reach_another(app, http, two, untouched):
    mine, others = two
    before = await untouched(others)
    found = {}
    for route in all_routes(app):
        if not route.takes_an_id or "{clientKey}" in route.path:
            continue
        path, body = others.path(route.path), BODIES.get(route.name)
        answer = await http.request(route.method, path, json=body, headers=mine.desk.client.operator_headers)
        if answer.status_code != 404:
            found[route.name] = answer.text

    assert found == {}
    assert await untouched(others) == before


async def test_a_clients_key_cannot_name_another_client(app, http, two, untouched):
    mine, others = two
    before = await untouched(others)
    headers = {**mine.desk.place.headers, "X-Client-Key": others.desk.client.client_key}
    found = {}
    for route in all_routes(app):
        for things in two:
            path, body = things.path(route.path), BODIES.get(route.name)
            answer = await http.request(route.method, path, json=body, headers=headers)
            if (answer.status_code, answer.json()["code"]) != (404, "client_not_found"):
                found[route.name] = answer.text

    assert found == {}
    assert await untouched(others) == before


async def test_lists_hold_nothing_of_another_client(app, http, two):
    mine, others = two
    theirs = [others.booking_id, others.held_id, others.customer_id, others.key_id, others.desk.client.client_key]
    theirs += [str(others.desk.client.id), str(others.desk.place.service_id), *others.desk.resource_ids]
    asked = {"serviceId": mine.desk.place.service_id, "from": TEN, "to": ELEVEN, "at": TEN, "limit": 100}
    seen = {}
    for route in all_routes(app):
        if route.method == "GET" and not route.takes_an_id:
            needed = {"serviceId", "from", "to"} if route.path.endswith("availability") else {"limit"}
            needed = {"serviceId", "at"} if route.path.endswith("explain") else needed
            query = {name: asked[name] for name in needed}
            answer = await http.get(mine.path(route.path), params=query, headers=mine.desk.place.headers)
            seen[route.name] = answer.status_code, [each for each in theirs if each in answer.text]

    refused = {"GET /api/clients", "GET /api/unrouted"}
    assert seen == {name: (403 if name in refused else 200, []) for name in seen}


async def test_ids_in_bodies_and_questions_are_ones_own(two, untouched):
    mine, others = two
    desk, theirs = mine.desk, others.desk
    before = await untouched(others)
    wanted = desk.place.wanted("2026-03-24T12:00:00Z")
    span = {"from": "2026-03-24T10:00:00Z", "to": "2026-03-24T13:00:00Z"}
    service = {"serviceId": str(theirs.place.service_id)}
    resource = {"resourceId": theirs.resource_ids[0]}

    answers = {
        "service": await desk.post("/bookings", {**wanted, **service}),
        "resource": await desk.post("/bookings", {**wanted, **resource}),
        "held service": await desk.post("/bookings/hold", {**wanted, **service}),
        "hold": await desk.post("/bookings", {**wanted, "startsAt": ELEVEN, "holdId": others.held_id}),
        "moved to": await desk.do("reschedule", mine.booking_id, startsAt="2026-03-24T12:00:00Z", **resource),
        "availability of service": await desk.get("/availability", **span, **service),
        "availability of resource": await desk.get(
            "/availability", **span, serviceId=str(desk.place.service_id), **resource
        ),
        "explained": await desk.get("/availability/explain", at=TEN, **service),
    }
    unknown = await desk.post(
        "/services", {"name": "Theirs", "durationMinutes": 30, "resourceIds": theirs.resource_ids}
    )
    lists = [
        (await desk.get("/bookings", **{name: value})).json()["items"]
        for name, value in (("customerId", others.customer_id), *service.items(), *resource.items())
    ]

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 404)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_resource")
    assert lists == [[], [], []]
    assert await untouched(others) == before


async def test_a_booking_of_another_client_is_not_looked_through(two):
    mine, others = two
    span = ("2026-03-24T09:00:00Z", "2026-03-24T13:00:00Z")

    looking_through = await mine.desk.slots(*span, excludeBookingId=others.booking_id)

    assert looking_through == await mine.desk.slots(*span)
    assert TEN not in [slot["startsAt"] for slot in looking_through]


async def test_the_same_phone_is_another_customer_elsewhere(two):
    customers = [
        (await each.desk.book("2026-03-24T15:00:00Z", phone(1), notes=str(n))).json()["customer"]["id"]
        for n, each in enumerate(two)
    ]

    assert customers[0] != customers[1]


def test_no_row_can_point_into_another_clients_data():
    crossing, wrong_keys = [], []
    for table in Base.metadata.sorted_tables:
        if table.name in WITHOUT_CLIENT:
            continue
        if [column.name for column in table.primary_key][:1] != ["client_id"]:
            wrong_keys.append(table.name)
        for key in table.constraints:
            if isinstance(key, ForeignKeyConstraint) and key.referred_table.name not in WITHOUT_CLIENT:
                pairs = {element.parent.name: element.column.name for element in key.elements}
                if pairs.get("client_id") != "client_id":
                    crossing.append(f"{table.name}: {key.name}")

    assert (crossing, wrong_keys) == ([], [])


def test_tables_without_a_client_are_few_and_known():
    tables = {table.name for table in Base.metadata.sorted_tables if "client_id" not in table.primary_key.columns}

    assert tables == set(WITHOUT_CLIENT)
