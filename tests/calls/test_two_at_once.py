"""Two bookings of one start in one call: another name, person or service makes a second one; a repeat makes none."""

import pytest
from sqlalchemy import insert

from app.catalog.models import Service, ServiceResource
from app.core.ids import new_id
from tests.calls.callers import tool_call

TUESDAY = "next Tuesday at half past two"
ON_TUESDAY = "Tuesday the 24th of March at half past two"


@pytest.fixture
async def parent(make_caller):
    """Somebody who calls a client with three people."""
    return await make_caller(staff=3)


async def book(caller, **asked):
    """Hold and confirm, and return what the confirmation was answered with."""
    await caller.use("book_appointment", when=TUESDAY, **asked)
    return await caller.use("book_appointment", confirm=True)


async def test_a_second_child_is_booked_beside_the_first_and_each_once(parent):
    ann = await book(parent, name="Ann")
    asked = await parent.use("book_appointment", when=TUESDAY, name="Ben")
    between = len(await parent.booked())
    ben = await parent.use("book_appointment", when=TUESDAY, name="Ben", confirm=True)
    repeats = [
        await parent.use("book_appointment", when=TUESDAY, name=name, **more)
        for name in ("ann", "Ben Other", "Ann", "Ben")
        for more in ({}, {"confirm": True})
    ]

    assert asked.startswith(f"I am also keeping {ON_TUESDAY} for Check-up, for Ben. Shall I book it as well? (hold ")
    assert between == 1
    assert ann != ben
    assert repeats == [ann, ann, ben, ben, ann, ann, ben, ben]
    booked = await parent.booked()
    assert sorted([each["notes"] or "" for each in booked]) == ["", "For Ben."]
    assert {each["customer"]["name"] for each in booked} == {"Ann"}
    assert (await parent.desk.get("/bookings", status="held")).json()["items"] == []


async def test_two_children_held_before_either_is_booked_are_told_apart_by_name(parent):
    for name in ("Ann", "Ben"):
        await parent.use("book_appointment", when=TUESDAY, name=name)
    said = [await parent.use("book_appointment", confirm=True, name=name) for name in ("Ann", "Ben", "Ann")]

    assert all(each.startswith("Booked:") for each in said)
    assert (said[0] == said[2], said[0] == said[1]) == (True, False)
    assert len(await parent.booked()) == 2


async def test_a_name_that_comes_with_the_yes_or_is_corrected_by_it_is_no_second_booking(parent):
    await parent.use("book_appointment", when=TUESDAY)
    await parent.use("book_appointment", when=TUESDAY, name="An")
    said = await parent.use("book_appointment", when=TUESDAY, name="Ann", confirm=True)
    again = await parent.use("book_appointment", when=TUESDAY, name="Ann")

    assert said.startswith("Booked:")
    assert again == said
    assert [each["customer"]["name"] for each in await parent.booked()] == ["Ann"]


async def test_of_two_bookings_at_different_times_each_is_found_again(parent):
    first = await book(parent)
    await parent.use("book_appointment", when="next Tuesday at four")
    second = await parent.use("book_appointment", confirm=True)

    repeats = [
        await parent.use("book_appointment", when=when, **more)
        for when in (TUESDAY, "next Tuesday at four")
        for more in ({}, {"confirm": True})
    ]

    assert repeats == [first, first, second, second]
    assert len(await parent.booked()) == 2


async def test_another_person_at_the_same_start_is_another_booking_and_the_same_one_is_not(parent):
    first = await book(parent)
    [booked] = await parent.booked()
    mine = parent.desk.resource_ids.index(booked["resourceIds"][0])
    other = (mine + 1) % 3

    same = await parent.use("book_appointment", when=TUESDAY, staff=f"Staff {mine}")
    second = await book(parent, staff=f"Staff {other}")
    repeats = [
        await parent.use("book_appointment", when=TUESDAY, staff=f"Staff {other}", confirm=True),
        await parent.use("book_appointment", when=TUESDAY, staff=f"Staff {mine}", confirm=True),
    ]

    assert same == first
    assert second.startswith("Booked:")
    assert repeats == [second, first]
    assert len(await parent.booked()) == 2


async def test_a_repeat_that_leaves_the_person_out_books_nobody_else(parent):
    said = await book(parent, staff="Staff 1")

    assert await parent.use("book_appointment", when=TUESDAY) == said
    assert await parent.use("book_appointment", when=TUESDAY, staff="anyone", confirm=True) == said
    assert len(await parent.booked()) == 1


@pytest.fixture
async def cleaning(app, parent):
    """Another service of the first person's."""
    cleaning, client = new_id(), parent.desk.client.id
    async with app.state.engine.begin() as connection:
        row = {"client_id": client, "id": cleaning, "name": "Cleaning", "duration_minutes": 30}
        await connection.execute(insert(Service), row)
        who = {"client_id": client, "service_id": cleaning, "resource_id": parent.desk.place.resource_ids[0]}
        await connection.execute(insert(ServiceResource), who)


