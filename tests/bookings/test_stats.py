"""Statistics: every number worked out by hand."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.bookings.conftest import phone

DAY = "2026-03-24"


async def stats(desk, wanted="today"):
    answer = await desk.get(f"/clients/{desk.client.client_key}/stats", range=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_day_is_counted_to_the_minute(make_desk, clock, sql):
    desk = await make_desk(staff=2, buffer_after_minutes=15)
    ada, bob = desk.resource_ids
    came = [await desk.book(f"{DAY}T{hour:02d}:00:00Z", phone(hour), resourceId=ada) for hour in (9, 10, 11)]
    missed = await desk.book(f"{DAY}T12:00:00Z", phone(12), resourceId=ada)
    called_off = await desk.book(f"{DAY}T13:00:00Z", phone(13), resourceId=ada)
    await desk.book(f"{DAY}T16:00:00Z", phone(16), resourceId=bob)
    await desk.hold(f"{DAY}T15:00:00Z", resourceId=bob)
    await desk.book("2026-03-25T09:00:00Z", phone(25))
    for booking in came:
        await desk.do("complete", booking)
    await desk.do("no-show", missed)
    await desk.do("cancel", called_off)
    await sql("UPDATE bookings SET channel = 'voice' WHERE id = :id", id=UUID(came[0].json()["id"]))
    clock.set(f"{DAY}T12:00:00Z")

    found = await stats(desk)

    assert {name: value for name, value in found.items() if name != "resources"} == {
        "clientKey": desk.client.client_key,
        "range": "today",
        "timezone": "UTC",
        "from": "2026-03-24T00:00:00Z",
        "to": "2026-03-25T00:00:00Z",
        "total": 7,
        "byStatus": {"held": 1, "confirmed": 1, "completed": 3, "no_show": 1, "cancelled": 1, "expired": 0},
        "byChannel": {"api": 6, "voice": 1},
        "noShowRate": 0.25,
        "openMinutes": 960,
        "bookedMinutes": 150,
        "utilisation": 0.1562,
    }
    assert found["resources"] == [
        {"resourceId": ada, "openMinutes": 480, "bookedMinutes": 120, "utilisation": 0.25},
        {"resourceId": bob, "openMinutes": 480, "bookedMinutes": 30, "utilisation": 0.0625},
    ]


async def test_a_class_takes_its_time_once_however_many_come(make_desk, clock):
    desk = await make_desk(capacity=12, duration_minutes=60)
    for number in range(5):
        await desk.book(f"{DAY}T10:00:00Z", phone(number))
    await desk.hold(f"{DAY}T12:00:00Z")
    clock.set(f"{DAY}T08:00:00Z")

    found = await stats(desk)

    assert (found["total"], found["bookedMinutes"], found["openMinutes"]) == (6, 60, 480)
    assert found["utilisation"] == 0.125


async def test_nothing_is_invented_where_there_is_nothing(make_desk):
    desk = await make_desk(weekly=[])

    found = await stats(desk, "90d")

    assert (found["total"], set(found["byStatus"].values()), found["byChannel"]) == (0, {0}, {})
    assert (found["noShowRate"], found["utilisation"], found["openMinutes"]) == (None, None, 0)
    assert [each["utilisation"] for each in found["resources"]] == [None]


@pytest.mark.parametrize(
    ("wanted", "first", "days"),
    [("today", "2026-03-31", 1), ("7d", "2026-03-25", 7), ("30d", "2026-03-02", 30), ("90d", "2026-01-01", 90)],
)
async def test_ranges_are_whole_local_days_also_where_clocks_change(make_desk, clock, wanted, first, days):
    # London went to summer time on 2026-03-29: one hour less that night, none of it open.
    desk = await make_desk(client={"timezone": "Europe/London"})
    clock.set("2026-03-31T12:00:00Z")

    found = await stats(desk, wanted)

    begins = datetime.fromisoformat(found["from"])
    summer = datetime(2026, 3, 29, 1, tzinfo=UTC) <= begins
    assert found["from"] == (f"{first}T00:00:00Z" if not summer else "2026-03-30T23:00:00Z")
    assert found["to"] == "2026-03-31T23:00:00Z"
    assert found["openMinutes"] == days * 480


async def test_hours_of_the_night_belong_to_the_day_they_lie_in(make_desk, clock):
    night = [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "22:00", "end": "02:00"}]
    desk = await make_desk(weekly=night)
    clock.set(f"{DAY}T08:00:00Z")

    assert (await stats(desk))["openMinutes"] == 240
    assert (await stats(desk, "7d"))["openMinutes"] == 7 * 240


async def test_only_known_ranges_and_ones_own_numbers(desk, make_client):
    other = await make_client()

    unknown = await desk.get(f"/clients/{desk.client.client_key}/stats", range="1y")
    others = await desk.get(f"/clients/{other.client_key}/stats")
    default = await desk.get(f"/clients/{desk.client.client_key}/stats")

    assert (unknown.status_code, unknown.json()["code"]) == (422, "validation_failed")
    assert (others.status_code, others.json()["code"]) == (404, "client_not_found")
    assert default.json()["range"] == "7d"
