"""Messages through the API: found, read, sent again; told to their customer, and forgotten."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.core.clock import utcnow
from app.messages.jobs import forget_words
from app.messages.service import send_again
from tests.bookings.conftest import phone
from tests.messages.conftest import coming, wire


async def listed(office, **query):
    answer = await office.desk.get("/messages", **query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest.fixture
async def refused(office, outside):
    """A confirmation that Twilio has refused."""
    outside.faults.next("21211", api="twilio")
    await office.book(coming(weeks=2))
    await office.work()
    [message] = await office.messages(kind="confirmation")
    return message


async def test_what_was_sent_can_be_read(office, outside):
    booked = await office.book(coming(weeks=2))
    await office.work()

    [shown] = await listed(office, kind="confirmation")
    assert (await office.desk.get(f"/messages/{shown['id']}")).json() == shown
    assert (shown["status"], shown["direction"], shown["channel"], shown["segments"]) == ("accepted", "out", "sms", 1)
    assert (shown["bookingId"], shown["customerId"]) == (booked["id"], booked["customer"]["id"])
    assert (shown["address"], shown["body"]) == (phone(1), outside.messages[0].body)


async def test_messages_are_found_by_what_is_known_of_them(office):
    one, other = [await office.book(coming(weeks=2, hour=hour), phone(hour)) for hour in (9, 11)]
    await office.work()

    found = {
        name: len(await listed(office, **{name: value}))
        for name, value in (
            ("status", "queued"),
            ("channel", "email"),
            ("direction", "in"),
            ("kind", "reminder"),
            ("bookingId", one["id"]),
            ("customerId", other["customer"]["id"]),
            ("since", wire(utcnow() + timedelta(minutes=1))),
        )
    }
    assert found == {
        "status": 4,
        "channel": 0,
        "direction": 0,
        "kind": 4,
        "bookingId": 3,
        "customerId": 3,
        "since": 0,
    }


async def test_a_list_goes_on_where_it_ended_and_the_newest_come_first(office):
    for hour in (9, 11):
        await office.book(coming(weeks=2, hour=hour), phone(hour))
        await office.work()

    first = (await office.desk.get("/messages", limit=4)).json()
    second = (await office.desk.get("/messages", limit=4, after=first["nextAfter"])).json()
    pages = [[item["createdAt"] for item in page["items"]] for page in (first, second)]
    assert ([len(page) for page in pages], second["nextAfter"]) == ([4, 2], None)
    times = [made for page in pages for made in page]
    assert times == sorted(times, reverse=True)


async def test_what_failed_is_sent_again_as_a_message_of_its_own(office, outside, refused):
    answer = await office.desk.post(f"/messages/{refused.id}/send")
    twice = await office.desk.post(f"/messages/{refused.id}/send")
    await office.work()

    assert (answer.status_code, answer.json()["id"]) == (201, twice.json()["id"])
    assert (answer.json()["status"], answer.json()["kind"]) == ("queued", "confirmation")
    assert [each.status for each in await office.messages(kind="confirmation")] == ["failed", "accepted"]
    assert len(outside.messages) == 1


async def test_what_fails_again_can_be_sent_again_from_either(office, outside, refused):
    for again in range(2):
        outside.faults.next("21211", api="twilio")
        answer = await office.desk.post(f"/messages/{refused.id}/send")
        assert answer.status_code == 201, again
        await office.work()
    last = await office.desk.post(f"/messages/{answer.json()['id']}/send")
    await office.work()

    assert last.status_code == 201
    assert [each.status for each in await office.messages(kind="confirmation")] == ["failed"] * 3 + ["accepted"]


async def test_two_who_ask_at_once_send_it_once(app, office, refused):
    async with app.state.sessions() as first, app.state.sessions() as second:
        one = await send_again(first, office.desk.client.context, refused.id, now=utcnow())
        await first.commit()
        other = await send_again(second, office.desk.client.context, refused.id, now=utcnow())
        await second.commit()

    assert one.id == other.id


async def test_what_went_out_is_not_sent_again(office):
    await office.book(coming())
    await office.work()
    [sent] = await office.messages(kind="confirmation")

    answer = await office.desk.post(f"/messages/{sent.id}/send")

    assert (answer.status_code, answer.json()["code"]) == (409, "message_not_sendable")


async def test_what_is_not_true_any_more_is_not_sent_again(office, refused):
    await office.desk.do("reschedule", str(refused.booking_id), startsAt=wire(coming(weeks=3)))

    answer = await office.desk.post(f"/messages/{refused.id}/send")

    assert (answer.status_code, answer.json()["code"]) == (409, "message_outdated")


async def test_a_message_that_is_nobodys_is_not_found(office):
    answers = [await office.desk.get(f"/messages/{uuid4()}"), await office.desk.post(f"/messages/{uuid4()}/send")]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, "message_not_found")] * 2


async def test_a_customer_is_told_and_forgotten(office, outside, refused):
    customer = str(refused.customer_id)
    told = (await office.desk.get(f"/customers/{customer}/export")).json()["messages"]
    await office.desk.post(f"/customers/{customer}/erase")
    await office.work()

    left = await office.messages(customer_id=refused.customer_id)
    assert [each["kind"] for each in told] == ["confirmation", "reminder", "reminder"]
    assert told[0]["body"] == refused.body
    assert {(each.address, each.body, each.subject) for each in left} == {(None, None, None)}
    assert [each.status for each in left] == ["failed", "withdrawn", "withdrawn"]


async def test_words_are_forgotten_after_the_clients_time(app, office, outside):
    await office.sql("UPDATE contact_settings SET keep_days = 10 WHERE client_id = :id", id=office.client_id)
    await office.book(coming(weeks=3))
    await office.work()
    [sent] = await office.messages(kind="confirmation")

    seen = []
    for days in (10, 9.9, 10.1):
        await office.change(sent, created_at=utcnow() - timedelta(days=days if days != 10 else 1))
        async with app.state.sessions.begin() as session:
            await forget_words(session, now=utcnow())
        [kept] = await office.messages(id=sent.id)
        seen.append(kept.body is not None)

    assert seen == [True, True, False]
    assert (kept.address, kept.status, kept.segments) == (None, sent.status, 1)


async def test_only_writers_send_again(office, refused, make_key_row):
    _, key = await make_key_row(office.client_id, scopes=["bookings:read"])

    answer = await office.desk.http.post(f"/api/messages/{refused.id}/send", headers={"X-API-Key": key})

    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
