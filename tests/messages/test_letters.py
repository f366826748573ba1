"""Customers with an address get e-mail with the appointment for their calendar, through a real mail server."""

import pytest
from icalendar import Calendar
from pydantic import SecretStr

from app.core.clock import utcnow
from app.jobs.errors import failure_code
from app.messages.sending.rules import SETTLES
from tests.bookings.conftest import phone
from tests.messages.conftest import coming, wire

SAM = {"phone": phone(1), "name": "Sam Example", "email": "sam@example.com"}


@pytest.fixture
async def by_mail(office):
    """An office that writes e-mail alone, and says so from an address of its own."""
    await office.sql(
        "UPDATE contact_settings SET texts = FALSE, sender_email = 'desk@dental.example',"
        " reply_to = 'us@dental.example', address = '12 High Street' WHERE client_id = :id",
        id=office.client_id,
    )
    return office


async def book(office, start=None):
    answer = await office.desk.post(
        "/bookings", {**office.desk.place.wanted(wire(start or coming(weeks=2)), None), "customer": SAM}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def event_of(letter):
    part = next(part for part in letter.message.walk() if part.get_content_type() == "text/calendar")
    calendar = Calendar.from_ical(part.get_content())
    return calendar, calendar.walk("VEVENT")[0]


async def confirmation(office):
    [found] = await office.messages(kind="confirmation", channel="email")
    return found


async def test_a_confirmation_brings_the_appointment(by_mail, outside):
    booked = await book(by_mail)
    await by_mail.work()

    [letter], message = outside.letters, await confirmation(by_mail)
    assert (message.status, message.address, message.line) == ("sent", "sam@example.com", "desk@dental.example")
    assert (letter.sender, letter.receivers) == ("desk@dental.example", ("sam@example.com",))
    assert letter.message["Message-ID"] == f"<{message.id}@dental.example>"
    assert (letter.message["Reply-To"], letter.message["Subject"]) == ("us@dental.example", message.subject)
    calendar, event = event_of(letter)
    assert (calendar["METHOD"], event["UID"], event["SEQUENCE"]) == ("REQUEST", booked["id"], 1)
    assert (event["DTSTART"].dt, event["LOCATION"]) == (coming(weeks=2), "12 High Street")
    assert "Sam Example" in message.body
    assert "12 High Street" in message.body


async def test_a_change_and_a_cancellation_are_of_the_same_appointment(by_mail, outside):
    booked = await book(by_mail)
    await by_mail.work()
    await by_mail.desk.do("reschedule", booked, startsAt=wire(coming(weeks=2, hour=14)))
    await by_mail.work()
    await by_mail.desk.do("cancel", booked)
    await by_mail.work()

    seen = [event_of(letter) for letter in outside.letters]
    assert [(calendar["METHOD"], event["SEQUENCE"]) for calendar, event in seen] == [
        ("REQUEST", 1),
        ("REQUEST", 2),
        ("CANCEL", 3),
    ]
    assert {str(event["UID"]) for _, event in seen} == {booked["id"]}
    assert [letter.message["Subject"].split(":")[0] for letter in outside.letters] == ["Booked", "Moved", "Cancelled"]


async def test_a_reminder_brings_it_too(by_mail, outside):
    await book(by_mail)
    await by_mail.work()
    reminder = (await by_mail.messages(kind="reminder"))[0]
    await by_mail.change(reminder, due_at=utcnow())
    await by_mail.again((await by_mail.messages(id=reminder.id))[0])

    assert outside.letters[-1].message["Subject"].startswith("Reminder: Check-up")
    assert event_of(outside.letters[-1])[1]["SEQUENCE"] == 1


async def test_who_has_no_address_gets_no_letter(by_mail, outside):
    await by_mail.book(coming())
    await by_mail.work()

    assert (await by_mail.messages(), outside.letters) == ([], [])


async def test_a_client_without_an_address_writes_from_ours(office, outside):
    await book(office)
    await office.work()

    assert [letter.sender for letter in outside.letters] == ["bookings@example.com"]


async def test_without_a_mail_server_letters_are_kept(make_office, configured, outside):
    office = await make_office(settings=configured.model_copy(update={"smtp_url": None}))
    await book(office)
    await office.work()

    message = await confirmation(office)
    assert (message.status, message.error_code) == ("not_sent", "email_not_configured")
    assert "Check-up" in message.body


async def test_without_any_sender_letters_are_kept(make_office, configured):
    office = await make_office(settings=configured.model_copy(update={"email_from": None}))
    await book(office)
    await office.work()

    assert [(each.status, each.error_code) for each in await office.messages(channel="email", kind="confirmation")] == [
        ("not_sent", "sender_missing")
    ]


async def test_a_server_that_is_busy_is_tried_again(by_mail, outside):
    outside.faults.next("451", api="mail")
    await book(by_mail)
    await by_mail.work()
    busy = await confirmation(by_mail)
    await by_mail.change(busy, due_at=utcnow())
    await by_mail.work()

    assert (busy.status, busy.error_code, busy.attempts) == ("queued", "mail_later", 0)
    assert [failure_code(each) for each in by_mail.failures] == ["mail_later"]
    assert ((await confirmation(by_mail)).status, len(outside.letters)) == ("sent", 1)


async def test_an_address_that_is_refused_waits_for_a_person(by_mail, outside):
    outside.faults.next("550", api="mail")
    await book(by_mail)
    await by_mail.work()

    message = await confirmation(by_mail)
    [item] = (await by_mail.desk.get("/attention")).json()["items"]
    assert (message.status, item["code"], item["messageId"]) == ("failed", message.error_code, str(message.id))


async def test_a_server_that_is_away_is_tried_again(make_office, configured):
    away = configured.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:9")})
    office = await make_office(settings=away)
    await book(office)
    await office.work()

    message = await confirmation(office)
    assert (message.status, message.error_code, message.attempts) == ("queued", "mail_unreachable", 0)


async def test_a_letter_of_unknown_fate_is_sent_again_once_and_is_the_same(by_mail, outside):
    await book(by_mail)
    await by_mail.work()
    lost = {"status": "unknown", "tried_at": utcnow() - SETTLES}
    for attempts in (1, 2):
        await by_mail.change(await confirmation(by_mail), **lost, attempts=attempts)
        await by_mail.again(await confirmation(by_mail))

    first, second = outside.letters
    assert first.content == second.content
    assert ((await confirmation(by_mail)).status, (await confirmation(by_mail)).error_code) == (
        "failed",
        "outcome_unknown",
    )
