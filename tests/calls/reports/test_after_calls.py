"""After a call: what was said is compared, a report that did not come is fetched, words are forgotten in time."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.calls.reports import service
from app.calls.reports.jobs import ask_for_reports
from app.calls.reports.service.missing import MOST_LOOKS
from app.core.clock import utcnow
from app.jobs.outbox import subscriptions
from tests.bookings.conftest import phone
from tests.calls.callers import PROOF
from tests.calls.outbound.conftest import soon

UNTRUE = "AI: Great, I have booked you in for Tuesday at two.\nUser: Thanks.\n"


@pytest.fixture
async def board(make_switchboard):
    """A client with a line."""
    return await make_switchboard()


@pytest.fixture
def take(board):
    """Take a call: returns its row, and has Vapi tell of its end where a reason is given."""

    async def call(transcript=None, *, reason="customer-ended-call", **more):
        vapi_id = str(uuid4())
        [line] = await board.sql("SELECT * FROM lines WHERE client_id = :id", id=board.client_id)
        about = {"id": vapi_id, "type": "inboundPhoneCall", "customer": {"number": phone(3)}}
        about["phoneNumberId"] = line.vapi_phone_number_id
        status = {"type": "status-update", "status": "in-progress", "call": about}
        report = {"type": "end-of-call-report", "call": about, "endedReason": reason, "artifact": {}, **more}
        report["artifact"]["transcript"] = transcript
        for message in (status, *((report,) if reason else ())):
            answer = await board.desk.http.post("/webhooks/vapi", json={"message": message}, headers=PROOF)
            assert answer.status_code == 200
        await board.work()
        [row] = await board.sql("SELECT * FROM calls WHERE vapi_id = :id", id=vapi_id)
        return row

    return call


async def test_who_was_told_of_a_booking_that_is_none_is_put_before_a_person(board, take):
    call = await take(UNTRUE)
    [item] = await board.attention()
    await board.do("calls.compare", event_of("calls.compare", call))

    assert (item["kind"], item["code"]) == ("told_without_booking", "told_booked")
    assert (item["callId"], item["phone"]) == (str(call.id), phone(3))
    assert call.compared_at is not None
    assert [(each["times"], each["id"]) for each in await board.attention()] == [(1, item["id"])]


async def test_what_a_tool_has_booked_is_true(board, take):
    call = await take(UNTRUE, reason=None)
    await answer_of_a_tool(board, call, "booked")
    await board.sql("UPDATE calls SET transcript = :said, reported_at = NOW() WHERE id = :id", said=UNTRUE, id=call.id)
    await board.do("calls.compare", event_of("calls.compare", call))

    assert (await board.row({"id": call.id})).compared_at is not None
    assert await board.attention() == []


async def test_what_somebody_else_has_booked_for_them_meanwhile_is_true(board, take):
    await board.desk.book(soon(days=2)[:14] + "00:00Z", phone(3))
    await take(UNTRUE)

    assert await board.attention() == []


async def test_without_a_transcript_the_summary_is_read(board, take):
    await take(None, analysis={"summary": "Your appointment has been cancelled, it was said."})

    assert [item["code"] for item in await board.attention()] == ["told_cancelled"]


async def test_a_report_that_did_not_come_is_fetched(board, take, outside):
    call = await take(reason=None)
    ended = {"status": "ended", "endedReason": "customer-ended-call", "cost": 0.25}
    outside.organisation.keep({"id": call.vapi_id, **ended, "artifact": {"transcript": UNTRUE}})
    await late(board, call)
    await look(board)
    fetched = await board.row({"id": call.id})
    await look(board)

    assert (fetched.status, fetched.ended_kind, float(fetched.cost_usd)) == ("ended", "completed", 0.25)
    assert fetched.transcript == UNTRUE
    assert fetched.looks == (await board.row({"id": call.id})).looks == 1
    assert [item["kind"] for item in await board.attention()] == ["told_without_booking"]


async def test_a_report_that_is_not_late_is_waited_for(board, take):
    call = await take(reason=None)
    await look(board)

    assert (await board.row({"id": call.id})).looks == 0


async def test_a_report_of_40_mb_that_no_webhook_takes_in_is_fetched_with_all_but_its_excess(board, take, outside):
    call = await take(reason=None)
    artifact = {"transcript": "User: " + "hello " * 6_700_000}
    ended = {"id": call.vapi_id, "status": "ended", "endedReason": "customer-ended-call", "cost": 0.75}
    outside.organisation.keep({**ended, "artifact": artifact})
    await late(board, call)

    await look(board)

    row = await board.row({"id": call.id})
    assert (float(row.cost_usd), row.ended_kind, row.error_code) == (0.75, "completed", None)
    assert (len(row.transcript), row.transcript[-6:]) == (200_000, " [cut]")


@pytest.mark.parametrize(
    ("reason", "used", "code"),
    [
        ("assistant-request-returned-invalid-assistant", False, "no_assistant"),
        ("call.start.error-subscription-concurrency-limit-reached", False, "never_connected"),
        ("assistant-request-failed", True, None),
        ("customer-ended-call", False, None),
    ],
)
async def test_a_caller_who_reached_nobody_is_put_before_a_person_once(board, take, reason, used, code):
    call = await take(reason=None)
    if used:
        await answer_of_a_tool(board, call, "told")
    for _ in range(2):
        await board.report({"id": call.id}, reason)

    missed = [(item["kind"], item["code"], item["phone"]) for item in await board.attention()]
    assert missed == ([("call_failed", code, phone(3))] if code else [])
    assert [row for row in await board.rows() if row.direction == "out"] == []


async def test_a_call_that_is_gone_is_given_up(board, take):
    call = await take(reason=None)
    await late(board, call)
    await look(board)
    await look(board)
    row = await board.row({"id": call.id})

    assert (row.status, row.error_code, row.reported_at, row.looks) == ("ended", "report_gone", None, 5)


@pytest.mark.parametrize(("fault", "code"), [("401", "vapi_key_refused"), (None, "report_missing")])
async def test_a_report_is_asked_for_five_times(board, take, outside, fault, code):
    call = await take(reason=None)
    outside.organisation.keep({"id": call.vapi_id, "status": "in-progress"})
    await late(board, call)
    given_up = []
    for _ in range(6):
        if fault:
            outside.faults.next(fault, api="vapi")
        await look(board)
        await board.change({"id": call.id}, looked_at=utcnow() - timedelta(days=1))
        given_up.append((await board.row({"id": call.id})).error_code)

    assert given_up == [None, None, None, None, code, code]


async def test_a_person_has_to_know_of_a_call_of_which_nobody_will_ever_say_how_it_went(board):
    call = await board.order(phone(5))
    await board.change(call, status="ringing", vapi_id=str(uuid4()), tried_at=utcnow() - timedelta(hours=1))
    await board.sql(
        "UPDATE calls SET started_at = NOW() - interval '1 hour' WHERE id = :id", id=(await board.row(call)).id
    )
    await look(board)

    assert [(item["kind"], item["code"]) for item in await board.attention()] == [("call_failed", "report_gone")]


async def test_words_are_kept_as_long_as_the_client_says(board, take, sql):
    await sql("UPDATE contact_settings SET keep_days = 30 WHERE client_id = :id", id=board.client_id)
    old, young = await take(UNTRUE, cost=0.5), await take(UNTRUE)
    await answer_of_a_tool(board, old, "booked")
    await answer_of_a_tool(board, young, "booked")
    await board.change({"id": old.id}, created_at=utcnow() - timedelta(days=31))
    await board.change({"id": young.id}, created_at=utcnow() - timedelta(days=29))
    async with board.sessions.begin() as session:
        await service.forget_words(session, now=utcnow(), usual=90)

    rows = [await board.row({"id": each.id}) for each in (old, young)]
    answers = [
        (await board.sql("SELECT answer FROM tool_answers WHERE call_id = :id", id=row.id))[0].answer for row in rows
    ]
    assert [(row.transcript, answer) for row, answer in zip(rows, answers, strict=True)] == [
        (None, None),
        (UNTRUE, "Booked."),
    ]
    assert (float(rows[0].cost_usd), rows[0].words_deleted_at is None, rows[1].words_deleted_at) == (0.5, False, None)


def event_of(name, call):
    reads = next(each.reads for each in subscriptions if each.name == name)
    return reads.validate_python({"client_id": call.client_id, "call_id": call.id})


async def answer_of_a_tool(board, call, code):
    await board.sql(
        "INSERT INTO tool_answers (client_id, id, call_id, tool_call_id, tool, succeeded, answer, code, run_ms,"
        " created_at) VALUES (:client, gen_random_uuid(), :call, 'call_1', 'book_appointment', true, 'Booked.', :code,"
        " 1, NOW())",
        client=board.client_id,
        call=call.id,
        code=code,
    )


async def late(board, call):
    """Have a call be over since long."""
    await board.change({"id": call.id}, started_at=utcnow() - timedelta(hours=1))


async def look(board):
    """Look for late reports once; a run takes a hundred, so those that other tests left are not among them."""
    await board.sql("UPDATE calls SET looks = :most WHERE client_id <> :id", id=board.client_id, most=MOST_LOOKS)
    async with board.sessions.begin() as session:
        await ask_for_reports(session, now=utcnow())
    await board.work()
