"""A call that is ordered is placed: once, in time, and only while it is wanted."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from app.calls.outbound import service as outbound
from app.calls.outbound.events import CallDue
from app.calls.outbound.rules import SETTLES
from app.core.clock import utcnow
from app.jobs.errors import failure_code
from tests.bookings.conftest import phone
from tests.calls.outbound.conftest import soon


async def test_a_call_is_placed_from_the_clients_line_by_its_assistant(board, outside):
    call = await board.order()
    await board.work()

    [placed] = outside.calls
    row = await board.row(call)
    assert (row.status, row.vapi_id, row.attempts) == ("ringing", placed["id"], 1)
    assert placed["customer"]["number"] == phone(7)
    assert placed["assistantOverrides"]["metadata"]["call_id"] == call["id"]
    assert placed["assistantOverrides"]["firstMessage"].startswith("Hello, this is Test Dental. You asked us")
    assert placed["phoneNumberId"] in outside.organisation.things["phone-number"]
    assert placed["assistantId"] in outside.organisation.things["assistant"]


async def test_a_reminder_names_the_appointment(board, outside):
    booked = (await board.desk.book(soon(days=3)[:14] + "00:00Z", phone(8))).json()
    asked = {"customerId": booked["customer"]["id"], "purpose": "reminder", "bookingId": booked["id"]}
    answer = await board.desk.post("/calls", asked)
    await board.work()

    assert answer.status_code == 201, answer.text
    [placed] = outside.calls
    assert "remind you of your Check-up on" in placed["assistantOverrides"]["firstMessage"]
    assert answer.json()["bookingId"] == booked["id"]


@pytest.mark.parametrize("fault", ["500-after", "cut-after"])
async def test_what_got_no_answer_is_found_and_not_placed_again(board, outside, fault):
    outside.faults.next(f"{fault},still", api="vapi")
    call = await board.order()
    await board.work()
    unknown = await board.fate(call)
    await board.again(call)

    assert unknown == ("unknown", "vapi_outcome_unknown")
    [placed] = outside.calls
    row = await board.row(call)
    assert (row.status, row.vapi_id, row.error_code, row.attempts) == ("ringing", placed["id"], None, 1)


async def test_what_vapi_does_not_list_is_placed_again_after_two_minutes(board, outside):
    outside.faults.next("500", api="vapi")
    call = await board.order()
    await board.work()
    await board.again(call)
    early = await board.fate(call), len(outside.calls)
    await board.change(call, tried_at=utcnow() - SETTLES)
    await board.again(call)
    taken_back = await board.row(call)
    await board.again(call)

    assert early == (("unknown", "vapi_outcome_unknown"), 0)
    assert [failure_code(each) for each in board.failures] == ["vapi_outcome_unknown", "fate_unknown"]
    assert (taken_back.status, taken_back.tried_at, taken_back.attempts) == ("queued", None, 1)
    assert ((await board.row(call)).attempts, len(outside.calls)) == (2, 1)


@pytest.mark.parametrize(("status", "attempts"), [("unknown", 2), ("dispatching", 10)])
async def test_a_call_is_not_placed_for_ever(board, outside, status, attempts):
    call = await board.order()
    await board.change(call, status=status, attempts=attempts, tried_at=utcnow() - SETTLES)
    await board.again(call)

    assert (await board.fate(call), outside.calls) == (("failed", "outcome_unknown"), [])
    [item] = await board.attention()
    assert (item["kind"], item["code"], item["callId"]) == ("call_failed", "outcome_unknown", call["id"])


@pytest.mark.parametrize("begun", [False, True])
async def test_several_who_look_at_one_call_at_once_place_it_once(board, outside, begun):
    call = await board.order()
    if begun:
        await board.change(call, status="dispatching", attempts=1, tried_at=utcnow() - SETTLES)
    await board.change(call, due_at=utcnow())
    event = CallDue(board.client_id, UUID(call["id"]), utcnow())
    await asyncio.gather(*(board.do("calls.place", event) for _ in range(5)))
    await board.work()
    await asyncio.gather(*(board.do("calls.place", event) for _ in range(5)))

    assert (len(outside.calls), (await board.fate(call))[0]) == (1, "ringing")


async def test_a_slow_look_does_not_undo_what_began_meanwhile(board, outside):
    call = await board.order()
    begun = utcnow() - SETTLES
    await board.change(call, status="dispatching", attempts=1, tried_at=utcnow())
    async with board.sessions.begin() as session:
        await outbound.queue_for(session, board.client_id, UUID(call["id"]), utcnow(), None, known=begun, now=utcnow())

    assert (await board.row(call)).status == "dispatching"


async def test_a_busy_vapi_is_asked_again_when_it_says(board, outside):
    outside.faults.next("429", api="vapi")
    call = await board.order()
    await board.work()
    refused = await board.row(call)
    await board.again(call)

    assert failure_code(board.failures[0]) == "vapi_busy"
    assert (refused.status, refused.error_code, refused.attempts, refused.tried_at) == ("queued", "vapi_busy", 0, None)
    assert (await board.fate(call), len(outside.calls)) == (("ringing", None), 1)


async def test_what_vapi_refuses_waits_for_a_person(board, outside):
    outside.organisation.things["assistant"].clear()
    call = await board.order()
    await board.work()

    assert await board.fate(call) == ("failed", "vapi_refused")
    assert [(item["kind"], item["code"]) for item in await board.attention()] == [("call_failed", "vapi_refused")]


@pytest.mark.parametrize(
    ("lacking", "code"),
    [({"assistant": False}, "assistant_missing"), ({"line": False}, "line_missing")],
)
async def test_a_call_that_cannot_be_made_says_why(make_switchboard, outside, lacking, code):
    board = await make_switchboard(**lacking)
    call = await board.order()
    await board.work()

    assert await board.fate(call) == ("not_placed", code)
    assert [item["code"] for item in await board.attention()] == [code]
    assert outside.calls == []


async def test_without_an_account_calls_are_kept_as_not_placed(make_switchboard, configured):
    board = await make_switchboard(settings=configured.model_copy(update={"vapi_api_key": None}))
    call = await board.order()
    await board.work()

    assert await board.fate(call) == ("not_placed", "vapi_not_configured")


async def test_no_more_are_in_progress_than_may_be(make_switchboard, configured, outside, sql):
    [busy] = await sql(
        "SELECT count(*) AS calls FROM calls WHERE direction = 'out' AND tried_at > NOW() - interval '1 hour'"
        " AND status IN ('dispatching', 'unknown', 'ringing', 'in_progress', 'forwarding')"
    )
    board = await make_switchboard(settings=configured.model_copy(update={"voice_concurrency": busy.calls + 1}))
    first, second = await board.order(phone(1)), await board.order(phone(2))
    await board.work()
    crowded = await board.fate(second)
    await board.change(first, status="ended")
    await board.again(second)

    assert crowded == ("queued", "too_many_calls")
    assert [failure_code(each) for each in board.failures] == ["too_many_calls"]
    assert (await board.fate(second))[0] == "ringing"
    assert len(outside.calls) == 2


async def test_who_wants_no_calls_is_not_called(board, outside):
    customer = (await board.desk.post("/customers", {"phone": phone(7)})).json()
    waiting = await board.order()
    forbidden = await board.desk.post(f"/customers/{customer['id']}/do-not-call")
    refused = await board.desk.post("/calls", {"phone": phone(7), "purpose": "callback"})
    await board.work()

    assert forbidden.json() == {"customerId": customer["id"], "doNotCall": True}
    assert (refused.status_code, refused.json()["code"]) == (409, "do_not_call")
    assert await board.fate(waiting) == ("withdrawn", "do_not_call")
    assert outside.calls == []

    await board.desk.http.delete(f"/api/customers/{customer['id']}/do-not-call", headers=board.desk.place.headers)
    await board.order()


async def test_whether_they_want_calls_is_looked_at_again_before_it_rings(board, outside):
    call = await board.order()
    customer = (await board.desk.post("/customers", {"phone": phone(7)})).json()
    await board.desk.post(f"/customers/{customer['id']}/do-not-call")
    await board.change(call, status="queued")
    await board.again(call)

    assert (await board.fate(call), outside.calls) == (("withdrawn", "do_not_call"), [])


async def test_a_call_waits_for_opening_hours(make_switchboard, outside):
    board = await make_switchboard(weekly=[{"days": [1], "start": "09:00", "end": "17:00"}])
    call = await board.order()
    tuesday = utcnow().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(
        days=(1 - utcnow().weekday()) % 7 + 7
    )
    await board.again(call, now=tuesday)

    row = await board.row(call)
    assert (row.status, row.error_code) == ("queued", "outside_hours")
    assert row.due_at == (tuesday + timedelta(days=6)).replace(hour=9)
    assert outside.calls == []


async def test_a_reminder_that_would_come_too_late_is_not_made(board, outside):
    quiet = "UPDATE contact_settings SET quiet_from = '21:00', quiet_until = '08:00' WHERE client_id = :id"
    await board.sql(quiet, id=board.client_id)
    starts = (utcnow() + timedelta(days=8)).replace(hour=7, minute=0, second=0, microsecond=0)
    booked = (await board.desk.book(starts.isoformat().replace("+00:00", "Z"), phone(8))).json()
    asked = {"customerId": booked["customer"]["id"], "purpose": "reminder", "bookingId": booked["id"]}
    call = (await board.desk.post("/calls", asked)).json()
    await board.again(call, now=starts - timedelta(hours=2))

    assert (await board.fate(call), outside.calls) == (("not_placed", "too_late"), [])


async def test_nobody_is_reminded_of_what_was_cancelled(board, outside):
    booked = (await board.desk.book(soon(days=3)[:14] + "00:00Z", phone(8))).json()
    asked = {"customerId": booked["customer"]["id"], "purpose": "reminder", "bookingId": booked["id"]}
    call = (await board.desk.post("/calls", asked)).json()
    await board.desk.do("cancel", booked)
    await board.work()

    assert (await board.fate(call), outside.calls) == (("withdrawn", "booking_changed"), [])


async def test_an_erased_customer_is_not_called(board, outside):
    customer = (await board.desk.post("/customers", {"phone": phone(7)})).json()
    call = await board.order()
    erased = await board.desk.post(f"/customers/{customer['id']}/erase", headers={"If-Match": '"1"'})
    await board.work()

    assert erased.status_code == 200, erased.text
    assert (await board.fate(call), outside.calls) == (("withdrawn", "customer_erased"), [])
