"""Availability through its HTTP door."""

import pytest

from app.core.ids import new_id
from app.schedule.rules import seats_taken
from app.schedule.service import offering

MONDAY = {"from": "2026-03-23T00:00:00Z", "to": "2026-03-24T00:00:00Z"}


@pytest.mark.parametrize("grid", ["window", "clock", "free_start"])
async def test_whoever_is_shown_for_a_start_can_be_asked_for(http, make_bookable, sql, clock, grid):
    clock.set("2026-03-23T08:00:00Z")
    place = await make_bookable(staff=2, duration_minutes=45, grid=grid)
    later, identifier = '[{"days": [1], "start": "09:15", "end": "12:00"}]', place.resource_ids[1]
    await sql(
        "UPDATE opening_hours SET weekly = CAST(:weekly AS jsonb) WHERE resource_id = :id", weekly=later, id=identifier
    )
    asked = {"serviceId": str(place.service_id), **MONDAY}
    shown = (await http.get("/api/availability", params=asked, headers=place.headers)).json()["slots"]
    both = [slot for slot in shown if len(slot["resourceIds"]) == 2]
    assert both

    for resource in map(str, place.resource_ids):
        named = {**asked, "resourceId": resource}
        own = (await http.get("/api/availability", params=named, headers=place.headers)).json()["slots"]
        assert own == [{**slot, "resourceIds": [resource]} for slot in shown if resource in slot["resourceIds"]]
        wanted = place.wanted(own[-1]["startsAt"], resourceId=resource)
        booked = await http.post("/api/bookings/hold", json=wanted, headers=place.headers)
        assert (booked.status_code, booked.json().get("resourceIds")) == (201, [resource]), booked.text
        await http.post(f"/api/bookings/{booked.json()['id']}/release", headers=place.headers)


@pytest.fixture
async def place(make_bookable, clock):
    """One person, open 09:00 to 17:00 UTC, half an hour each; it is Monday, 08:00."""
    clock.set("2026-03-23T08:00:00Z")
    return await make_bookable()


@pytest.fixture
def ask(http):
    async def get(place, path="", **query):
        asked = {"serviceId": str(place.service_id), **(MONDAY if not path else {}), **query}
        sent = {name.rstrip("_"): value for name, value in asked.items() if value is not None}
        return await http.get(f"/api/availability{path}", params=sent, headers=place.headers)

    return get


async def test_an_answer_has_its_shape(place, ask):
    answer = (await ask(place, limit=1)).json()

    slot = {"startsAt": "2026-03-23T09:00:00Z", "endsAt": "2026-03-23T09:30:00Z"}
    assert answer == {
        "serviceId": str(place.service_id),
        "timezone": "UTC",
        **MONDAY,
        "slots": [{**slot, "resourceIds": [str(place.resource_ids[0])]}],
        "nextFrom": "2026-03-23T09:30:00Z",
    }


async def test_an_offset_is_understood_and_utc_comes_out(place, ask):
    answer = await ask(place, from_="2026-03-23T15:00:00+05:45", to="2026-03-23T15:15:00.000001+05:45")

    assert (answer.json()["from"], answer.json()["to"]) == ("2026-03-23T09:15:00Z", "2026-03-23T09:30:00.000001Z")
    assert [slot["startsAt"] for slot in answer.json()["slots"]] == ["2026-03-23T09:30:00Z"]


async def test_the_rest_is_had_from_next_from_on(place, ask):
    last = "2026-06-20T00:00:00Z"
    whole = (await ask(place, to=last)).json()
    parts, start = [], MONDAY["from"]
    while start:
        part = (await ask(place, from_=start, to=last, limit=150)).json()
        assert len(part["slots"]) == 150 or part["nextFrom"] is None
        parts += part["slots"]
        start = part["nextFrom"]

    assert parts == whole["slots"]
    assert (len(parts), whole["nextFrom"]) == (16 * 89, None)


@pytest.mark.parametrize("to", ["2026-06-23T00:00:00Z", "2026-06-22T23:59:59Z"])
async def test_up_to_92_days_may_be_asked_about(place, ask, to):
    assert (await ask(place, to=to)).status_code == 200


BAD_QUESTIONS = [
    ({"to": MONDAY["from"]}, "range_invalid"),
    ({"to": "2026-03-22T00:00:00Z"}, "range_invalid"),
    ({"to": "2026-06-23T00:00:00.000001Z"}, "range_invalid"),
    ({"from_": "2000-01-01T00:00:00Z"}, "range_invalid"),
    ({"from_": "2026-03-23T00:00:00"}, "validation_failed"),
    ({"from_": "2026-03-23"}, "validation_failed"),
    ({"from_": "1774224000"}, "validation_failed"),
    ({"from_": "1999-12-31T23:59:59Z"}, "validation_failed"),
    ({"to": "2026-02-30T00:00:00Z"}, "validation_failed"),
    ({"to": "2100-01-01T00:00:00Z"}, "validation_failed"),
    ({"to": "9999-12-31T23:59:59-23:59"}, "validation_failed"),
    ({"to": ""}, "validation_failed"),
    ({"to": None}, "validation_failed"),
    ({"limit": "0"}, "validation_failed"),
    ({"limit": "-1"}, "validation_failed"),
    ({"limit": "1000000000"}, "validation_failed"),
    ({"limit": "1e3"}, "validation_failed"),
    ({"limit": "9" * 5000}, "validation_failed"),
    ({"seats": "0"}, "validation_failed"),
    ({"seats": "1001"}, "validation_failed"),
    ({"serviceId": None}, "validation_failed"),
    ({"serviceId": "1"}, "validation_failed"),
    ({"resourceId": "\0"}, "validation_failed"),
    ({"excludeBookingId": "' OR 1=1 --"}, "validation_failed"),
    ({"colour": "red"}, "validation_failed"),
]


