"""Texts that come in: signed, stored, answered by what the API does; through the webhook and the jobs behind it."""

import json
from uuid import uuid4

import pytest

from app.core.clock import utcnow
from app.core.ids import new_id
from app.messages.dialogue.service import answer
from tests.bookings.conftest import phone
from tests.messages.conftest import coming, wire
from tests.messages.dialogue.conftest import ANN, SILENCE


async def test_an_appointment_is_booked_by_text(ann):
    at = coming(hour=15)
    asked = await ann.write(f"Could I have a check-up on {at:%d %B %Y} at 3pm please")
    booked = await ann.write("yes")

    assert (asked or "").endswith("shall we book it? Reply Y, or say another time.")
    assert await ann.bookings() == [("confirmed", wire(at), "sms")]
    assert "Check-up" in (booked or "")
    assert len(ann.heard()) == 2  # the question, and one confirmation


async def test_of_three_offered_starts_one_is_chosen_moved_and_called_off(ann):
    day = coming()
    await ann.write(f"check-up {day:%d %B %Y}", "2")
    [(_, first, _)] = await ann.bookings()
    await ann.write(f"move it to {coming(2):%d %B %Y} at 11am", "y")
    [(_, second, _)] = await ann.bookings()
    await ann.write("c", "yes")

    assert (first[:10], second) == (wire(day)[:10], wire(coming(2, hour=11)))
    assert await ann.bookings() == [("cancelled", second, "sms")]


async def test_a_start_that_was_taken_meanwhile_is_refused_with_others(ann):
    at = coming(hour=15)
    await ann.write(f"check-up on {at:%d %B %Y} at 15:00")
    await ann.office.book(at, phone(8))

    said = await ann.write("y")

    assert (said or "").startswith("That time is taken. Check-up: 1) ")
    assert [each for each in await ann.bookings() if each[2] == "sms"] == []


async def test_a_text_that_comes_twice_is_answered_once(ann):
    sid = f"SM{uuid4().hex}"
    for _ in range(3):
        assert (await ann.post("book a check-up", sid=sid)).content == SILENCE
    await ann.office.work()

    assert len(await ann.office.messages(direction="in")) == 1
    assert len(ann.heard()) == 1


async def test_texts_that_wait_are_answered_in_their_order(ann):
    await ann.post(f"check-up {coming():%d %B %Y}")
    await ann.post("1")
    await ann.office.work()

    assert [status for status, _, _ in await ann.bookings()] == ["confirmed"]


async def test_each_text_is_answered_by_itself_and_the_next_one_after_it(app, ann, sql):
    await ann.post(f"check-up {coming():%d %B %Y}")
    await ann.post("1")
    [_, last] = sorted(await ann.office.messages(direction="in"), key=lambda each: each.created_at)
    waiting = "SELECT body FROM messages WHERE client_id = :id AND status = 'received'"

    left = []
    for _ in range(3):  # whichever text a job is about, the oldest that waits is answered
        async with app.state.sessions.begin() as session:
            await answer(session, ann.office.client_id, last.id, now=utcnow())
        left.append([row.body for row in await sql(waiting, id=ann.office.client_id)])

    assert left == [["1"], [], []]
    assert [status for status, _, _ in await ann.bookings()] == ["confirmed"]


@pytest.mark.parametrize("text", ["STOP", "Stop please", "UNSUBSCRIBE", "please stop texting me"])
async def test_who_stops_texts_gets_none_from_the_answer_on(ann, sql, text):
    assert (await ann.post(text)).content == SILENCE
    [stopped] = await sql("SELECT source, channel FROM opt_outs WHERE client_id = :id", id=ann.office.client_id)
    await ann.office.book(coming(), ANN)
    await ann.office.work()

    assert (stopped.source, stopped.channel) == ("text", "sms")
    assert ann.heard() == []
    assert {each.status for each in await ann.office.messages(kind="confirmation", channel="sms")} == {"suppressed"}


async def test_who_starts_again_gets_texts_again(ann):
    await ann.write("STOP", "START")
    await ann.office.book(coming(), ANN)
    await ann.office.work()

    assert len(ann.heard()) == 1


async def test_who_wants_no_texts_and_writes_is_called_back_by_a_person_and_not_booked_in_silence(ann):
    at = coming(hour=15)
    await ann.write("STOP", f"check-up on {at:%d %B %Y} at 15:00", "1")

    assert (ann.heard(), await ann.bookings()) == ([], [])
    assert await ann.waiting() == [("hand_over", "opted_out", f"check-up on {at:%d %B %Y} at 15:00\n1")]


