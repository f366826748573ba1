"""Texts of the hostile and the confused, and what happens around a talk while it goes on."""

import asyncio
import json
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest

from app.core.clock import utcnow
from app.sandbox.twilio.rules import sign
from tests.bookings.conftest import phone
from tests.messages.conftest import PUBLIC_URL, coming, wire
from tests.messages.dialogue.conftest import ANN, PATH, SILENCE

FORM = "application/x-www-form-urlencoded"


async def jobs_at_once(texter, times=3):
    """Have the answering of what was written be begun by several workers at once."""
    await asyncio.gather(*[texter.office.work(rounds=1) for _ in range(times)])
    await texter.office.work()


async def test_two_workers_answer_a_text_once(ann):
    at = coming(hour=15)
    await ann.write(f"check-up on {at:%d %B %Y} at 15:00")
    for _ in range(3):
        await ann.post("yes")

    await jobs_at_once(ann)

    assert await ann.bookings() == [("confirmed", wire(at), "sms")]
    assert ann.office.failures == []


async def test_texts_that_come_at_once_are_each_taken_once(ann):
    at = coming(hour=15)
    await ann.write(f"check-up on {at:%d %B %Y} at 15:00")
    sids = [f"SM{uuid4().hex}" for _ in range(3)] * 3

    answers = await asyncio.gather(*[ann.post("y", sid=sid) for sid in sids])
    await jobs_at_once(ann)

    assert {answer.content for answer in answers} == {SILENCE}
    assert len(await ann.office.messages(direction="in")) == 1 + 3
    assert len(await ann.bookings()) == 1


async def test_two_customers_who_take_the_same_start_get_one_and_another_offer(ann, make_texter):
    at = coming(hour=15)
    bob = make_texter(phone(8))
    for texter in (ann, bob):
        await texter.write(f"check-up on {at:%d %B %Y} at 15:00")
        await texter.post("y")

    await jobs_at_once(ann)

    assert [start for _, start, _ in await ann.bookings()] == [wire(at)]
    assert sum("That time" in said for texter in (ann, bob) for said in texter.heard()) == 1


async def test_who_stops_while_an_answer_is_under_way_gets_none(ann):
    await ann.post(f"check-up {coming():%d %B %Y}")
    await ann.office.work(rounds=1)
    await ann.post("STOP")
    await ann.office.work()

    [reply] = await ann.office.messages(direction="out", kind="reply")
    assert (reply.status, ann.heard()) == ("suppressed", [])


async def test_stops_and_answers_at_once_do_not_wait_for_each_other(ann):
    for _ in range(3):
        await ann.post("book a check-up")
        await asyncio.gather(ann.office.work(rounds=1), ann.post("STOP"), ann.post("START"), ann.post("STOP"))

    assert ann.office.failures == []


async def test_a_stop_that_comes_again_does_not_undo_a_later_start_nor_a_yes_a_later_stop(ann, sql):
    stop, yes = f"SM{uuid4().hex}", f"SM{uuid4().hex}"
    opted_out = "SELECT count(*) AS number FROM opt_outs WHERE client_id = :id"

    seen = []
    for body, sid in (("STOP", stop), ("YES", yes), ("STOP", stop), ("STOP", None), ("YES", yes)):
        await ann.post(body, sid=sid)
        [row] = await sql(opted_out, id=ann.office.client_id)
        seen.append(row.number)

    assert seen == [1, 0, 0, 1, 1]


