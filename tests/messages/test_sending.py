"""A booking leaves texts, and they leave for Twilio: once, in turn, and only while they are true and wanted."""

from datetime import timedelta

import pytest

from app.core.clock import utcnow
from app.jobs.errors import TryLater, failure_code
from tests.bookings.conftest import phone
from tests.messages.conftest import LINE, PUBLIC_URL, coming, fate, wire

LANDLINE = "+442079460123"


async def test_a_booking_is_confirmed_by_text(office, outside, confirmation):
    booked = await office.book(coming())
    await office.work()

    message, [sent] = await confirmation(), outside.messages
    assert (message.status, message.sid, message.body, message.segments) == ("accepted", sent.sid, sent.body, 1)
    assert "Check-up with Staff 0" in sent.body
    assert (sent.to, str(message.booking_id)) == (booked["customer"]["phone"], booked["id"])
    assert (sent.sender, message.line) == (message.line, message.line)
    ids = f"client={office.client_id}&message={message.id}"
    assert sent.status_callback == f"{PUBLIC_URL}/webhooks/twilio/status?{ids}#rc=3&rp=5xx,ct,rt"


async def test_a_messaging_service_sends_in_place_of_its_number(office, outside, confirmation):
    service = f"MG{'0' * 32}"
    await office.sql(
        "UPDATE lines SET messaging_service_sid = :sid WHERE client_id = :id", sid=service, id=office.client_id
    )
    await office.book(coming())
    await office.work()

    assert [(each.service_sid, each.sender) for each in outside.messages] == [(service, None)]
    assert (await confirmation()).line.startswith("+44")


async def test_too_many_requests_are_tried_again_when_twilio_says(office, outside, confirmation):
    outside.faults.next("429", api="twilio")
    await office.book(coming())
    await office.work()

    [failure] = office.failures
    refused = await confirmation()
    assert isinstance(failure, TryLater)
    assert failure_code(failure) == "twilio_busy"
    assert (*fate(refused), refused.attempts) == ("queued", "twilio_busy", 0)

    await office.change(refused, due_at=utcnow())
    await office.work()
    assert (*fate(await confirmation()), len(outside.messages)) == ("accepted", None, 1)


@pytest.mark.parametrize("code", [21211, 21614, 21408, 21606])
async def test_what_twilio_refuses_for_good_waits_for_a_person(office, outside, confirmation, code):
    outside.faults.next(str(code), api="twilio")
    await office.book(coming())
    await office.work()

    [item] = (await office.desk.get("/attention")).json()["items"]
    assert (fate(await confirmation()), item["code"]) == (("failed", str(code)), str(code))
    assert {action["name"] for action in item["actions"]} >= {"read_message", "send_again"}


async def test_who_has_opted_out_is_never_asked(office, outside, confirmation):
    outside.faults.next("21610", api="twilio")
    for hour in (10, 12):
        await office.book(coming(hour=hour))
        await office.work()

    first, second = await office.messages(kind="confirmation")
    assert (fate(first), fate(second)) == (("suppressed", "21610"), ("suppressed", "opted_out"))
    assert outside.messages == []


async def test_a_queue_that_is_full_at_the_carrier_is_tried_again_later(office, outside, confirmation):
    outside.faults.next("21611", api="twilio")
    await office.book(coming())
    await office.work()

    put_off = await confirmation()
    assert fate(put_off) == ("queued", "twilio_refused")
    assert put_off.due_at > utcnow() + timedelta(minutes=4)


async def test_while_twilio_is_away_it_is_tried_again_and_again(make_office, configured, outside):
    office = await make_office(settings=configured.model_copy(update={"twilio_api_url": "http://127.0.0.1:9"}))
    await office.book(coming())
    waits = []
    for _ in range(3):
        await office.work()
        [message] = await office.messages(kind="confirmation")
        waits.append(round((message.due_at - utcnow()).total_seconds(), -1))
        await office.change(message, due_at=utcnow())

    assert (waits, fate(message), message.attempts) == ([10, 60, 60], ("queued", "twilio_unreachable"), 0)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"twilio_account_sid": None}, "twilio_not_configured"),
        ({"twilio_auth_token": None}, "twilio_not_configured"),
        ({"public_url": None}, "public_url_missing"),
    ],
)
async def test_without_an_account_texts_are_kept_and_say_why_they_are_not_sent(
    make_office, configured, outside, logged, changes, code
):
    office = await make_office(settings=configured.model_copy(update=changes))
    await office.book(coming())
    await office.work()

    [message] = await office.messages(kind="confirmation")
    assert (fate(message), message.body is not None, outside.messages) == (("not_sent", code), True, [])
    [line] = [line for line in logged() if line["event"] == "message_not_sent"]
    assert line["code"] == code
    assert phone(1) not in str(line)