@pytest.mark.usefixtures("cleaning")
async def test_two_services_held_in_one_message_are_booked_by_two_yeses_in_one(parent):
    wanted = [{"service": "Check-up", "when": TUESDAY}, {"service": "Cleaning", "when": "next Tuesday at four"}]
    await parent.use_all(*[tool_call(f"{n}", "book_appointment", each) for n, each in enumerate(wanted)])

    yes = [tool_call(f"yes {n}", "book_appointment", {**each, "confirm": True}) for n, each in enumerate(wanted)]
    said = await parent.use_all(*yes)

    assert [each["result"].partition(" on ")[0] for each in said] == ["Booked: Check-up", "Booked: Cleaning"]
    assert len(await parent.booked()) == 2


async def test_another_person_or_number_without_a_time_is_read_back_for_the_same_time(make_caller):
    hidden = await make_caller(phone=None, staff=2)
    await hidden.use("book_appointment", when=TUESDAY, phone="07400 111225", staff="Staff 0")

    number = await hidden.use("book_appointment", phone="07400 111226", staff="Staff 0", confirm=True)
    person = await hidden.use("book_appointment", phone="07400 111226", staff="Staff 1")
    await hidden.use("book_appointment", confirm=True)

    assert number.startswith(
        f"I am keeping {ON_TUESDAY} for Check-up with Staff 0, and can reach you on plus four four"
    )
    assert "one one one, two two six. Shall I book it?" in number
    assert person.startswith(f"I am keeping {ON_TUESDAY} for Check-up with Staff 1, ")
    [booking] = await hidden.booked()
    assert (booking["customer"]["phone"], booking["resourceIds"]) == ("+447400111226", hidden.desk.resource_ids[1:])


@pytest.mark.usefixtures("cleaning")
async def test_another_service_at_the_same_start_is_read_back_and_never_taken_for_the_first(parent):
    await parent.use("book_appointment", when=TUESDAY, service="Check-up", staff="Staff 1")

    asked = await parent.use("book_appointment", when=TUESDAY, service="Cleaning", confirm=True)
    none = await parent.booked()
    await parent.use("book_appointment", confirm=True)
    back = await parent.use("book_appointment", when=TUESDAY, service="Check-up", staff="Staff 1")
    await parent.use("book_appointment", when=TUESDAY, service="Check-up", confirm=True)

    assert asked.startswith(f"I am keeping {ON_TUESDAY} for Cleaning. Shall I book it?")
    assert none == []
    assert back.startswith(f"I am keeping {ON_TUESDAY} for Check-up with Staff 1. Shall I book it?")
    assert len(await parent.booked()) == 2


async def test_who_named_nobody_gets_anybody_where_the_yes_comes_too_late(parent, clock):
    await parent.use("book_appointment", when=TUESDAY)
    [held] = (await parent.desk.get("/bookings", status="held")).json()["items"]
    clock.advance(minutes=3)
    await parent.desk.book("2026-03-24T14:30:00Z", "+447400000007", resourceId=held["resourceIds"][0])

    said = await parent.use("book_appointment", confirm=True)

    assert said.startswith("Booked:")


async def test_two_appointments_that_sound_the_same_are_told_apart_by_whom_they_are_for_by_person_and_by_code(parent):
    staff = [(await book(parent, name=name, staff=f"Staff {n}"))[-7:-1] for n, name in enumerate(("Ann", "Ben"))]

    asked = await parent.use("cancel_appointment")
    ben = await parent.use("cancel_appointment", appointment="the one for Ben")
    ann = await parent.use("cancel_appointment", appointment="the one with Staff 0")
    code = await parent.use("cancel_appointment", appointment=f"the reference is {staff[1].lower()}")
    move = {"appointment": "Ben's", "when": "next Tuesday at four", "confirm": True}
    moved = [await parent.use("reschedule_appointment", **move) for _ in range(2)]

    assert asked == f"Which one do you mean: Check-up on {ON_TUESDAY} with Staff 0 or Check-up on {ON_TUESDAY} for Ben?"
    assert ben == code == f"That is your Check-up on {ON_TUESDAY} for Ben. Shall I cancel it?"
    assert moved[0].startswith(
        f"I can move your Check-up for Ben from {ON_TUESDAY} to Tuesday the 24th of March at four"
    )
    assert ann == f"That is your Check-up on {ON_TUESDAY} with Staff 0. Shall I cancel it?"
    assert sorted((each["startsAt"], each["notes"]) for each in await parent.booked()) == [
        ("2026-03-24T14:30:00Z", None),
        ("2026-03-24T16:00:00Z", "For Ben."),
    ]


async def test_a_move_that_is_repeated_word_for_word_is_answered_as_the_first(parent):
    await book(parent)
    words = {"appointment": "the one on Tuesday", "when": "Wednesday the 25th at three"}

    said = [await parent.use("reschedule_appointment", **words, confirm=True) for _ in range(3)]

    assert said[1].startswith("Moved: ")
    assert said[2] == said[1]
