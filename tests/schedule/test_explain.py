"""Why an instant is not on offer, and the next start that is: one case for each reason."""

from datetime import datetime
from pathlib import Path

import pytest

from app.schedule.rules import Reason

HOUR = {"duration_minutes": 60}
A_SLOT = ("2026-03-23T10:00:00Z", "2026-03-23T11:00:00Z")


@pytest.fixture
def make_place(make_bookable, clock):
    """Make a client open 09:00 to 17:00 UTC; it is Monday, 08:00."""

    async def make(**options):
        clock.set("2026-03-23T08:00:00Z")
        return await make_bookable(**{**HOUR, **options})

    return make


@pytest.fixture
def explain(http):
    async def ask(place, at, **more):
        asked = {"serviceId": str(place.service_id), "at": at, **more}
        answer = await http.get("/api/availability/explain", params=asked, headers=place.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


@pytest.fixture
def take(http):
    async def book(place, at, path="", **more):
        answer = await http.post(f"/api/bookings{path}", json=place.wanted(at, **more), headers=place.headers)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return book


@pytest.fixture
def outside(sql):
    """Say that an outside calendar has a resource taken."""

    async def write(place, start, end):
        await sql(
            "INSERT INTO busy_times (client_id, id, resource_id, starts_at, ends_at, source, source_id)"
            " VALUES (:client, :id, :id, :start, :end, 'google', '1')",
            client=place.client.id,
            id=place.resource_ids[0],
            start=datetime.fromisoformat(start),
            end=datetime.fromisoformat(end),
        )

    return write


async def refused(http, place, at, **more):
    """Return why a booking of the same start is refused: it must be for the same reason."""
    answer = await http.post("/api/bookings", json=place.wanted(at, "+447400123999", **more), headers=place.headers)
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize(
    ("at", "reason", "following", "service"),
    [
        ("2026-03-23T07:00:00Z", "past", "2026-03-23T09:00:00Z", {}),
        ("2025-01-01T09:00:00Z", "past", "2026-03-23T09:00:00Z", {}),
        ("2026-03-25T09:00:00Z", "horizon", None, {"max_advance_days": 1}),
        ("2099-12-31T23:59:59Z", "horizon", None, {}),
        ("2026-03-23T09:00:00Z", "notice", "2026-03-23T10:00:00Z", {"min_notice_minutes": 61}),
        ("2026-03-23T10:30:00Z", "off_grid", "2026-03-23T11:00:00Z", {}),
        ("2026-03-23T10:00:01Z", "off_grid", "2026-03-23T11:00:00Z", {}),
        ("2026-03-23T10:30:00Z", "off_grid", "2026-03-23T11:00:00Z", {"grid": "clock"}),
        ("2026-03-23T08:30:00Z", "closed", "2026-03-23T09:00:00Z", {}),
        ("2026-03-23T16:30:00Z", "closed", "2026-03-24T09:00:00Z", {"interval_minutes": 30}),
        ("2026-03-23T23:00:00Z", "closed", "2026-03-24T09:00:00Z", {}),
    ],
)
async def test_what_needs_no_other_booking(http, make_place, explain, at, reason, following, service):
    place = await make_place(**service)

    told = await explain(place, at)

    assert (told["offered"], told["reason"], told["heldUntil"]) == (False, reason, None)
    assert (told["next"] and told["next"]["startsAt"]) == following
    assert told["at"] == at
    assert await refused(http, place, at) == (409, reason)


@pytest.mark.parametrize(
    ("at", "reason", "following", "service"),
    [
        ("2026-03-23T10:00:00Z", "busy", "2026-03-23T11:00:00Z", {}),
        ("2026-03-23T12:00:00Z", "limit", "2026-03-24T09:00:00Z", {"max_per_day": 1}),
        ("2026-03-23T10:00:00Z", "limit", "2026-03-24T09:00:00Z", {"max_per_day": 1}),
        ("2026-03-23T10:00:00Z", "capacity", "2026-03-23T11:00:00Z", {"capacity": 2}),
        ("2026-03-23T09:30:00Z", "busy", "2026-03-23T11:00:00Z", {"capacity": 2, "interval_minutes": 30}),
        ("2026-03-23T11:00:00Z", "buffer", "2026-03-23T12:00:00Z", {"buffer_after_minutes": 15}),
        ("2026-03-23T09:00:00Z", "buffer", "2026-03-23T12:00:00Z", {"buffer_before_minutes": 15}),
    ],
)
async def test_what_another_booking_takes(http, make_place, explain, take, at, reason, following, service):
    place = await make_place(**service)
    await take(place, A_SLOT[0], seats=service.get("capacity", 1))

    told = await explain(place, at)

    assert (told["offered"], told["reason"], told["heldUntil"]) == (False, reason, None)
    assert told["next"]["startsAt"] == following
    assert await refused(http, place, at) == (409, reason)


async def test_what_an_outside_calendar_takes_is_busy_with_no_buffer_but_the_new_one(
    http, make_place, explain, outside
):
    place = await make_place(buffer_after_minutes=15)
    await outside(place, "2026-03-23T12:00:00.25Z", "2026-03-23T13:00:00Z")

    assert (await explain(place, "2026-03-23T11:00:00Z"))["reason"] == "buffer"
    assert (await explain(place, "2026-03-23T12:00:00Z"))["reason"] == "busy"
    assert (await explain(place, "2026-03-23T13:00:00Z"))["offered"] is True
    assert await refused(http, place, "2026-03-23T12:00:00Z") == (409, "busy")


async def test_what_follows_an_outside_event_starts_on_a_whole_minute(http, make_place, outside):
    place = await make_place(grid="free_start")
    await outside(place, "2026-03-23T08:59:59.9Z", "2026-03-23T10:00:20Z")
    asked = {"serviceId": str(place.service_id), "from": "2026-03-23T00:00:00Z", "to": "2026-03-23T12:00:00Z"}

    shown = (await http.get("/api/availability", params=asked, headers=place.headers)).json()["slots"]

    assert [slot["startsAt"] for slot in shown] == ["2026-03-23T10:01:00Z", "2026-03-23T11:01:00Z"]


async def test_a_hold_tells_until_when(http, make_place, explain, take, clock):
    place = await make_place()
    held = await take(place, A_SLOT[0], "/hold")

    told = await explain(place, A_SLOT[0])

    assert (told["reason"], told["heldUntil"]) == ("held", held["expiresAt"])
    assert told["next"]["startsAt"] == "2026-03-23T11:00:00Z"
    assert await refused(http, place, A_SLOT[0]) == (409, "held")
    assert (await explain(place, A_SLOT[0], excludeBookingId=held["id"]))["offered"] is True
    clock.set(held["expiresAt"])
    assert (await explain(place, A_SLOT[0]))["offered"] is True


async def test_of_two_holds_the_one_that_ends_first_is_told(make_place, explain, take, clock):
    place = await make_place(staff=2)
    first = await take(place, A_SLOT[0], "/hold")
    clock.advance(seconds=10)
    await take(place, A_SLOT[0], "/hold", phone="+447400123457")

    assert (await explain(place, A_SLOT[0]))["heldUntil"] == first["expiresAt"]


async def test_a_hold_beside_a_booking_does_not_promise_an_end(make_place, explain, take):
    place = await make_place(staff=2, assign="any")
    await take(place, A_SLOT[0], "/hold", resourceId=str(place.resource_ids[0]))
    await take(place, A_SLOT[0], resourceId=str(place.resource_ids[1]))

    told = await explain(place, A_SLOT[0], resourceId=str(place.resource_ids[1]))

    assert (told["reason"], told["heldUntil"]) == ("busy", None)


async def test_a_class_filled_by_holds_alone_tells_when_the_last_of_them_ends(make_place, explain, take, clock):
    place = await make_place(capacity=2)
    await take(place, A_SLOT[0], "/hold")
    clock.advance(seconds=10)
    last = await take(place, A_SLOT[0], "/hold", phone="+447400123457")

    told = await explain(place, A_SLOT[0])

    assert (told["reason"], told["heldUntil"]) == ("capacity", last["expiresAt"])


async def test_who_does_not_serve_cannot(http, make_place, explain, sql):
    place = await make_place(staff=2)
    other = str(place.resource_ids[1])
    await sql("DELETE FROM service_resources WHERE client_id = :id AND resource_id = :r", id=place.client.id, r=other)

    told = await explain(place, A_SLOT[0], resourceId=other)

    assert (told["offered"], told["reason"], told["next"]) == (False, "resource_cannot", None)
    assert await refused(http, place, A_SLOT[0], resourceId=other) == (409, "resource_cannot")


async def test_a_service_that_nobody_serves_cannot_be_had(http, make_place, explain):
    place = await make_place(staff=0)

    assert (await explain(place, A_SLOT[0]))["reason"] == "resource_cannot"
    assert await refused(http, place, A_SLOT[0]) == (409, "resource_cannot")


async def test_a_start_on_offer_is_its_own_next(make_place, explain):
    place = await make_place()

    told = await explain(place, A_SLOT[0])

    assert (told["offered"], told["reason"]) == (True, None)
    resources = [str(place.resource_ids[0])]
    assert told["next"] == {"startsAt": A_SLOT[0], "endsAt": A_SLOT[1], "resourceIds": resources, "seatsLeft": None}


def test_every_reason_has_its_case_here():
    source = Path(__file__).read_text()

    assert [reason for reason in Reason if f'"{reason}"' not in source] == []