async def test_a_yes_takes_back_a_stop_and_not_what_staff_have_noted(ann):
    booked = await ann.office.book(coming(), ANN)
    note = f"/customers/{booked['customer']['id']}/do-not-text"
    await ann.office.desk.post(note)
    await ann.write("yes")
    noted = (ann.heard(), [code for _, code, _ in await ann.waiting()])
    said = await ann.write("START", "what time is my appointment?")

    assert noted == ([], ["opted_out"])
    assert "You have booked" in (said or "")


async def test_what_twilio_has_obeyed_and_answered_is_not_answered_again(ann, sql):
    await ann.post("ya basta", OptOutType="STOP")
    await ann.post("ayuda", OptOutType="HELP")
    await ann.office.work()

    assert len(await sql("SELECT 1 FROM opt_outs WHERE client_id = :id", id=ann.office.client_id)) == 1
    assert ann.heard() == []


async def test_help_is_answered(ann):
    said = await ann.write("HELP")

    assert "text us to book" in (said or "")


async def test_the_bare_word_for_calling_off_stops_texts_and_is_shown_to_a_person(ann):
    await ann.office.book(coming(), ANN)
    await ann.post("CANCEL")

    assert await ann.waiting() == [("hand_over", "may_mean_appointment", "CANCEL")]
    assert [status for status, _, _ in await ann.bookings()] == ["confirmed"]


async def test_what_is_unclear_is_asked_back_and_then_put_before_a_person(ann):
    first = await ann.write("wibble")
    second = await ann.write("wobble")
    await ann.write("anyone there?")

    assert (first or "").startswith("Sorry, we did not get that.")
    assert (second or "").startswith("Thanks, we have passed your message on.")
    assert len(ann.heard()) == 2
    assert [kind for kind, _, _ in await ann.waiting()] == ["not_understood", "hand_over"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"Body": "", "NumMedia": "1", "MediaUrl0": "https://x.example/y"}, "picture"),
        ({"Body": "\N{TOOTH}\N{FACE WITH TEARS OF JOY}" * 40}, None),
        ({"Body": "long story " * 145}, "long_text"),
    ],
)  # fmt: skip
async def test_pictures_emoji_and_letters_find_somebody(ann, more, code):
    assert (await ann.post(**more)).status_code == 200
    await ann.office.work()

    [stored] = await ann.office.messages(direction="in")
    assert (stored.status, stored.body) == ("answered", more["Body"])
    assert [each[1] for each in await ann.waiting()] == ([code] if code else [])
    assert len(ann.heard()) == 1


@pytest.mark.parametrize("sender", ["12345", "AMAZON", "whatsapp:+447400123456"])
async def test_who_is_no_phone_is_stored_and_not_answered(ann, sender):
    await ann.post("Your code is 1234", From=sender)
    await ann.office.work()

    assert [each.address for each in await ann.office.messages(direction="in")] == [sender]
    assert ann.office.outside.messages == []


async def test_a_text_to_a_number_that_nobody_has_is_kept(ann, operator):
    line = f"+4474{new_id().int % 10**8:08d}"
    sid = f"SM{uuid4().hex}"
    answers = [await ann.post("hello", To=line, sid=sid) for _ in range(2)]

    items = (await ann.http.get("/api/unrouted", params={"limit": 200}, headers=operator)).json()["items"]
    assert [answer.content for answer in answers] == [SILENCE] * 2
    assert [each["content"]["body"] for each in items if each["line"] == line] == ["hello"]


async def test_an_unsigned_text_is_refused_and_not_stored(ann):
    ann.token = "another"
    answer = await ann.post("book a check-up")

    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
    assert await ann.office.messages(direction="in") == []


@pytest.mark.parametrize(
    "broken", [{"MessageSid": "no sid", "SmsSid": "", "SmsMessageSid": ""}, {"From": ""}, {"To": "\n"}]
)
async def test_a_signed_form_that_is_none_is_refused(ann, broken):
    answer = await ann.post("x", **broken)

    assert (answer.status_code, answer.json()["code"]) == (400, "form_unreadable")


async def test_nothing_that_was_written_stands_in_the_log(ann, logged):
    await ann.write("my tooth hurts, check-up tomorrow at 3pm")

    lines = [json.dumps(line) for line in logged()]
    assert [line for line in lines if "tooth" in line or ANN[1:] in line] == []
    assert [line for line in lines if "text_received" in line] != []


async def test_a_machine_that_answers_every_text_is_not_answered_for_ever(ann):
    for number in range(32):
        await ann.post(f"check-up tomorrow at {number % 8 + 9}:00")
    await ann.office.work()

    assert ann.heard() == []
    assert {code for _, code, _ in await ann.waiting()} == {"too_many_texts"}
