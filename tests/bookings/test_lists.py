"""Lists of bookings: what a filter finds, and every one of them once, however the pages are cut."""

import base64
import json

import pytest

from app.core.ids import new_id
from tests.bookings.conftest import phone

START = "2026-03-24T10:00:00Z"
DAY = [f"2026-03-24T{hour:02d}:{minute:02d}:00Z" for hour in range(9, 17) for minute in (0, 30)]


async def ids(desk, **query):
    answer = await desk.get("/bookings", **query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def walk(desk, path="/bookings", between=None, **query):
    """Return the items of all pages; do something between each page and the next."""
    found, after = [], None
    while True:
        page = (await desk.get(path, **query, **({"after": after} if after else {}))).json()
        found += page["items"]
        after = page["nextAfter"]
        if after is None:
            return found
        if between is not None:
            await between()


async def test_bookings_are_listed_by_their_start(desk):
    for start in (DAY[4], DAY[0], DAY[2]):
        await desk.book(start)

    items = (await desk.get("/bookings")).json()["items"]

    assert [item["startsAt"] for item in items] == [DAY[0], DAY[2], DAY[4]]
    assert items[0] == await desk.read(items[0])


@pytest.mark.parametrize("limit", [1, 3, 4, 200])
async def test_pages_hold_every_booking_once(make_desk, limit):
    desk = await make_desk(staff=2)
    made = {(await desk.book(start, phone(n))).json()["id"] for n, start in enumerate(DAY[:6] * 2)}

    found = [item["id"] for item in await walk(desk, limit=limit)]

    assert len(found) == 12
    assert set(found) == made


async def test_pages_stay_whole_while_others_book(make_desk):
    desk = await make_desk(staff=3)
    made = {(await desk.book(start, phone(n))).json()["id"] for n, start in enumerate(DAY[:10])}
    others = iter([*DAY[:10], *DAY[:10]])

    async def book_more():
        assert (await desk.book(next(others), phone(99))).status_code == 201

    found = [item["id"] for item in await walk(desk, between=book_more, limit=2)]

    assert len(found) == len(set(found))
    assert made <= set(found)


async def test_bookings_that_changed_are_found_by_their_change(desk, clock):
    first, second, third = [(await desk.book(start, phone(n))).json()["id"] for n, start in enumerate(DAY[:3])]
    clock.advance(minutes=1)
    since = "2026-03-23T08:01:00Z"
    await desk.do("cancel", second)
    clock.advance(minutes=1)
    await desk.do("reschedule", first, startsAt=DAY[9])

    assert await ids(desk, updatedSince=since) == [second, first]
    assert [item["id"] for item in await walk(desk, updatedSince=since, limit=1)] == [second, first]
    assert await ids(desk, updatedSince="2026-03-23T08:02:00Z") == [first]
    assert await ids(desk, updatedSince="2026-03-23T08:00:00Z") == [third, second, first]
    assert await ids(desk, updatedSince="2026-03-23T08:02:00.000001Z") == []


async def test_each_filter_finds_its_own(make_desk, make_bookable):
    desk = await make_desk(staff=2)
    one, two = desk.resource_ids
    first = (await desk.book(START, phone(1), resourceId=one)).json()
    second = (await desk.book(START, phone(2), resourceId=two)).json()
    third = (await desk.hold("2026-03-25T10:00:00Z", phone(1), resourceId=two)).json()
    await desk.do("cancel", second)

    assert await ids(desk, resourceId=one) == [first["id"]]
    assert await ids(desk, resourceId=two) == [second["id"], third["id"]]
    assert await ids(desk, customerId=first["customer"]["id"]) == [first["id"], third["id"]]
    assert await ids(desk, status="cancelled") == [second["id"]]
    assert await ids(desk, status="held") == [third["id"]]
    assert await ids(desk, day="2026-03-24") == [first["id"], second["id"]]
    assert await ids(desk, day="2026-03-24", resourceId=two) == [second["id"]]
    assert await ids(desk, serviceId=str(desk.place.service_id), status="no_show") == []
    for nobody in ("resourceId", "customerId", "serviceId"):
        assert await ids(desk, **{nobody: str(new_id())}) == []


async def test_seats_of_a_class_are_found_by_its_resource(make_desk):
    desk = await make_desk(staff=2, capacity=3)
    made = (await desk.book(START)).json()

    assert await ids(desk, resourceId=made["resourceIds"][0]) == [made["id"]]
    assert await ids(desk, resourceId=next(r for r in desk.resource_ids if r not in made["resourceIds"])) == []


async def test_a_day_is_the_clients_own(make_desk):
    always = [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "00:00", "end": "24:00"}]
    desk = await make_desk(client={"timezone": "America/New_York"}, weekly=always)
    evening = (await desk.book("2026-03-25T03:30:00Z")).json()["id"]
    midnight = (await desk.book("2026-03-25T04:00:00Z", phone(2))).json()["id"]

    assert await ids(desk, day="2026-03-24") == [evening]
    assert await ids(desk, day="2026-03-25") == [midnight]


