"""What got no answer is looked for before anything is repeated; so each text is sent once."""

import asyncio

import pytest

from app.core.clock import utcnow
from app.jobs.errors import failure_code
from app.messages.sending.rules import SETTLES
from tests.messages.conftest import coming, fate


@pytest.mark.parametrize("fault", ["500-after", "cut-after"])
async def test_what_got_no_answer_is_found_and_not_sent_again(office, outside, confirmation, fault):
    outside.faults.next(fault, api="twilio")
    await office.book(coming())
    await office.work()
    unknown = await confirmation()
    await office.change(unknown, due_at=utcnow())
    await office.work()

    assert (*fate(unknown), unknown.sid) == ("unknown", "twilio_outcome_unknown", None)
    [sent] = outside.messages
    assert ((await confirmation()).status, (await confirmation()).sid) == ("delivered", sent.sid)


async def test_what_twilio_does_not_list_is_sent_again_after_two_minutes(office, outside, confirmation):
    outside.faults.next("500", api="twilio")
    await office.book(coming())
    await office.work()
    await office.change(await confirmation(), due_at=utcnow())
    await office.again(await confirmation())
    early = await confirmation(), len(outside.messages)
    await office.change(early[0], tried_at=utcnow() - SETTLES)
    await office.again(await confirmation())

    assert [failure_code(each) for each in office.failures] == ["twilio_outcome_unknown", "fate_unknown"]
    assert (early[0].status, early[0].attempts, early[1]) == ("unknown", 1, 0)
    assert ((await confirmation()).status, (await confirmation()).attempts, len(outside.messages)) == ("accepted", 2, 1)


@pytest.mark.parametrize(("status", "attempts"), [("unknown", 2), ("sending", 10)])
async def test_a_message_is_not_sent_for_ever(office, outside, confirmation, status, attempts):
    await office.book(coming())
    await office.work()
    outside.reset()
    lost = {"status": status, "sid": None, "attempts": attempts}
    await office.change(await confirmation(), **lost, tried_at=utcnow() - SETTLES, due_at=utcnow())
    await office.again(await confirmation())

    assert (outside.messages, fate(await confirmation())) == ([], ("failed", "outcome_unknown"))
    [item] = (await office.desk.get("/attention")).json()["items"]
    assert (item["kind"], item["code"]) == ("confirmation_undelivered", "outcome_unknown")


async def test_what_is_not_true_any_more_is_not_sent_again(office, outside, confirmation):
    booked = await office.book(coming())
    await office.work()
    outside.reset()
    await office.change(await confirmation(), status="sending", sid=None, tried_at=utcnow() - SETTLES)
    await office.desk.do("cancel", booked)
    await office.again(await confirmation())

    assert fate(await confirmation()) == ("withdrawn", "booking_changed")


@pytest.mark.parametrize("begun", [False, True])
async def test_two_who_look_at_one_message_at_once_send_it_once(office, outside, confirmation, begun):
    outside.faults.next("429", api="twilio")
    await office.book(coming())
    await office.work()
    lost = {"status": "sending", "tried_at": utcnow() - SETTLES, "attempts": 1} if begun else {}
    await office.change(await confirmation(), due_at=utcnow(), **lost)
    message = await confirmation()
    await asyncio.gather(*(office.again(message) for _ in range(5)))

    assert len(outside.messages) == 1
    assert (await confirmation()).status in {"accepted", "delivered"}


async def test_two_texts_that_say_the_same_are_not_taken_for_one(office, outside, confirmation):
    booked = await office.book(coming())
    await office.work()
    first, [sent] = await confirmation(), outside.messages
    await office.sql(
        "INSERT INTO messages (client_id, id, direction, channel, kind, status, booking_id, booking_version, address,"
        " line, body, due_at, tried_at, attempts, created_at, updated_at)"
        " SELECT client_id, gen_random_uuid(), 'out', channel, 'reply', 'sending', NULL, NULL, address, line, body,"
        " NOW(), NOW(), 1, NOW(), NOW() FROM messages WHERE id = :id",
        id=first.id,
    )
    [double] = await office.messages(kind="reply")
    await office.again(double)

    assert booked["id"] == str(first.booking_id)
    assert [each.sid for each in outside.messages] == [sent.sid]
    assert [(each.status, each.sid) for each in await office.messages(kind="reply")] == [("sending", None)]
    assert [failure_code(each) for each in office.failures] == ["fate_unknown"]
