"""The life of a booking: which step follows which, and what the history keeps of each."""

import pytest

from app.bookings.rules import Status, Step, after
from app.core.auth import Scope

TEN = "2026-03-24T10:00:00Z"
ELEVEN = "2026-03-24T11:00:00Z"
PATHS = {step: step.value.replace("_", "-") for step in Step if step is not Step.expire}


async def bring_to(desk, clock, status):
    """Return a booking at TEN in this status."""
    if status in (Status.held, Status.expired):
        booking = (await desk.hold(TEN, "+447400123456")).json()
        if status is Status.expired:
            clock.advance(seconds=300)
            await desk.do("cancel", await desk.book(TEN))  # the next one at that time has it expired
        return booking
    booking = (await desk.book(TEN)).json()
    steps = {Status.completed: "complete", Status.no_show: "no-show", Status.cancelled: "cancel"}
    if status in steps:
        assert (await desk.do(steps[status], booking)).status_code == 200
    return booking


@pytest.mark.parametrize("step", PATHS)
@pytest.mark.parametrize("status", Status)
async def test_a_step_leads_where_the_rules_say_or_nowhere(desk, clock, status, step):
    booking = await bring_to(desk, clock, status)
    before, steps = await desk.read(booking), await desk.steps(booking)
    assert before["status"] == status

    answer = await desk.do(PATHS[step], booking, **({"startsAt": ELEVEN} if step is Step.reschedule else {}))

    following = after(status, step)
    if following is None:
        code = "hold_expired" if status is Status.expired and "hold_expired" in answer.text else "transition_invalid"
        assert (answer.status_code, answer.json()["code"]) == (409, code)
        assert await desk.read(booking) == before
        assert await desk.steps(booking) == steps
    else:
        assert (answer.status_code, answer.json()["status"]) == (200, following)
        assert answer.json()["version"] == before["version"] + 1
        assert await desk.steps(booking) == [*steps, PAST[step]]
        assert await desk.read(booking) == answer.json()


PAST = {
    Step.confirm: "confirmed",
    Step.release: "released",
    Step.extend: "extended",
    Step.reschedule: "rescheduled",
    Step.cancel: "cancelled",
    Step.complete: "completed",
    Step.no_show: "no_show",
}


async def test_a_whole_life_is_told_in_order_with_who_and_when(desk, clock):
    booking = (await desk.hold(TEN)).json()
    for step, body in (
        ("extend", {}),
        ("reschedule", {"startsAt": ELEVEN}),
        ("confirm", {"customer": {"phone": "+447400123456", "name": "Ann Other", "email": "ann@example.com"}}),
        ("no-show", {}),
        ("complete", {}),
    ):
        clock.advance(seconds=10)
        assert (await desk.do(step, booking, **body)).status_code == 200

    told = await desk.history(booking)

    happened = ["held", "extended", "rescheduled", "confirmed", "no_show", "completed"]
    assert [event["type"] for event in told] == happened
    assert [event["at"] for event in told] == [f"2026-03-23T08:00:{10 * n:02d}Z" for n in range(6)]
    assert {event["actor"] for event in told} == {f"key:{desk.client.key_id}"}
    assert "Ann" not in str(told)
    assert (await desk.read(booking))["version"] == 6


async def test_a_cancellation_keeps_its_reason_and_frees_the_time(desk, claims_of):
    booking = (await desk.book(TEN)).json()

    cancelled = await desk.do("cancel", booking, reason="has the flu")

    assert (cancelled.json()["status"], cancelled.json()["cancelReason"]) == ("cancelled", "has the flu")
    assert "flu" not in str(await desk.history(booking))
    assert await claims_of(booking) == [(desk.resource_ids[0], False)]
    assert await desk.offered(TEN) == desk.resource_ids
    assert (await desk.book(TEN)).status_code == 201


async def test_outcomes_keep_the_time_taken(desk, claims_of):
    booking = await desk.book(TEN)

    await desk.do("complete", booking)

    assert await claims_of(booking) == [(desk.resource_ids[0], True)]
    assert await desk.offered(TEN) == []


@pytest.mark.parametrize("step", ["cancel", "complete", "no-show", "reschedule"])
async def test_every_step_minds_the_version(desk, step):
    booking = await desk.book(TEN)
    body = {"startsAt": ELEVEN} if step == "reschedule" else {}

    in_header = await desk.do(step, booking, headers={"If-Match": '"7"'}, **body)
    in_body = await desk.do(step, booking, version=7, **body)
    right = await desk.do(step, booking, headers={"If-Match": '"1"'}, version=1, **body)

    assert (in_header.status_code, in_header.json()["code"]) == (412, "precondition_failed")
    assert (in_body.status_code, in_body.json()["code"]) == (409, "version_conflict")
    assert (right.status_code, right.headers["ETag"]) == (200, '"2"')


@pytest.mark.parametrize(
    ("minutes_before", "allowed"), [(121, True), (120, True), (119, False), (0, False), (-5, False)]
)
@pytest.mark.parametrize("step", ["cancel", "reschedule"])
async def test_a_key_without_administration_is_bound_by_the_cancel_window(
    make_desk, key_of, clock, step, minutes_before, allowed
):
    desk = await make_desk(client={"cancel_window_minutes": 120})
    booking = await desk.book(TEN)
    bound = await key_of(desk, Scope.bookings_read, Scope.bookings_write)
    clock.set(TEN)
    clock.advance(minutes=-minutes_before)
    body = {"startsAt": "2026-03-24T15:00:00Z"} if step == "reschedule" else {}

    answer = await desk.do(step, booking, headers=bound, **body)

    assert answer.status_code == (200 if allowed else 409), answer.text
    if not allowed:
        assert answer.json()["code"] == "cancel_window_passed"
        assert (await desk.do(step, booking, **body)).status_code == 200


async def test_steps_need_the_scope_to_write_and_reading_the_scope_to_read(desk, key_of):
    booking = await desk.book(TEN)
    reader, writer = await key_of(desk, Scope.bookings_read), await key_of(desk, Scope.bookings_write)

    refused = [
        await desk.do("cancel", booking, headers=reader),
        await desk.book(ELEVEN, headers=reader),
        await desk.hold(ELEVEN, headers=reader),
        await desk.http.get(f"/api/bookings/{booking.json()['id']}", headers=writer),
        await desk.http.get("/api/bookings", headers=writer),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(403, "insufficient_scope")}
