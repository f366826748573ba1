"""What is written down upon each step of a booking's life: each version once, and what is not true is taken back."""

from datetime import timedelta

import pytest

from app.core.clock import utcnow
from app.messages.jobs import wake_due
from tests.bookings.conftest import phone
from tests.messages.conftest import coming, wire


def told(messages):
    return [(each.kind, each.status, each.booking_version) for each in messages]


async def test_a_booking_leaves_a_confirmation_and_two_reminders(office):
    start = coming(weeks=2)
    await office.book(start)
    await office.work()

    confirmation, *reminders = await office.messages()
    assert told([confirmation]) == [("confirmation", "accepted", 1)]
    assert told(reminders) == [("reminder", "queued", 1)] * 2
    assert [each.due_at for each in reminders] == [start - timedelta(days=1), start - timedelta(hours=2)]


async def test_a_hold_is_told_of_only_once_it_is_confirmed(office):
    held = await office.desk.hold(wire(coming()), phone(1))
    moved = await office.desk.do("reschedule", held, startsAt=wire(coming(hour=11)))
    await office.work()
    before = await office.messages()

    await office.desk.do("confirm", moved)
    await office.work()

    assert before == []
    assert [each.kind for each in await office.messages(status="accepted")] == ["confirmation"]


async def test_a_hold_that_is_let_go_is_not_told_of(office):
    held = await office.desk.hold(wire(coming()), phone(1))
    await office.desk.do("cancel", held)
    await office.work()

    assert await office.messages() == []


async def test_a_move_is_told_and_takes_its_reminders_along(office, outside):
    booked = await office.book(coming(weeks=2))
    await office.work()
    later = coming(weeks=2, hour=13)
    await office.desk.do("reschedule", booked, startsAt=wire(later))
    await office.work()

    assert [each.kind for each in await office.messages(status="accepted")] == ["confirmation", "change"]
    assert "is now" in outside.messages[-1].body
    assert told(await office.messages(status="withdrawn")) == [("reminder", "withdrawn", 1)] * 2
    reminders = await office.messages(kind="reminder", status="queued")
    assert [each.due_at for each in reminders] == [later - timedelta(days=1), later - timedelta(hours=2)]


async def test_a_cancellation_is_told_and_ends_the_reminders(office, outside):
    booked = await office.book(coming(weeks=2))
    await office.work()
    await office.desk.do("cancel", booked)
    await office.work()

    assert [each.kind for each in await office.messages(status="accepted")] == ["confirmation", "cancellation"]
    assert "is cancelled" in outside.messages[-1].body
    assert [each.status for each in await office.messages(kind="reminder")] == ["withdrawn"] * 2


async def test_who_hears_late_tells_how_it_is_now_and_once(office, outside):
    booked = await office.book(coming(weeks=2))
    for hour in (12, 13, 14):
        await office.desk.do("reschedule", booked, startsAt=wire(coming(weeks=2, hour=hour)))
    await office.work()

    [sent] = outside.messages
    assert " at 14:00" in sent.body
    assert [each.kind for each in await office.messages(status="accepted")] == ["confirmation"]


async def test_what_was_cancelled_before_anybody_heard_is_told_as_cancelled(office, outside):
    booked = await office.book(coming())
    await office.desk.do("cancel", booked)
    await office.work()

    [sent] = outside.messages
    assert "is cancelled" in sent.body


async def test_a_job_that_runs_again_writes_nothing_twice(office, outside):
    await office.book(coming())
    [job] = await office.sql(
        "SELECT * FROM pgqueuer WHERE entrypoint = 'messages.tell_confirmed'"
        " AND convert_from(payload, 'utf8') LIKE :about",
        about=f"%{office.client_id}%",
    )
    for _ in range(2):
        await office.sql(
            "INSERT INTO pgqueuer (priority, entrypoint, payload, execute_after, status)"
            " VALUES (0, :name, :payload, NOW(), 'queued')",
            name=job.entrypoint,
            payload=job.payload,
        )
    await office.work()

    assert len(outside.messages) == 1
    assert [each.kind for each in await office.messages()] == ["confirmation", "reminder", "reminder"]


async def test_a_reminder_is_woken_when_it_is_due_and_once(app, office, outside):
    start = utcnow().replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    await office.sql("UPDATE services SET grid = 'free_start' WHERE client_id = :id", id=office.client_id)
    await office.book(start.replace(hour=12))
    await office.work()
    first = (await office.messages(kind="reminder"))[0]
    await office.change(first, due_at=utcnow())

    for _ in range(2):
        async with app.state.sessions.begin() as session:
            await wake_due(session, now=utcnow())
    jobs = await office.sql(
        "SELECT id FROM pgqueuer WHERE convert_from(payload, 'utf8') LIKE :about", about=f"%{first.id}%"
    )
    await office.work()

    assert len(jobs) == 1
    assert [each.status for each in await office.messages(kind="reminder")] == ["accepted", "queued"]
    assert "reminder of" in outside.messages[-1].body


@pytest.mark.parametrize("off", ["texts", "emails"])
async def test_who_does_not_text_leaves_no_texts(office, off):
    await office.sql(f"UPDATE contact_settings SET {off} = FALSE WHERE client_id = :id", id=office.client_id)
    await office.book(coming(), phone(1))
    await office.work()

    assert {each.channel for each in await office.messages()} == ({"sms"} if off == "emails" else set())
