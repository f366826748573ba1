"""Appointments of the caller's own: told, moved and cancelled after a yes; nobody else's."""

import pytest

from tests.bookings.conftest import phone

NOON = "2026-03-24T12:00:00Z"
THREE = "2026-03-25T15:00:00Z"


async def test_several_appointments_are_told_together(caller):
    await caller.desk.book(NOON, caller.phone)
    await caller.desk.book("2026-03-25T13:00:00Z", caller.phone)

    assert await caller.use("my_appointments") == (
        "You have Check-up on Tuesday the 24th of March at twelve noon"
        " and Check-up on Wednesday the 25th of March at one o'clock."
    )


@pytest.fixture
async def booked(caller):
    """A caller who has an appointment on Tuesday at noon, beside somebody else's at one."""
    await caller.desk.book(NOON, caller.phone)
    await caller.desk.book("2026-03-24T13:00:00Z", phone(7))
    return caller


async def starts(caller):
    return [each["startsAt"] for each in await caller.booked() if each["customer"]["phone"] == caller.phone]


async def test_a_caller_hears_of_their_own_appointments_and_of_no_others(booked):
    said = await booked.use("my_appointments")

    assert said == "You have Check-up on Tuesday the 24th of March at twelve noon."


async def test_a_caller_without_appointments_is_told_so(caller):
    assert "no upcoming appointment under your number" in await caller.use("my_appointments")
    assert "no upcoming appointment" in await caller.use("cancel_appointment", confirm=True)
    assert "no upcoming appointment" in await caller.use("reschedule_appointment", when="tomorrow at ten")
    assert await caller.codes() == ["no_appointment"] * 3


async def test_an_appointment_is_cancelled_after_it_was_read_back(booked):
    asked = await booked.use("cancel_appointment", confirm=True)
    assert asked == "That is your Check-up on Tuesday the 24th of March at twelve noon. Shall I cancel it?"
    assert await starts(booked) == [NOON]

    said = await booked.use("cancel_appointment", confirm=True)

    assert said.startswith("Cancelled: Check-up on Tuesday the 24th of March at twelve noon.")
    assert await booked.use("cancel_appointment", confirm=True) == said
    assert await starts(booked) == []
    assert len(await booked.booked()) == 1


async def test_an_appointment_is_moved_after_it_was_read_back(booked):
    asked = await booked.use("reschedule_appointment", when="Wednesday the 25th at three", confirm=True)
    assert asked == (
        "I can move your Check-up from Tuesday the 24th of March at twelve noon to "
        "Wednesday the 25th of March at three o'clock. Shall I?"
    )
    assert await starts(booked) == [NOON]

    said = await booked.use("reschedule_appointment", confirm=True)

    assert said == "Moved: your Check-up is now on Wednesday the 25th of March at three o'clock."
    assert await booked.use("reschedule_appointment", when="Wednesday the 25th at three", confirm=True) == said
    assert await starts(booked) == [THREE]


async def test_a_yes_to_another_time_is_read_back_again(booked):
    await booked.use("reschedule_appointment", when="Wednesday the 25th at three")

    said = await booked.use("reschedule_appointment", when="Wednesday the 25th at four", confirm=True)

    assert said.endswith("to Wednesday the 25th of March at four o'clock. Shall I?")
    assert await starts(booked) == [NOON]


async def test_a_move_to_a_taken_time_offers_others_and_leaves_all_as_it_is(booked):
    said = await booked.use("reschedule_appointment", when="Tuesday the 24th at one")

    assert said.startswith("That time is taken. I could offer Tuesday the 24th of March at")
    assert await booked.codes() == ["busy"]
    assert await starts(booked) == [NOON]


async def test_a_move_to_where_it_is_asks_for_the_new_time(booked):
    said = await booked.use("reschedule_appointment", when="Tuesday the 24th at noon")

    assert said == "It is on Tuesday the 24th of March at twelve noon already. To when shall I move it?"


async def test_a_time_that_was_taken_before_the_yes_is_answered_with_others(booked):
    await booked.use("reschedule_appointment", when="Wednesday the 25th at three")
    await booked.desk.book(THREE, phone(8))

    said = await booked.use("reschedule_appointment", confirm=True)

    assert said.startswith("That time is taken. I could offer Wednesday the 25th of March at")
    assert await starts(booked) == [NOON]


async def test_an_appointment_can_be_moved_there_and_back(booked):
    for when in ("Wednesday the 25th at three", "Tuesday the 24th at noon", "Wednesday the 25th at three"):
        await booked.use("reschedule_appointment", when=when)
        await booked.use("reschedule_appointment", confirm=True)

    assert await starts(booked) == [THREE]
    assert await booked.codes() == ["read_back", "moved"] * 3


async def test_of_several_appointments_it_is_asked_which(booked):
    await booked.desk.book(THREE, booked.phone)

    asked = await booked.use("cancel_appointment")
    meant = await booked.use("cancel_appointment", appointment="the one on Wednesday the 25th")
    await booked.use("cancel_appointment", confirm=True)

    assert asked == (
        "Which one do you mean: Check-up on Tuesday the 24th of March at twelve noon or "
        "Check-up on Wednesday the 25th of March at three o'clock?"
    )
    assert meant.startswith("That is your Check-up on Wednesday")
    assert await starts(booked) == [NOON]


async def test_both_appointments_are_cancelled_one_after_the_other(booked):
    await booked.desk.book(THREE, booked.phone)

    for which in ("the one on Wednesday the 25th", "the one on Tuesday"):
        await booked.use("cancel_appointment", appointment=which, confirm=True)
        await booked.use("cancel_appointment", appointment=which, confirm=True)

    assert await starts(booked) == []


async def test_a_hidden_number_hears_of_moves_and_cancels_nothing(make_caller):
    caller = await make_caller(phone=None)
    await caller.desk.book(NOON, "+447400123456")

    said = [
        await caller.use("my_appointments", phone="+447400123456"),
        await caller.use("cancel_appointment", phone="+447400123456", confirm=True),
        await caller.use("reschedule_appointment", phone="+447400123456", when="tomorrow at ten", confirm=True),
    ]

    assert all("cannot see your number" in each for each in said)
    assert await caller.codes() == ["caller_hidden"] * 3
    assert [each["startsAt"] for each in await caller.booked()] == [NOON]


async def test_who_is_too_late_may_leave_a_message(make_caller):
    caller = await make_caller(client={"timezone": "Europe/London", "cancel_window_minutes": 43_200})
    await caller.desk.book(NOON, caller.phone)
    await caller.use("cancel_appointment")

    said = await caller.use("cancel_appointment", confirm=True)

    assert said == "It is too late to change that by phone. Shall I take a message?"
    assert await caller.codes() == ["read_back", "cancel_window_passed"]
