"""Who serves when nobody is asked for: the customer's last one, then whoever has least to do that day."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest

from tests.bookings.conftest import phone

TEN = "2026-03-24T10:00:00Z"
ALWAYS = [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "00:00", "end": "24:00"}]


async def test_the_customers_last_one_comes_first(make_desk):
    desk = await make_desk(staff=3)
    last = desk.resource_ids[2]
    await desk.book(TEN, resourceId=last)

    known = await desk.book("2026-03-25T10:00:00Z")
    stranger = await desk.book("2026-03-26T10:00:00Z", phone(1))

    assert known.json()["resourceIds"] == [last]
    assert stranger.json()["resourceIds"] == [desk.resource_ids[0]]


async def test_a_hold_for_a_known_customer_takes_their_last_one_too(make_desk):
    desk = await make_desk(staff=3)
    await desk.book(TEN, resourceId=desk.resource_ids[1])

    held = await desk.hold("2026-03-25T10:00:00Z", "+447400123456")

    assert held.json()["resourceIds"] == [desk.resource_ids[1]]


async def test_the_last_one_counts_only_while_they_are_free(make_desk):
    desk = await make_desk(staff=2)
    last, other = desk.resource_ids[1], desk.resource_ids[0]
    await desk.book(TEN, resourceId=last)
    await desk.book("2026-03-25T10:00:00Z", phone(1), resourceId=last)

    booked = await desk.book("2026-03-25T10:00:00Z")

    assert booked.json()["resourceIds"] == [other]


async def test_who_was_cancelled_is_not_the_last_one(make_desk):
    desk = await make_desk(staff=2)
    cancelled = await desk.book(TEN, resourceId=desk.resource_ids[1])
    await desk.do("cancel", cancelled)

    booked = await desk.book("2026-03-25T10:00:00Z")

    assert booked.json()["resourceIds"] == [desk.resource_ids[0]]


async def test_the_last_appointment_decides_not_the_last_call(make_desk):
    desk = await make_desk(staff=3)
    await desk.book("2026-03-27T10:00:00Z", resourceId=desk.resource_ids[2])
    await desk.book(TEN, resourceId=desk.resource_ids[1])

    booked = await desk.book("2026-03-25T10:00:00Z")

    assert booked.json()["resourceIds"] == [desk.resource_ids[2]]


async def test_the_load_is_that_of_the_local_day(make_desk):
    desk = await make_desk(staff=2, weekly=ALWAYS, client={"timezone": "Asia/Tokyo"})
    first, second = desk.resource_ids
    # 15:00 UTC begins the 25th in Tokyo: what was booked at 14:30 belongs to the day before.
    await desk.book("2026-03-24T14:30:00Z", phone(1), resourceId=first)
    await desk.book("2026-03-24T14:30:00Z", phone(2), resourceId=second)
    await desk.book("2026-03-24T14:00:00Z", phone(3), resourceId=first)
    await desk.book("2026-03-24T15:00:00Z", phone(4), resourceId=second)

    same_day = await desk.book("2026-03-24T13:00:00Z", phone(5))
    next_day = await desk.book("2026-03-25T03:00:00Z", phone(6))

    assert same_day.json()["resourceIds"] == [second]
    assert next_day.json()["resourceIds"] == [first]


async def test_holds_count_as_load_until_they_run_out(make_desk, clock):
    desk = await make_desk(staff=2)
    first, second = desk.resource_ids
    await desk.hold("2026-03-24T09:00:00Z", resourceId=first)

    while_held = await desk.hold(TEN)
    clock.advance(seconds=300)
    later = await desk.hold("2026-03-24T11:00:00Z")

    assert while_held.json()["resourceIds"] == [second]
    assert later.json()["resourceIds"] == [first]


async def test_a_hundred_random_bookings_spread_evenly_over_four(make_desk):
    desk = await make_desk(staff=4, weekly=ALWAYS, duration_minutes=10)
    chosen = random.Random(2026).sample(range(144), 100)
    taken = Counter(dict.fromkeys(desk.resource_ids, 0))

    for number, slot in enumerate(chosen):
        booked = await desk.book(f"2026-03-25T{slot // 6:02d}:{slot % 6}0:00Z", phone(number))
        taken[booked.json()["resourceIds"][0]] += 1
        assert max(taken.values()) - min(taken.values()) <= 1

    assert sorted(taken.values()) == [25, 25, 25, 25]


async def test_the_least_loaded_of_those_who_are_free_serves(make_desk):
    desk = await make_desk(staff=4, duration_minutes=60)
    chance = random.Random(7)
    taken = Counter(dict.fromkeys(desk.resource_ids, 0))

    for number in range(32):
        slots = await desk.slots("2026-03-25T00:00:00Z", "2026-03-26T00:00:00Z")
        slot = chance.choice(slots)
        served = (await desk.book(slot["startsAt"], phone(number))).json()["resourceIds"][0]
        assert taken[served] == min(taken[resource] for resource in slot["resourceIds"])
        taken[served] += 1

    assert set(taken.values()) == {8}


async def test_whoever_is_asked_for_serves(make_desk):
    desk = await make_desk(staff=3)

    booked = await desk.book(TEN, resourceId=desk.resource_ids[2])
    again = await desk.book(TEN, phone(1), resourceId=desk.resource_ids[2])

    assert booked.json()["resourceIds"] == [desk.resource_ids[2]]
    assert (again.status_code, again.json()["code"]) == (409, "busy")
    assert {each for near in again.json()["alternatives"] for each in near["resourceIds"]} == {desk.resource_ids[2]}


async def test_a_service_that_needs_all_takes_all(make_desk, claims_of):
    desk = await make_desk(staff=3, assign="all")

    booked = await desk.book(TEN)
    second = await desk.book(TEN, phone(1))

    assert sorted(booked.json()["resourceIds"]) == sorted(desk.resource_ids)
    assert await claims_of(booked) == [(resource, True) for resource in sorted(desk.resource_ids)]
    assert (second.status_code, second.json()["code"]) == (409, "busy")
    await desk.do("cancel", booked)
    assert await claims_of(booked) == [(resource, False) for resource in sorted(desk.resource_ids)]
    assert (await desk.book(TEN, phone(1))).status_code == 201


async def test_a_class_that_has_begun_to_fill_is_filled_first(make_desk):
    desk = await make_desk(staff=3, capacity=2)
    first = await desk.book(TEN, resourceId=desk.resource_ids[2])

    found = [(await desk.book(TEN, phone(number))).json()["resourceIds"] for number in range(3)]

    assert first.json()["resourceIds"] == found[0] == [desk.resource_ids[2]]
    assert found[1] == found[2] != found[0]


@pytest.mark.parametrize("step", ["book", "hold"])
async def test_an_archived_resource_is_not_assigned(make_desk, step):
    desk = await make_desk(staff=2)
    gone, left = desk.resource_ids
    await desk.book(TEN, "+447400123456", resourceId=gone)
    await desk.post(f"/resources/{gone}/archive")
    act = getattr(desk, step)

    assigned = await act("2026-03-25T10:00:00Z", "+447400123456")
    asked_for = await act("2026-03-25T11:00:00Z", "+447400123456", resourceId=gone)

    assert assigned.json()["resourceIds"] == [left]
    assert (asked_for.status_code, asked_for.json()["code"]) == (409, "resource_cannot")


async def test_a_resource_of_another_service_cannot_serve(make_desk):
    desk = await make_desk()
    other = (await desk.post("/resources", {"name": "Room", "kind": "room"})).json()["id"]

    refused = await desk.book(TEN, resourceId=other)

    assert (refused.status_code, refused.json()["code"]) == (409, "resource_cannot")


async def test_bookings_on_many_days_spread_over_all_too(make_desk):
    desk = await make_desk(staff=4)
    chance = random.Random(2026)
    taken = Counter(dict.fromkeys(desk.resource_ids, 0))

    for number in range(60):
        day, half_hour = chance.randrange(1, 60), chance.randrange(18, 34)
        start = f"{date(2026, 3, 24) + timedelta(days=day)}T{half_hour // 2:02d}:{half_hour % 2 * 30:02d}:00Z"
        taken[(await desk.book(start, phone(number))).json()["resourceIds"][0]] += 1

    assert max(taken.values()) - min(taken.values()) <= 3, taken