async def test_a_client_without_a_line_keeps_its_texts(make_office, outside, confirmation):
    office = await make_office(line=False)
    await office.book(coming())
    await office.work()

    assert [fate(each) for each in await office.messages(kind="confirmation")] == [("not_sent", "line_missing")]
    assert outside.messages == []


async def test_a_line_that_is_not_for_texts_sends_none(office, outside, confirmation):
    await office.sql("UPDATE lines SET texts = FALSE WHERE client_id = :id", id=office.client_id)
    await office.book(coming())
    await office.work()

    assert (fate(await confirmation()), outside.messages) == (("not_sent", "line_missing"), [])


async def test_a_landline_is_not_texted(office, outside, confirmation):
    await office.book(coming(), LANDLINE)
    await office.work()

    assert (fate(await confirmation()), outside.messages) == (("not_sent", "not_a_mobile"), [])
    assert (await office.desk.get("/attention")).json()["items"] == []


async def test_a_reminder_that_is_late_is_not_sent_at_night(office, outside):
    await office.book(coming(weeks=2))
    await office.work()
    reminder = (await office.messages(kind="reminder"))[0]
    now = utcnow()
    await office.sql(
        "UPDATE contact_settings SET quiet_from = :begins, quiet_until = :ends WHERE client_id = :id",
        begins=(now - timedelta(hours=1)).time(),
        ends=(now + timedelta(hours=1)).time(),
        id=office.client_id,
    )
    await office.change(reminder, due_at=now)
    await office.again((await office.messages(kind="reminder", id=reminder.id))[0])

    assert [fate(each) for each in await office.messages(id=reminder.id)] == [("withdrawn", "quiet_hours")]


async def test_a_message_of_an_appointment_that_has_begun_is_not_sent(office, outside, confirmation):
    await office.book(coming())
    await office.work(now=coming() + timedelta(minutes=1))

    assert (fate(await confirmation()), outside.messages) == (("withdrawn", "too_late"), [])


async def test_a_client_that_is_not_active_sends_nothing(office, outside, operator, confirmation):
    await office.book(coming())
    await office.desk.http.post(f"/api/clients/{office.desk.client.client_key}/deactivate", headers=operator)
    await office.work()

    assert (fate(await confirmation()), outside.messages) == (("withdrawn", "client_inactive"), [])


async def test_what_a_line_sends_faster_than_its_carrier_takes_waits_for_its_turn(office, outside):
    for each in range(7):
        await office.book(coming(hour=9 + each // 2) + timedelta(minutes=30 * (each % 2)), phone(each))
    await office.work(now=utcnow())
    waiting = await office.messages(kind="confirmation", status="queued")
    seen = len(outside.messages)
    for message in waiting:
        await office.change(message, turn_at=utcnow(), due_at=utcnow())
        await office.again(message)

    assert (seen, len(waiting), len(outside.messages)) == (5, 2, 7)
    first, second = [message.turn_at for message in waiting]
    assert second - first == timedelta(seconds=1)


async def test_nothing_of_a_customer_stands_in_the_log(office, outside, logged):
    outside.faults.next("21211", api="twilio")
    booked = await office.book(coming(), phone(777_001), customer={"phone": phone(777_001), "name": "Zed Quartz"})
    await office.work()
    await office.desk.do("reschedule", booked, startsAt=wire(coming(hour=15)))
    await office.work()

    lines = str(logged())
    assert "message_moved" in lines
    assert [word for word in (phone(777_001), "777001", "Zed", "Quartz", "Check-up", LINE) if word in lines] == []