@pytest.mark.parametrize(("query", "code"), BAD_QUESTIONS, ids=lambda value: str(value)[:40])
async def test_a_question_that_makes_no_sense_is_refused(place, ask, query, code):
    answer = await ask(place, **query)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query",
    [
        {"at": "2026-03-23T10:00:00"},
        {"at": "2026-03-23T10:00:00.5Z"},
        {"at": "2026-02-30T10:00:00Z"},
        {"at": "1999-01-01T10:00:00Z"},
        {"at": "2100-01-01T10:00:00Z"},
        {"at": "tomorrow"},
        {},
        {"at": "2026-03-23T10:00:00Z", "limit": "1"},
        {"at": "2026-03-23T10:00:00Z", "seats": "0"},
    ],
    ids=str,
)
async def test_an_instant_that_makes_no_sense_is_not_explained(place, ask, query):
    answer = await ask(place, "/explain", **query)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")


@pytest.mark.parametrize(("path", "query"), [("", {}), ("/explain", {"at": "2026-03-23T10:00:00Z"})])
async def test_another_clients_things_are_not_there(place, make_bookable, ask, path, query):
    other = await make_bookable()

    for service in (new_id(), other.service_id):
        answer = await ask(place, path, serviceId=str(service), **query)
        assert (answer.status_code, answer.json()["code"]) == (404, "service_not_found")
    for resource in (new_id(), other.resource_ids[0]):
        answer = await ask(place, path, resourceId=str(resource), **query)
        assert (answer.status_code, answer.json()["code"]) == (404, "resource_not_found")


async def test_another_clients_booking_cannot_be_looked_through(http, place, make_bookable, ask):
    other = await make_bookable()
    ten = "2026-03-23T10:00:00Z"
    await http.post("/api/bookings", json=place.wanted(ten), headers=place.headers)
    theirs = (await http.post("/api/bookings", json=other.wanted(ten), headers=other.headers)).json()

    shown = (await ask(place, excludeBookingId=theirs["id"])).json()["slots"]

    assert ten not in [slot["startsAt"] for slot in shown]


async def test_an_archived_service_has_nothing_on_offer(place, ask, sql):
    await sql("UPDATE services SET status = 'archived' WHERE client_id = :id", id=place.client.id)

    explained = await ask(place, "/explain", at="2026-03-23T10:00:00Z")

    assert (await ask(place)).json()["slots"] == []
    assert (explained.status_code, explained.json()["code"]) == (409, "service_archived")


@pytest.mark.parametrize("path", ["", "/explain"])
async def test_availability_needs_a_key_that_may_read(http, place, make_key_row, path):
    _, writing = await make_key_row(place.client.id, scopes=["bookings:write"])
    asked = {"serviceId": str(place.service_id), "at": MONDAY["from"]} if path else {"serviceId": "1"}

    nobody = await http.get(f"/api/availability{path}", params=asked)
    writer = await http.get(f"/api/availability{path}", params=asked, headers={"X-API-Key": writing})

    assert (nobody.status_code, writer.status_code) == (401, 403)


async def test_availability_takes_one_query_of_its_own_however_much_is_asked(place, ask, statements):
    await ask(place)
    statements.clear()

    await ask(place, to="2026-06-20T00:00:00Z")

    assert len(statements) == 2, statements.texts  # whose key it is, and what is booked


async def test_seats_are_counted_once_for_each_resource_however_many_starts_are_shown(
    http, make_bookable, ask, clock, monkeypatch
):
    clock.set("2026-03-23T08:00:00Z")
    place, counted = await make_bookable(staff=2, capacity=12), []
    await http.post("/api/bookings", json=place.wanted("2026-03-23T10:00:00Z", seats=5), headers=place.headers)

    def count(terms, agenda, now):
        counted.append(agenda.resource)
        return seats_taken(terms, agenda, now)

    monkeypatch.setattr(offering, "seats_taken", count)

    shown = (await ask(place)).json()["slots"]

    assert [slot["seatsLeft"] for slot in shown] == [12] * 16
    assert sorted(counted) == sorted(place.resource_ids)
    full = next(slot for slot in shown if slot["startsAt"] == "2026-03-23T10:00:00Z")
    named = [
        (await ask(place, resourceId=resource, from_=full["startsAt"], limit=1)).json()["slots"][0]["seatsLeft"]
        for resource in full["resourceIds"]
    ]
    assert sorted(named) == [7, 12]
