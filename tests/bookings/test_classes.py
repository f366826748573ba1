"""Classes: bookings share a session's seats, and the session takes its resource as long as it has any."""

import asyncio
from collections import Counter

import pytest

from tests.bookings.conftest import phone

TEN = "2026-03-24T10:00:00Z"
HALF_PAST = "2026-03-24T10:30:00Z"


@pytest.fixture
def sessions_of(sql):
    """Read a client's sessions: start, seats taken, whether the claim is active."""

    async def read(desk):
        rows = await sql(
            "SELECT s.starts_at, s.taken, bool_and(c.active) AS active FROM sessions s "
            "JOIN claims c ON c.client_id = s.client_id AND c.session_id = s.id "
            "WHERE s.client_id = :id GROUP BY s.starts_at, s.taken ORDER BY s.starts_at",
            id=desk.client.id,
        )
        return [(row.starts_at.strftime("%H:%M"), row.taken, row.active) for row in rows]

    return read


async def test_fifty_racing_for_twelve_seats_take_exactly_twelve(make_desk, sessions_of):
    desk = await make_desk(capacity=12)

    answers = await asyncio.gather(
        *(desk.book(TEN, phone(n)) if n % 2 else desk.hold(TEN, phone(n)) for n in range(50))
    )

    assert Counter(answer.status_code for answer in answers) == {201: 12, 409: 38}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"capacity", "slot_taken"}
    assert await sessions_of(desk) == [("10:00", 12, True)]
    assert await desk.offered(TEN) == []


async def test_seats_left_are_shown_and_more_are_refused(make_desk):
    desk = await make_desk(capacity=5)
    await desk.book(TEN, seats=3)

    slot = (await desk.slots(TEN, "2026-03-24T10:01:00Z"))[0]
    three = await desk.book(TEN, phone(1), seats=3)
    two = await desk.book(TEN, phone(1), seats=2)

    assert slot["seatsLeft"] == 2
    assert (three.status_code, three.json()["code"]) == (409, "capacity")
    assert (two.status_code, two.json()["seats"]) == (201, 2)
    assert await desk.slots(TEN, "2026-03-24T10:01:00Z") == []


@pytest.mark.parametrize("seats", [6, 1000])
async def test_more_seats_than_there_are_are_never_on_offer(make_desk, nothing_written, seats):
    desk = await make_desk(capacity=5)

    async with nothing_written(desk):
        refused = await desk.book(TEN, seats=seats)

    assert (refused.status_code, refused.json()["code"], refused.json()["alternatives"]) == (409, "capacity", [])
    assert await desk.slots("2026-03-24T00:00:00Z", "2026-03-25T00:00:00Z", seats=seats) == []


async def test_the_last_one_to_leave_frees_the_resource(make_desk, sessions_of):
    desk = await make_desk(capacity=3, interval_minutes=15)
    first, second = await desk.book(TEN), await desk.book(TEN, phone(1))

    await desk.do("cancel", first)
    with_one = await desk.book("2026-03-24T10:15:00Z", phone(2))
    await desk.do("cancel", second)
    with_none = await desk.book("2026-03-24T10:15:00Z", phone(2))

    assert with_one.status_code == 409
    assert with_none.status_code == 201
    assert await sessions_of(desk) == [("10:00", 0, False), ("10:15", 1, True)]


async def test_a_sole_occupant_moves_by_a_quarter_into_its_own_time(make_desk, sessions_of):
    desk = await make_desk(capacity=3, interval_minutes=15)
    booked = await desk.book(TEN)

    moved = await desk.do("reschedule", booked, startsAt="2026-03-24T10:15:00Z")
    back = await desk.do("reschedule", booked, startsAt=TEN)

    assert [moved.status_code, back.status_code] == [200, 200]
    assert await sessions_of(desk) == [("10:00", 1, True), ("10:15", 0, False)]


async def test_one_of_several_cannot_move_into_the_class_it_leaves(make_desk):
    desk = await make_desk(capacity=3, interval_minutes=15)
    booked, _ = await desk.book(TEN), await desk.book(TEN, phone(1))

    moved = await desk.do("reschedule", booked, startsAt="2026-03-24T10:15:00Z")

    assert moved.status_code == 409
    assert (await desk.read(booked)) == booked.json()


async def test_a_full_class_takes_nobody_who_moves(make_desk, sessions_of):
    desk = await make_desk(capacity=2)
    for n in range(2):
        await desk.book(TEN, phone(n))
    booked = await desk.book(HALF_PAST, phone(3))

    refused = await desk.do("reschedule", booked, startsAt=TEN)

    assert (refused.status_code, refused.json()["code"]) == (409, "capacity")
    assert await sessions_of(desk) == [("10:00", 2, True), ("10:30", 1, True)]


