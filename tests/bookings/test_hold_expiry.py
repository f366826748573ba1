"""A hold runs out by itself: to the millisecond for who comes next, once for the history."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.bookings.events import BookingHeld
from app.bookings.jobs import end_hold, sweep_holds

TEN = "2026-03-24T10:00:00Z"


async def expire(app, held, clock):
    """Do what the job that the hold left behind does."""
    async with app.state.sessions() as session, session.begin():
        client_id = UUID(held["clientId"])
        await end_hold(session, BookingHeld(client_id, UUID(held["id"]), clock.now), now=clock.now)


async def sweep(app, clock):
    async with app.state.sessions() as session, session.begin():
        await sweep_holds(session, now=clock.now)


@pytest.fixture
async def held(desk):
    """A hold that runs out at 08:05."""
    return (await desk.hold(TEN)).json() | {"clientId": str(desk.client.id)}


async def test_a_hold_stands_until_its_last_microsecond(desk, clock, held):
    clock.set("2026-03-23T08:04:59.999999Z")

    refused = await desk.book(TEN)

    assert (refused.status_code, refused.json()["code"]) == (409, "held")
    assert await desk.offered(TEN) == []


async def test_an_expired_hold_is_bookable_in_the_same_millisecond(desk, clock, held):
    clock.set("2026-03-23T08:05:00Z")

    shown, booked = await desk.offered(TEN), await desk.book(TEN)

    assert shown == desk.resource_ids
    assert booked.status_code == 201
    assert await desk.steps(held) == ["held", "expired"]
    assert (await desk.read(held))["status"] == "expired"


@pytest.mark.parametrize("step", ["confirm", "release", "extend", "reschedule", "cancel"])
async def test_nothing_can_be_done_with_an_expired_hold(desk, clock, held, step):
    clock.set("2026-03-23T08:05:00Z")
    body = {"startsAt": TEN} if step == "reschedule" else {}

    refused = await desk.do(step, held, **body)

    assert (refused.status_code, refused.json()["code"]) == (409, "hold_expired")


async def test_an_expired_hold_cannot_be_booked(desk, clock, held):
    clock.set("2026-03-23T08:05:00Z")

    refused = await desk.book(TEN, holdId=held["id"], holdToken=held["holdToken"])

    assert (refused.status_code, refused.json()["code"]) == (409, "hold_expired")


async def test_the_job_expires_a_hold_once(app, desk, clock, held, claims_of):
    clock.set("2026-03-23T08:05:00Z")

    await expire(app, held, clock)
    await expire(app, held, clock)
    await sweep(app, clock)

    assert await desk.steps(held) == ["held", "expired"]
    assert [active for _, active in await claims_of(held)] == [False]
    told = (await desk.history(held))[1]
    assert (told["actor"], told["at"]) == ("clock", "2026-03-23T08:05:00Z")


async def test_the_sweep_expires_what_the_job_missed_once(app, desk, clock, held):
    clock.set("2026-03-23T08:06:00Z")

    await sweep(app, clock)
    await sweep(app, clock)
    await expire(app, held, clock)

    assert await desk.steps(held) == ["held", "expired"]
    assert (await desk.read(held))["version"] == 2


async def test_the_job_comes_too_early_for_a_hold_that_was_extended(app, desk, clock, held):
    clock.set("2026-03-23T08:04:00Z")
    extended = await desk.do("extend", held, seconds=600)
    clock.set("2026-03-23T08:05:00Z")

    await expire(app, held, clock)

    assert extended.json()["expiresAt"] == "2026-03-23T08:14:00Z"
    assert await desk.steps(held) == ["held", "extended"]
    assert await desk.offered(TEN) == []


async def test_the_job_leaves_a_confirmed_hold_alone(app, desk, clock, held):
    await desk.do("confirm", held, customer={"phone": "+447400123456"})
    clock.set("2026-03-23T08:06:00Z")

    await expire(app, held, clock)
    await sweep(app, clock)

    assert (await desk.read(held))["status"] == "confirmed"
    assert await desk.offered(TEN) == []


async def test_each_hold_leaves_a_job_for_its_expiry(desk, held, sql):
    jobs = await sql(
        "SELECT execute_after - created AS wait FROM pgqueuer WHERE entrypoint = 'bookings.expire_hold' "
        "AND convert_from(payload, 'UTF8') LIKE :id",
        id=f"%{held['id']}%",
    )

    assert [job.wait for job in jobs] == [timedelta(seconds=300)]


async def test_holds_are_extended_up_to_an_hour_after_they_were_made(desk, clock, held):
    clock.set("2026-03-23T08:04:00Z")
    by_default = await desk.do("extend", held)
    longest = await desk.do("extend", held, seconds=56 * 60)
    too_long = await desk.do("extend", held, seconds=56 * 60 + 1)

    assert by_default.json()["expiresAt"] == "2026-03-23T08:09:00Z"
    assert (longest.status_code, longest.json()["expiresAt"]) == (200, "2026-03-23T09:00:00Z")
    assert (too_long.status_code, too_long.json()["code"]) == (409, "hold_too_long")
    assert (await desk.read(held))["expiresAt"] == "2026-03-23T09:00:00Z"


async def test_only_holds_are_extended_and_released(desk):
    booked = await desk.book(TEN)

    answers = [await desk.do(step, booked) for step in ("extend", "release", "confirm")]

    assert [answer.json()["code"] for answer in answers] == ["transition_invalid"] * 3


async def test_a_seat_whose_hold_ran_out_is_bookable_in_the_same_millisecond(make_desk, clock):
    desk = await make_desk(capacity=2)
    await desk.book(TEN)
    held = (await desk.hold(TEN, "+447400123457")).json()
    full = await desk.book(TEN, "+447400123458")
    clock.set("2026-03-23T08:05:00Z")

    shown, booked = await desk.offered(TEN), await desk.book(TEN, "+447400123458")

    assert (full.status_code, full.json()["code"], full.json().get("heldUntil")) == (409, "capacity", None)
    assert shown == desk.resource_ids
    assert booked.status_code == 201, booked.text
    assert await desk.steps(held) == ["held", "expired"]


async def test_a_class_that_was_only_held_gives_its_resource_back(make_desk, clock, sql):
    desk = await make_desk(capacity=3)
    holds = [(await desk.hold(TEN)).json() for _ in range(3)]
    clock.set("2026-03-23T08:05:00Z")

    overlapping = await desk.book("2026-03-24T10:00:00Z", seats=3)

    assert overlapping.status_code == 201, overlapping.text
    assert [await desk.steps(held) for held in holds] == [["held", "expired"]] * 3
    rows = await sql("SELECT taken FROM sessions WHERE client_id = :id", id=desk.client.id)
    assert [row.taken for row in rows] == [3]
