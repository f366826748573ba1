"""Orders of calls: what is refused, what is taken back, and what follows a call that nobody answered."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.core.clock import utcnow
from tests.bookings.conftest import phone
from tests.calls.outbound.conftest import soon


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"purpose": "callback"}, 422, "validation_failed"),
        ({"phone": phone(7), "customerId": str(uuid4()), "purpose": "callback"}, 422, "validation_failed"),
        ({"phone": phone(7), "purpose": "chat"}, 422, "validation_failed"),
        ({"phone": phone(7), "purpose": "reminder"}, 422, "validation_failed"),
        ({"phone": "1234567890123", "purpose": "callback"}, 422, "invalid_phone"),
        ({"phone": "+449012345678", "purpose": "callback"}, 422, "not_callable"),
        ({"phone": phone(7), "purpose": "callback", "notBefore": soon(days=91)}, 422, "too_far_ahead"),
        ({"phone": phone(7), "purpose": "callback", "notBefore": "9999-12-31T00:00:00Z"}, 422, "validation_failed"),
        ({"customerId": str(uuid4()), "purpose": "callback"}, 404, "customer_not_found"),
        ({"phone": phone(7), "purpose": "reminder", "bookingId": str(uuid4())}, 404, "booking_not_found"),
        ({"phone": phone(7), "purpose": "callback", "attentionId": str(uuid4())}, 404, "attention_not_found"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(board, body, status, code):
    answer = await board.desk.post("/calls", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await board.rows() == []


async def test_nobody_is_reminded_of_anothers_appointment_nor_of_one_that_is_over(board):
    booked = (await board.desk.book(soon(days=3)[:14] + "00:00Z", phone(8))).json()
    about = {"purpose": "reminder", "bookingId": booked["id"]}
    others = await board.desk.post("/calls", {**about, "phone": phone(9)})
    late = await board.desk.post("/calls", {**about, "phone": phone(8), "notBefore": soon(days=5)})
    await board.desk.do("cancel", booked)
    cancelled = await board.desk.post("/calls", {**about, "phone": phone(8)})

    assert [answer.json()["code"] for answer in (others, late, cancelled)] == ["nothing_to_remind_of"] * 3


async def test_the_same_call_waits_once(board):
    await board.order()
    answer = await board.desk.post("/calls", {"phone": phone(7), "purpose": "callback"})

    assert (answer.status_code, answer.json()["code"]) == (409, "call_waiting")


async def test_a_client_that_calls_nobody_takes_no_orders(board, sql):
    await sql("UPDATE contact_settings SET calls_per_day = 0 WHERE client_id = :id", id=board.client_id)
    answer = await board.desk.post("/calls", {"phone": phone(7), "purpose": "callback"})

    assert (answer.status_code, answer.json()["code"]) == (409, "calls_off")


async def test_a_call_that_waits_is_taken_back_and_one_that_rings_is_not(board, outside):
    waiting, ringing = await board.order(notBefore=soon(hours=1)), await board.order(phone(8))
    taken = await board.desk.post(f"/calls/{waiting['id']}/cancel")
    twice = await board.desk.post(f"/calls/{waiting['id']}/cancel")
    await board.work()
    late = await board.desk.post(f"/calls/{ringing['id']}/cancel")
    await board.again(waiting)

    assert [(answer.status_code, answer.json()["status"]) for answer in (taken, twice)] == [(200, "withdrawn")] * 2
    assert (late.status_code, late.json()["code"]) == (409, "call_under_way")
    assert [call["customer"]["number"] for call in outside.calls] == [phone(8)]


async def test_a_call_for_later_is_not_placed_before(board, outside):
    call = await board.order(notBefore=soon(hours=1))
    await board.work()

    assert call["dueAt"] == (await board.desk.get(f"/calls/{call['id']}")).json()["dueAt"] > soon(minutes=50)
    assert outside.calls == []


@pytest.mark.parametrize("reason", ["customer-did-not-answer", "customer-busy", "voicemail"])
async def test_who_does_not_answer_is_called_again_half_an_hour_later(board, outside, reason):
    call = await board.order()
    await board.work()
    await board.report(call, reason, cost=0.02)
    await board.report(call, reason)
    first, second = await board.rows()
    shown = (await board.desk.get(f"/calls/{second.id}")).json()

    assert (first.status, float(first.cost_usd)) == ("ended", 0.02)
    assert (second.status, second.phone, second.purpose, second.tries_before) == ("queued", phone(7), "callback", 1)
    assert timedelta(minutes=29) < second.due_at - utcnow() < timedelta(minutes=31)
    assert shown["followsId"] == call["id"]
    assert await board.attention() == []


async def test_after_as_many_calls_as_the_client_wants_a_person_has_to_know(board, outside):
    call = await board.order()
    await board.work()
    await board.report(call, "customer-did-not-answer")
    _, second = await board.rows()
    await board.again({"id": second.id})
    await board.report({"id": second.id}, "customer-did-not-answer")

    assert len(await board.rows()) == len(outside.calls) == 2
    [item] = await board.attention()
    assert (item["kind"], item["code"], item["phone"]) == ("call_failed", "no_answer", phone(7))


async def test_who_was_called_often_enough_today_is_called_tomorrow(board, outside):
    for purpose in ("one", "two"):
        call = await board.order()
        await board.work()
        await board.change(call, status="ended")
        assert len(outside.calls) == {"one": 1, "two": 2}[purpose]
    third = await board.order()
    await board.work()
    row = await board.row(third)

    assert (row.status, row.error_code, len(outside.calls)) == ("queued", "enough_today", 2)
    assert row.due_at.date() == utcnow().date() + timedelta(days=1)


async def test_a_call_that_did_not_come_about_waits_for_a_person(board):
    call = await board.order()
    await board.work()
    await board.report(call, "call.start.error-get-transport")

    assert [(item["kind"], item["code"]) for item in await board.attention()] == [("call_failed", "never_connected")]
    assert len(await board.rows()) == 1


async def test_a_call_that_was_answered_is_done(board):
    call = await board.order()
    await board.work()
    await board.report(call, "customer-ended-call")

    assert (await board.fate(call))[0] == "ended"
    assert (await board.attention(), len(await board.rows())) == ([], 1)


async def test_vapi_may_tell_of_a_call_before_it_has_answered_the_order(board, outside):
    call = await board.order()
    outside.faults.next("500-after,still", api="vapi")
    await board.work()
    [placed] = outside.calls
    await board.change(call, vapi_id=placed["id"], status="in_progress")
    await board.again(call)

    assert (await board.fate(call))[0] == "in_progress"
    assert len(outside.calls) == 1


async def test_a_call_that_vapi_told_of_as_of_a_strange_one_becomes_ours(board, outside):
    call = await board.order()
    outside.faults.next("500-after,still", api="vapi")
    await board.work()
    [placed] = outside.calls
    await board.sql(
        "INSERT INTO calls (client_id, id, vapi_id, direction, status, created_at, updated_at)"
        " VALUES (:client, gen_random_uuid(), :vapi, 'out', 'ringing', NOW(), NOW())",
        client=board.client_id,
        vapi=placed["id"],
    )
    await board.again(call)

    ours, strange = await board.row(call), next(row for row in await board.rows() if str(row.id) != call["id"])
    assert (ours.status, ours.vapi_id) == ("ringing", placed["id"])
    assert (strange.status, strange.vapi_id, strange.error_code) == ("failed", None, "joined")