async def test_a_move_into_a_class_joins_it(make_desk, sessions_of):
    desk = await make_desk(capacity=2, staff=2)
    begun = await desk.book(TEN, resourceId=desk.resource_ids[1])
    booked = await desk.book(HALF_PAST, phone(3), resourceId=desk.resource_ids[0])

    moved = await desk.do("reschedule", booked, startsAt=TEN)

    assert moved.json()["resourceIds"] == begun.json()["resourceIds"]
    assert await sessions_of(desk) == [("10:00", 2, True), ("10:30", 0, False)]


async def test_held_seats_are_taken_until_they_are_let_go(make_desk, sessions_of):
    desk = await make_desk(capacity=2)
    held = [await desk.hold(TEN), await desk.hold(TEN)]
    full = await desk.book(TEN)

    await desk.do("release", held[0])
    booked = await desk.book(TEN)
    confirmed = await desk.do("confirm", held[1], customer={"phone": phone(1)})

    assert (full.status_code, full.json()["code"]) == (409, "capacity")
    assert full.json()["heldUntil"] == held[0].json()["expiresAt"]
    assert [booked.status_code, confirmed.status_code] == [201, 200]
    assert await sessions_of(desk) == [("10:00", 2, True)]


async def test_a_class_and_an_appointment_do_not_share_a_person(make_desk):
    desk = await make_desk(capacity=3)
    single = await desk.post(
        "/services", {"name": "Private lesson", "durationMinutes": 30, "resourceIds": desk.resource_ids}
    )
    await desk.book(TEN)

    refused = await desk.post("/bookings", {**desk.place.wanted(TEN), "serviceId": single.json()["id"]})
    after = await desk.post("/bookings", {**desk.place.wanted(HALF_PAST), "serviceId": single.json()["id"]})

    assert (refused.status_code, refused.json()["code"]) == (409, "busy")
    assert after.status_code == 201
    assert await desk.offered(HALF_PAST) == []


async def test_a_smaller_class_keeps_whom_it_has(make_desk):
    desk = await make_desk(capacity=3)
    booked = [await desk.book(TEN, phone(n)) for n in range(3)]
    changed = await desk.http.patch(
        f"/api/services/{desk.place.service_id}", json={"capacity": 2, "version": 1}, headers=desk.place.headers
    )
    assert changed.status_code == 200, changed.text

    assert (await desk.book(TEN, phone(4))).json()["code"] == "capacity"
    assert (await desk.do("cancel", booked[0])).status_code == 200
    assert (await desk.book(TEN, phone(4))).json()["code"] == "capacity"
    assert (await desk.do("cancel", booked[1])).status_code == 200
    assert (await desk.book(TEN, phone(4))).status_code == 201


async def change(desk, **fields):
    service = (await desk.get(f"/services/{desk.place.service_id}")).json()
    answer = await desk.http.patch(
        f"/api/services/{service['id']}", json={**fields, "version": service["version"]}, headers=desk.place.headers
    )
    assert answer.status_code == 200, answer.text


async def assert_shown_is_bookable(desk, start):
    """Whatever a service has become, its starts on offer can be booked."""
    for resource in await desk.offered(start):
        assert (await desk.book(start, phone(8), resourceId=resource)).status_code == 201
    refused = await desk.book(start, phone(9), seats=12)
    assert refused.json()["code"] in {"busy", "capacity"}


@pytest.mark.parametrize("staff", [1, 2])
async def test_an_appointment_is_not_joined_when_its_service_becomes_a_class(make_desk, staff):
    desk = await make_desk(staff=staff)
    await desk.book(TEN)

    await change(desk, capacity=12)

    assert len(await desk.offered(TEN)) == staff - 1
    await assert_shown_is_bookable(desk, TEN)


@pytest.mark.parametrize(("before", "later"), [("any", "all"), ("all", "any")])
async def test_a_class_whose_staff_is_arranged_anew_takes_nobody_twice(make_desk, before, later):
    desk = await make_desk(staff=2, capacity=12, assign=before)
    await desk.book(TEN)

    await change(desk, assign=later)

    await assert_shown_is_bookable(desk, TEN)


async def test_a_class_that_becomes_an_appointment_keeps_its_time(make_desk):
    desk = await make_desk(capacity=12)
    booked = await desk.book(TEN)

    await change(desk, capacity=1)

    assert await desk.offered(TEN) == []
    assert (await desk.do("reschedule", booked, startsAt=HALF_PAST)).status_code == 200
    assert await desk.offered(TEN) == desk.resource_ids


async def test_a_longer_class_is_another_one(make_desk):
    desk = await make_desk(capacity=12)
    await desk.book(TEN)

    await change(desk, durationMinutes=60)

    assert await desk.offered(TEN) == []
    assert (await desk.book(TEN, phone(3))).json()["code"] == "busy"


async def test_a_class_with_new_buffers_goes_on_filling(make_desk):
    desk = await make_desk(capacity=12)
    await desk.book(TEN)

    await change(desk, bufferBeforeMinutes=10, bufferAfterMinutes=10)

    assert await desk.offered(TEN) == desk.resource_ids
    assert (await desk.book(TEN, phone(3))).status_code == 201