@pytest.fixture
async def full(ann, sql):
    """A database that takes no opt-outs of the client, until `full.mend()`."""
    trigger = f"refuse_{ann.office.client_id.hex}"
    await sql(f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE disk_full; END'")
    await sql(
        f"CREATE TRIGGER {trigger} BEFORE INSERT ON opt_outs FOR EACH ROW"
        f" WHEN (NEW.client_id = '{ann.office.client_id}') EXECUTE FUNCTION {trigger}()"
    )

    class Full:
        async def mend(self):
            await sql(f"DROP FUNCTION IF EXISTS {trigger}() CASCADE")

    yield Full()
    await Full().mend()


async def test_a_stop_that_cannot_be_stored_is_answered_with_a_failure_and_obeyed_when_it_comes_again(
    ann, sql, full, logged
):
    sid = f"SM{uuid4().hex}"
    failed = await ann.post("STOP texting me about my tooth", sid=sid)
    kept = await ann.office.messages(direction="in")
    await full.mend()
    again = await ann.post("STOP", sid=sid)

    lines = [json.dumps(line) for line in logged()]
    assert (failed.status_code >= 500, kept) == (True, [])
    assert [line for line in lines if "tooth" in line or ANN[1:] in line] == []
    assert (again.status_code, again.content) == (200, SILENCE)
    assert len(await sql("SELECT 1 FROM opt_outs WHERE client_id = :id", id=ann.office.client_id)) == 1


async def test_a_yes_without_a_stop_is_an_answer(ann):
    at = coming(hour=15)
    await ann.write(f"check-up on {at:%d %B %Y} at 15:00", "YES")

    assert await ann.bookings() == [("confirmed", wire(at), "sms")]


@pytest.mark.parametrize(
    "state",
    [
        '{"stage": "wizard", "starts": 7}', "{}", "[]", '{"stage": "book", "aim": "book", "starts": []}',
        '{"stage": "time", "aim": "book", "starts": ["2020-01-01T10:00:00Z"]}',
        '{"stage": "appointment", "aim": "cancel", "choices": ["018f0000-0000-7000-8000-000000000000"]}',
        '{"stage": "cancel", "aim": "cancel", "booking_id": "018f0000-0000-7000-8000-000000000000"}',
        '{"stage": "book", "service_id": "018f0000-0000-7000-8000-000000000000", "starts": ["2030-01-01T10:00:00Z"]}',
    ],
)  # fmt: skip
async def test_a_talk_of_another_version_books_nothing_and_goes_on(ann, state):
    await ann.office.set("dialogues", phone=ANN, state=state, updated_at=utcnow())

    await ann.write("1", "yes")
    said = await ann.write("what time is my appointment?")

    assert (said or "").startswith("We have no appointment under this number.")
    assert (await ann.bookings(), ann.office.failures) == ([], [])


async def test_a_talk_of_the_day_before_yesterday_is_forgotten(ann, sql):
    await ann.write(f"check-up {coming():%d %B %Y}")
    await sql(
        "UPDATE dialogues SET updated_at = :then WHERE client_id = :id",
        then=utcnow() - timedelta(days=2),
        id=ann.office.client_id,
    )

    await ann.write("1")

    assert await ann.bookings() == []


async def test_a_service_that_is_archived_meanwhile_is_not_booked(ann, sql):
    await ann.write(f"check-up {coming():%d %B %Y}")
    await sql("UPDATE services SET status = 'archived' WHERE client_id = :id", id=ann.office.client_id)

    said = await ann.write("1")

    assert "nothing can be booked by text" in (said or "")
    assert await ann.bookings() == []


async def test_an_appointment_that_staff_cancel_meanwhile_is_not_moved(ann):
    booked = await ann.office.book(coming(), ANN)
    await ann.write(f"move it to {coming(2):%d %B %Y} at 11am")
    await ann.office.desk.post(f"/bookings/{booked['id']}/cancel")
    await ann.office.work()

    await ann.write("y")

    assert any("not there any more" in said for said in ann.heard())
    assert [status for status, _, _ in await ann.bookings()] == ["cancelled"]


async def test_a_client_that_is_deactivated_meanwhile_books_nothing(ann, sql):
    await ann.write(f"check-up {coming():%d %B %Y}")
    heard = len(ann.heard())
    await ann.post("1")
    await sql("UPDATE clients SET status = 'inactive' WHERE id = :id", id=ann.office.client_id)

    await ann.office.work()
    after = await ann.post("2")

    assert (after.content, len(ann.heard()), ann.office.failures) == (SILENCE, heard, [])
    rows = await sql("SELECT 1 FROM bookings WHERE client_id = :id", id=ann.office.client_id)
    assert (rows, {each.status for each in await ann.office.messages(direction="in")}) == ([], {"answered"})


async def test_who_is_forgotten_in_the_middle_leaves_no_word_behind(ann, sql):
    booked = await ann.office.book(coming(), ANN)
    customer = booked["customer"]["id"]
    await ann.write("my tooth hurts, can I come sooner")
    await ann.post("are you there")

    for _ in range(2):
        await asyncio.gather(ann.office.work(rounds=1), ann.office.desk.post(f"/customers/{customer}/erase"))
    await ann.office.work()

    messages = await ann.office.messages()
    left = [each for each in messages if each.customer_id is not None and (each.body or each.address)]
    talks = await sql("SELECT 1 FROM dialogues WHERE client_id = :id", id=ann.office.client_id)
    assert (left, talks, ann.office.failures) == ([], [], [])
    assert {each.status for each in messages if each.direction == "in"} == {"answered"}
    assert [said for _, _, said in await ann.waiting() if said] == []


@pytest.mark.parametrize(
    "body",
    ["\N{FACE WITH TEARS OF JOY}" * 1_600, "\u202e\u200fyes\u200f", "\x00\x07", "a\u0301" * 700, "'; DROP TABLE x;--"],
)
async def test_strange_texts_are_kept_and_book_nothing(ann, body):
    assert (await ann.post(body)).content == SILENCE
    await ann.office.work()

    [stored] = await ann.office.messages(direction="in")
    assert (stored.status, ann.office.failures, await ann.bookings()) == ("answered", [], [])


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(ann):
    async def chunks():
        for _ in range(45):
            yield b"a" * 1_000_000

    declared = await ann.http.post(PATH, content=b"a" * 40_000_000, headers={"Content-Type": FORM})
    chunked = await ann.http.post(PATH, content=chunks(), headers={"Content-Type": FORM})

    assert [(each.status_code, each.json()["code"]) for each in (declared, chunked)] == [(413, "body_too_large")] * 2


@pytest.mark.parametrize(
    "content_type", [FORM, "application/json", "text/plain", "multipart/form-data; boundary=x", ""]
)
@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b'{"Body": "hello"}', b"Body=hello&" * 600])
async def test_what_is_not_signed_is_refused_whatever_it_is(ann, content_type, body):
    headers = {"Content-Type": content_type, "X-Twilio-Signature": "AAAA"}

    answer = await ann.http.post(PATH, content=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")


@pytest.mark.parametrize(
    ("body", "content_type"), [(b'{"MessageSid": "SM1"}', "application/json"), (b"[]", "text/plain"), (b"", FORM)]
)
async def test_what_is_signed_and_no_form_of_a_text_is_refused_by_name(ann, body, content_type):
    path = f"{PATH}?bodySHA256={sha256(body).hexdigest()}" if content_type != FORM else PATH
    headers = {"Content-Type": content_type, "X-Twilio-Signature": sign(ann.token, PUBLIC_URL + path, [])}

    answer = await ann.http.post(path, content=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "form_unreadable")


async def test_a_signed_body_of_json_that_was_changed_is_refused(ann):
    path = f"{PATH}?bodySHA256={sha256(b'{}').hexdigest()}"
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": sign(ann.token, PUBLIC_URL + path, [])}

    answer = await ann.http.post(path, content=b'{"a": 1}', headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")


async def test_nothing_of_who_is_refused_or_unknown_stands_in_the_log(ann, logged):
    await ann.post("my tooth hurts", To="+447400000001")
    await ann.post("my tooth hurts", From="12345")
    await ann.post("my tooth hurts", MessageSid="none", SmsSid="", SmsMessageSid="")
    ann.token = "wrong"
    await ann.post("my tooth hurts")

    lines = [json.dumps(line) for line in logged()]
    assert [line for line in lines if "tooth" in line or ANN[1:] in line or "7400000001" in line] == []
    assert len([line for line in lines if "text_received" in line]) == 2