@pytest.mark.parametrize("slip", ["stauts", "customer_id", "Day", "\u00e9", "limit "])
async def test_a_filter_with_a_slip_of_the_pen_does_not_find_everything(desk, slip):
    answers = [await desk.get(path, **{slip: "1"}) for path in ("/bookings", "/services", "/customers", "/keys")]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(422, "validation_failed")}
    assert {answer.json()["errors"][0]["location"] for answer in answers} == {f"query.{slip}"}


async def test_a_customers_bookings_are_listed(desk):
    first = (await desk.book(DAY[1])).json()
    second = (await desk.book(DAY[0])).json()
    await desk.book(DAY[2], phone(2))
    path = f"/customers/{first['customer']['id']}/bookings"

    found = await walk(desk, path, limit=1)

    assert [item["id"] for item in found] == [second["id"], first["id"]]
    unknown = await desk.get(f"/customers/{new_id()}/bookings")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "customer_not_found")


async def test_history_is_paged_oldest_first(desk, clock):
    booked = (await desk.book(DAY[0])).json()["id"]
    for start in DAY[1:4]:
        clock.advance(seconds=1)
        await desk.do("reschedule", booked, startsAt=start)

    found = await walk(desk, f"/bookings/{booked}/history", limit=1)

    assert [event["type"] for event in found] == ["confirmed", *["rescheduled"] * 3]
    assert found == await desk.history(booked)
    assert [event["at"] for event in found] == sorted(event["at"] for event in found)


def cursor(*parts):
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


SOMEBODY = "01a206df-1190-707b-b567-a165e9be6f42"
BAD_QUERIES = {
    "limit=0": "validation_failed",
    "limit=-1": "validation_failed",
    "limit=1000000000": "validation_failed",
    "limit=201": "validation_failed",
    "limit=ten": "validation_failed",
    "limit=1e2": "validation_failed",
    "after=": "validation_failed",
    f"after={'a' * 501}": "validation_failed",
    "after=%00": "invalid_cursor",
    "after=%F0%9F%98%80": "invalid_cursor",
    "after=nowhere": "invalid_cursor",
    f"after={cursor(SOMEBODY)}": "invalid_cursor",
    f"after={cursor(START, 'x')}": "invalid_cursor",
    f"after={cursor('2026-03-24T10:00:00', SOMEBODY)}": "invalid_cursor",
    f"after={cursor('0001-01-01T00:00:00+14:00', SOMEBODY)}": "invalid_cursor",
    f"after={cursor('9999-12-31T23:59:59-14:00', SOMEBODY)}": "invalid_cursor",
    f"after={cursor(1, 2)}": "invalid_cursor",
    f"after={base64.urlsafe_b64encode(b'[' * 300).decode()}": "invalid_cursor",
    "day=2026-02-30": "validation_failed",
    "day=9999-12-31": "validation_failed",
    "day=0001-01-01": "validation_failed",
    "day=1774224000": "validation_failed",
    "day=today": "validation_failed",
    "status=busy": "validation_failed",
    "customerId=1": "validation_failed",
    "resourceId=%27%20OR%201=1": "validation_failed",
    "updatedSince=2026-03-24T10:00:00": "validation_failed",
    "updatedSince=0": "validation_failed",
    "updatedSince=9999-12-31T23:59:59-14:00": "validation_failed",
}


@pytest.mark.parametrize("query", BAD_QUERIES)
async def test_a_question_that_makes_no_sense_is_refused(http, desk, query):
    answer = await http.get(f"/api/bookings?{query}", headers=desk.place.headers)

    assert (answer.status_code, answer.json()["code"]) == (422, BAD_QUERIES[query])
    assert answer.headers["content-type"] == "application/problem+json"
