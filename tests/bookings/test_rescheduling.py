"""Moving a booking: it stays what it is, gets its new time or keeps its old one."""

import asyncio

import pytest

from tests.bookings.conftest import phone

TEN = "2026-03-24T10:00:00Z"
ELEVEN = "2026-03-24T11:00:00Z"
QUARTER_PAST = "2026-03-24T10:15:00Z"


async def test_a_moved_booking_keeps_its_id_and_all_but_its_time(desk, clock):
    booked = (await desk.book(TEN, notes="window seat", metadata={"a": 1})).json()
    clock.advance(seconds=5)

    moved = await desk.do("reschedule", booked, startsAt=ELEVEN)

    expected = booked | {
        "startsAt": ELEVEN,
        "endsAt": "2026-03-24T11:30:00Z",
        "version": 2,
        "updatedAt": "2026-03-23T08:00:05Z",
    }
    assert (moved.status_code, moved.json()) == (200, expected)
    assert moved.headers["ETag"] == '"2"'
    assert await desk.read(booked) == expected
    assert await desk.offered(TEN) == desk.resource_ids
    assert await desk.offered(ELEVEN) == []


async def test_its_history_tells_where_it_came_from(desk):
    booked = (await desk.book(TEN)).json()

    await desk.do("reschedule", booked, startsAt=ELEVEN)

    event = (await desk.history(booked))[1]
    assert event["type"] == "rescheduled"
    assert event["data"] == {
        "resourceIds": desk.resource_ids,
        "startsAt": ELEVEN,
        "fromResourceIds": desk.resource_ids,
        "fromStartsAt": TEN,
    }


async def test_it_stays_with_the_same_resource_where_that_one_is_free(make_desk):
    desk = await make_desk(staff=3)
    mine = desk.resource_ids[2]
    booked = await desk.book(TEN, resourceId=mine)

    free = await desk.do("reschedule", booked, startsAt=ELEVEN)
    await desk.book("2026-03-24T12:00:00Z", phone(1), resourceId=mine)
    busy = await desk.do("reschedule", booked, startsAt="2026-03-24T12:00:00Z")

    assert free.json()["resourceIds"] == [mine]
    assert busy.json()["resourceIds"] == [desk.resource_ids[0]]


async def test_it_can_be_moved_to_another_resource(make_desk, claims_of):
    desk = await make_desk(staff=2)
    booked = await desk.book(TEN, resourceId=desk.resource_ids[0])

    moved = await desk.do("reschedule", booked, startsAt=TEN, resourceId=desk.resource_ids[1])

    assert (moved.status_code, moved.json()["resourceIds"]) == (200, [desk.resource_ids[1]])
    assert await claims_of(booked) == [(desk.resource_ids[1], True)]


@pytest.mark.parametrize("start", [ELEVEN, "2026-03-24T10:10:00Z", "2026-03-24T18:00:00Z", "2026-03-22T10:00:00Z"])
async def test_where_the_new_time_cannot_be_had_the_old_one_is_untouched(desk, claims_of, start):
    booked = (await desk.book(TEN)).json()
    await desk.book(ELEVEN, phone(1))

    refused = await desk.do("reschedule", booked, startsAt=start)

    assert refused.status_code == 409
    assert refused.json()["code"] in {"busy", "off_grid", "closed", "past"}
    assert len(refused.json()["alternatives"]) == 3
    assert await desk.read(booked) == booked
    assert await desk.steps(booked) == ["confirmed"]
    assert await claims_of(booked) == [(desk.resource_ids[0], True)]


async def test_it_can_be_moved_by_a_quarter_into_its_own_time(make_desk):
    desk = await make_desk(interval_minutes=15, buffer_before_minutes=10, buffer_after_minutes=10)
    booked = await desk.book(TEN)
    stranger = await desk.book(QUARTER_PAST, phone(1))

    shown = await desk.offered(QUARTER_PAST, excludeBookingId=booked.json()["id"])
    moved = await desk.do("reschedule", booked, startsAt=QUARTER_PAST)
    back = await desk.do("reschedule", booked, startsAt=TEN)

    assert stranger.status_code == 409
    assert shown == desk.resource_ids
    assert [(each.status_code, each.json()["startsAt"]) for each in (moved, back)] == [(200, QUARTER_PAST), (200, TEN)]


