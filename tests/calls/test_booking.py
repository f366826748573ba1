"""Booking by voice: held, read back, confirmed; once, whatever a model repeats."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.bookings.conftest import phone
from tests.calls.callers import tool_call

TUESDAY = "next Tuesday at half past two"
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def test_a_caller_books_in_two_steps(caller):
    held = await caller.use("book_appointment", when=TUESDAY)
    assert held.startswith("I am keeping Tuesday the 24th of March at half past two for Check-up. Shall I book it?")
    assert await caller.booked() == []

    booked = await caller.use("book_appointment", confirm=True)

    assert booked.startswith("Booked: Check-up on Tuesday the 24th of March at half past two.")
    [booking] = await caller.booked()
    assert (booking["startsAt"], booking["channel"]) == ("2026-03-24T14:30:00Z", "voice")
    assert booking["customer"]["phone"] == caller.phone
    assert await caller.codes() == ["held", "booked"]


async def test_a_time_is_kept_for_two_minutes_while_the_caller_thinks(caller):
    await caller.use("book_appointment", when=TUESDAY)

    [held] = (await caller.desk.get("/bookings", status="held")).json()["items"]

    assert held["expiresAt"] == "2026-03-18T10:22:00Z"


async def test_nothing_is_booked_that_was_not_read_back(caller):
    said = await caller.use("book_appointment", when=TUESDAY, confirm=True)

    assert "Shall I book it?" in said
    assert await caller.booked() == []


async def test_a_yes_with_another_time_is_read_back_first(caller):
    await caller.use("book_appointment", when=TUESDAY)

    said = await caller.use("book_appointment", when="next Tuesday at three", confirm=True)

    assert said.startswith("I am keeping Tuesday the 24th of March at three o'clock")
    assert await caller.booked() == []
    [held] = (await caller.desk.get("/bookings", status="held")).json()["items"]
    assert held["startsAt"] == "2026-03-24T15:00:00Z"


@pytest.mark.parametrize(
    "again", [{"when": TUESDAY}, {"when": "2026-03-24T14:30"}, {"when": "that one"}, {"name": "Ann"}]
)
async def test_a_yes_that_says_all_of_it_again_is_a_yes(caller, again):
    await caller.use("book_appointment", when=TUESDAY)

    said = await caller.use("book_appointment", confirm="yes", **again)

    assert said.startswith("Booked:")
    assert len(await caller.booked()) == 1


async def test_who_changes_their_mind_leaves_no_time_kept_behind(caller):
    await caller.use("book_appointment", when=TUESDAY)

    said = await caller.use("book_appointment", when="next Tuesday at quarter to three")  # off the grid
    refused = await caller.codes()
    moved = await caller.use("book_appointment", when="next Tuesday at two")

    assert said.startswith("We have nothing at exactly that time. I could offer Tuesday the 24th")
    assert refused == ["held", "off_grid"]
    assert moved.startswith("I am keeping Tuesday the 24th of March at two o'clock")
    held = (await caller.desk.get("/bookings", status="held")).json()["items"]
    assert [each["startsAt"] for each in held] == ["2026-03-24T14:00:00Z"]


async def test_two_who_change_to_each_others_staff_at_once_do_not_wait_in_a_circle(app, make_caller, sql):
    one = await make_caller(staff=2)
    other = replace(one, phone=phone(8), call_id=str(uuid4()))
    await one.use("book_appointment", when=TUESDAY, staff="Staff 0")
    await other.use("book_appointment", when=TUESDAY, staff="Staff 1")

    async with app.state.sessions() as blocker, blocker.begin():
        mine = {"client": one.desk.client.id}
        await blocker.execute(text("SELECT id FROM bookings WHERE client_id = :client FOR UPDATE"), mine)
        changes = [
            asyncio.create_task(one.use("book_appointment", when="next Tuesday at four", staff="Staff 1")),
            asyncio.create_task(other.use("book_appointment", when="next Tuesday at four", staff="Staff 0")),
        ]
        async with asyncio.timeout(5):  # the tools give up after six
            while len(await sql(WAITING)) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    said = await asyncio.gather(*changes)

    assert [each.partition(" at ")[0] for each in said] == ["I am keeping Tuesday the 24th of March"] * 2


async def test_a_yes_after_something_else_was_asked_is_read_back_once_more(caller):
    held = await caller.use("book_appointment", when=TUESDAY)
    await caller.use("book_appointment", when="next Tuesday at eight in the evening")

    said = await caller.use("book_appointment", confirm=True)

    assert said == held
    assert await caller.booked() == []


async def test_of_two_times_kept_one_after_the_other_the_code_tells_which_is_meant(make_caller):
    caller = await make_caller(staff=2)
    first = await caller.use("book_appointment", when=TUESDAY)
    await caller.use("book_appointment", when="next Tuesday at four")
    code = first.rpartition("hold ")[2].strip(").")

    said = await caller.use("book_appointment", confirm=True, hold=code.lower())

    assert said.startswith("Booked: Check-up on Tuesday the 24th of March at half past two.")


async def test_a_yes_that_comes_too_late_still_books_what_is_free(caller, clock):
    await caller.use("book_appointment", when=TUESDAY)
    clock.advance(minutes=3)

    said = await caller.use("book_appointment", confirm=True)

    assert said.startswith("Booked: Check-up on Tuesday the 24th of March at half past two.")
    assert len(await caller.booked()) == 1


async def test_a_yes_that_comes_too_late_hears_of_others_if_somebody_was_faster(caller, clock):
    await caller.use("book_appointment", when=TUESDAY)
    clock.advance(minutes=3)
    await caller.desk.book("2026-03-24T14:30:00Z", phone(7))

    said = await caller.use("book_appointment", confirm=True)

    assert said.startswith("That time is taken. I could offer Tuesday the 24th of March at")
    assert await caller.codes() == ["held", "busy"]


async def test_a_taken_time_is_answered_with_three_others_of_several_parts_of_the_day(caller):
    await caller.desk.book("2026-03-24T11:30:00Z", phone(7))

    said = await caller.use("book_appointment", when="next Tuesday at half past eleven")

    assert said == (
        "That time is taken. I could offer Tuesday the 24th of March at half past ten, eleven o'clock or twelve noon. "
        "Which one suits you?"
    )
    assert await caller.codes() == ["busy"]


async def test_the_same_call_of_a_tool_is_answered_once(caller):
    first = await caller.use("book_appointment", "call_1", when=TUESDAY)

    assert await caller.use("book_appointment", "call_1", when=TUESDAY) == first
    assert await caller.codes() == ["held"]


async def test_the_same_wish_under_a_new_id_books_once_and_hears_the_first_answer(caller):
    held = await caller.use("book_appointment", when=TUESDAY)
    assert await caller.use("book_appointment", when=TUESDAY) == held
    booked = await caller.use("book_appointment", confirm=True)

    assert await caller.use("book_appointment", confirm=True) == booked
    assert await caller.use("book_appointment", when=TUESDAY) == booked
    assert await caller.use("book_appointment", when=TUESDAY, confirm=True) == booked
    assert len(await caller.booked()) == 1
    assert (await caller.desk.get("/bookings", status="held")).json()["items"] == []


async def test_the_same_wish_twice_in_one_message_books_once(make_caller):
    caller = await make_caller(staff=3)
    wanted = [tool_call(f"call_{n}", "book_appointment", {"when": TUESDAY}) for n in range(6)]

    held = await caller.use_all(*wanted)
    confirmed = await caller.use_all(*[tool_call(f"yes_{n}", "book_appointment", {"confirm": True}) for n in range(6)])

    assert len({result["result"] for result in held}) == 1
    assert len({result["result"] for result in confirmed}) == 1
    assert len(await caller.booked()) == 1
    assert (await caller.desk.get("/bookings", status="held")).json()["items"] == []


async def test_the_same_message_at_the_same_moment_books_once(make_caller):
    caller = await make_caller(staff=3)

    answers = await asyncio.gather(*[caller.use("book_appointment", "call_1", when=TUESDAY) for _ in range(6)])
    confirmed = await asyncio.gather(*[caller.use("book_appointment", "call_2", confirm=True) for _ in range(6)])

    assert len(set(answers)) == 1
    assert len(set(confirmed)) == 1
    assert len(await caller.booked()) == 1
    assert await caller.codes() == ["held", "booked"]


async def test_what_was_cancelled_can_be_booked_again_in_the_same_call(caller):
    for tool in ("book_appointment", "cancel_appointment"):
        await caller.use(tool, **({"when": TUESDAY} if tool == "book_appointment" else {}))
        await caller.use(tool, confirm=True)
    assert await caller.booked() == []

    await caller.use("book_appointment", when=TUESDAY)
    await caller.use("book_appointment", confirm=True)

    assert len(await caller.booked()) == 1


async def test_a_caller_with_a_hidden_number_books_with_a_number_that_is_read_back(make_caller):
    caller = await make_caller(phone=None)
    assert "Which phone number" in await caller.use("book_appointment", when=TUESDAY)
    assert "digit by digit" in await caller.use("book_appointment", when=TUESDAY, phone="12345")

    held = await caller.use("book_appointment", when=TUESDAY, phone="07400 123456")
    await caller.use("book_appointment", confirm=True, name="Ann")

    assert "reach you on plus four four seven, four zero zero, one two three, four five six" in held
    [booking] = await caller.booked()
    assert booking["customer"]["phone"] == "+447400123456"
    assert await caller.codes() == ["phone_needed", "invalid_phone", "held", "booked"]


async def test_who_calls_is_who_the_platform_says_and_not_who_the_model_says(make_caller):
    caller, other = await make_caller(), await make_caller()
    more = {"phone": "+447400999999", "client_id": str(other.desk.client.id), "caller_number": "+447400999998"}

    await caller.use("book_appointment", when=TUESDAY, **more)
    await caller.use("book_appointment", confirm=True, **more)

    [booking] = await caller.booked()
    assert booking["customer"]["phone"] == caller.phone
    assert await other.booked() == []


async def test_what_a_caller_tells_beside_goes_with_the_booking(caller):
    await caller.use("book_appointment", when=TUESDAY, name="Ann Other", notes="Needs the ramp")
    await caller.use("book_appointment", confirm=True)

    [booking] = await caller.booked()
    assert (booking["customer"]["name"], booking["notes"]) == ("Ann Other", "Needs the ramp")


async def test_names_of_any_length_leave_room_for_the_question(make_caller):
    caller = await make_caller(name="A very long name of a service " * 4, phone=None)

    said = await caller.use(
        "book_appointment", when=TUESDAY, phone="07400 123456", name="N" * 250, notes="4111 1111 1111 1111"
    )
    await caller.use("book_appointment", confirm=True)

    assert "Shall I book it? (hold " in said
    [booking] = await caller.booked()
    assert (booking["customer"]["name"], booking["notes"]) == ("N" * 120, "[card 1111]")