async def test_it_can_be_moved_to_where_it_is(desk):
    booked = await desk.book(TEN)

    moved = await desk.do("reschedule", booked, startsAt=TEN)

    assert (moved.status_code, moved.json()["startsAt"], moved.json()["version"]) == (200, TEN, 2)


async def test_a_limit_of_one_a_day_does_not_count_itself(make_desk):
    desk = await make_desk(max_per_day=1)
    booked = await desk.book(TEN)

    moved = await desk.do("reschedule", booked, startsAt=ELEVEN)
    another = await desk.book("2026-03-24T12:00:00Z", phone(1))

    assert moved.status_code == 200
    assert (another.status_code, another.json()["code"]) == (409, "limit")


async def test_one_that_takes_all_moves_with_all(make_desk, claims_of):
    desk = await make_desk(staff=2, assign="all", interval_minutes=15)
    booked = await desk.book(TEN)

    moved = await desk.do("reschedule", booked, startsAt=QUARTER_PAST)

    assert moved.status_code == 200
    assert await claims_of(booked) == [(resource, True) for resource in sorted(desk.resource_ids)]


async def test_a_booking_of_an_archived_service_cannot_be_moved_but_cancelled(desk):
    booked = await desk.book(TEN)
    await desk.post(f"/services/{desk.place.service_id}/archive")

    moved = await desk.do("reschedule", booked, startsAt=ELEVEN)
    cancelled = await desk.do("cancel", booked)

    assert (moved.status_code, moved.json()["code"]) == (409, "service_archived")
    assert cancelled.status_code == 200


@pytest.mark.parametrize("headers", [True, False], ids=["if_match", "version_in_the_body"])
async def test_of_two_moves_and_a_cancel_from_the_same_version_exactly_one_wins(make_desk, headers):
    desk = await make_desk(staff=2)
    booked = (await desk.book(TEN)).json()
    match = {"headers": {"If-Match": '"1"'}} if headers else {"version": 1}

    answers = await asyncio.gather(
        desk.do("reschedule", booked, startsAt=ELEVEN, **match),
        desk.do("reschedule", booked, startsAt="2026-03-24T12:00:00Z", **match),
        desk.do("cancel", booked, **match),
    )

    won = [answer for answer in answers if answer.status_code == 200]
    lost = {(answer.status_code, answer.json()["code"]) for answer in answers if answer.status_code != 200}
    assert len(won) == 1
    assert lost == {(412, "precondition_failed") if headers else (409, "version_conflict")}
    assert await desk.read(booked) == won[0].json()
    assert len(await desk.steps(booked)) == 2


@pytest.mark.parametrize("match", ['"2"', 'W/"2"', '"1", "2"', "*"])
async def test_the_present_version_is_matched_in_every_form(desk, match):
    booked = await desk.book(TEN)
    await desk.do("reschedule", booked, startsAt=ELEVEN)

    moved = await desk.do("reschedule", booked, startsAt=TEN, headers={"If-Match": match})

    assert moved.status_code == 200


@pytest.mark.parametrize("match", ['"1"', '"02x"', "2", "", '""', '"99999999999"'])
async def test_any_other_version_is_not_matched(desk, match):
    booked = await desk.book(TEN)
    await desk.do("reschedule", booked, startsAt=ELEVEN)

    moved = await desk.do("reschedule", booked, startsAt=TEN, headers={"If-Match": match})

    assert (moved.status_code, moved.json()["code"]) == (412, "precondition_failed")


async def test_two_moving_to_the_same_start_get_it_once(desk):
    first, second = await desk.book(TEN), await desk.book("2026-03-24T10:30:00Z", phone(1))

    answers = await asyncio.gather(*(desk.do("reschedule", each, startsAt=ELEVEN) for each in (first, second)))

    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_two_can_change_places_by_way_of_a_third(desk):
    first, second = await desk.book(TEN), await desk.book(ELEVEN, phone(1))

    straight = await asyncio.gather(
        desk.do("reschedule", first, startsAt=ELEVEN), desk.do("reschedule", second, startsAt=TEN)
    )
    around = [
        await desk.do("reschedule", first, startsAt="2026-03-24T12:00:00Z"),
        await desk.do("reschedule", second, startsAt=TEN),
        await desk.do("reschedule", first, startsAt=ELEVEN),
    ]

    assert [answer.json()["code"] for answer in straight] == ["busy", "busy"]
    assert [answer.status_code for answer in around] == [200, 200, 200]
