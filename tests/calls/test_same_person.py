"""A move by voice stays with the person who has the appointment; whoever else would serve is named before the yes."""

import pytest

from tests.bookings.conftest import phone

NOON = "2026-03-24T12:00:00Z"
THREE = "2026-03-25T15:00:00Z"
AT_THREE = "Wednesday the 25th at three"
READ_BACK = (
    "I can move your Check-up from Tuesday the 24th of March at twelve noon to Wednesday the 25th of March "
    "at three o'clock{}. Shall I?"
)


@pytest.fixture
async def patient(make_caller):
    """Somebody who has an appointment with Staff 1 of three, on Tuesday at noon."""
    caller = await make_caller(staff=3)
    await caller.desk.book(NOON, caller.phone, resourceId=caller.desk.resource_ids[1])
    return caller


async def take(patient, starts_at, *people):
    """Have others book these people at a start."""
    for number in people:
        taken = await patient.desk.book(starts_at, phone(number), resourceId=patient.desk.resource_ids[number])
        assert taken.status_code == 201, taken.text


async def mine(patient):
    """Return when and with whom the appointment is: the number of the person."""
    [found] = [each for each in await patient.booked() if each["customer"]["phone"] == patient.phone]
    [person] = found["resourceIds"]
    return found["startsAt"], patient.desk.resource_ids.index(person)


async def test_a_move_stays_with_the_person_who_has_the_appointment(patient):
    asked = await patient.use("reschedule_appointment", when=AT_THREE)
    await patient.use("reschedule_appointment", confirm=True)

    assert asked == READ_BACK.format("")
    assert await mine(patient) == (THREE, 1)


async def test_who_else_would_serve_is_named_before_the_yes(patient):
    await take(patient, THREE, 0, 1)

    asked = await patient.use("reschedule_appointment", when=AT_THREE)
    before = await mine(patient)
    said = await patient.use("reschedule_appointment", when=AT_THREE, confirm=True)

    assert asked == READ_BACK.format(", but only with Staff 2")
    assert before == (NOON, 1)
    assert said == "Moved: your Check-up with Staff 2 is now on Wednesday the 25th of March at three o'clock."
    assert await mine(patient) == (THREE, 2)
    assert await patient.use("reschedule_appointment", confirm=True) == said


async def test_a_yes_moves_to_the_person_who_was_read_back_or_asks_again(patient):
    await patient.use("reschedule_appointment", when=AT_THREE)
    await take(patient, THREE, 1)

    refused = await patient.use("reschedule_appointment", confirm=True)
    asked = await patient.use("reschedule_appointment", when=AT_THREE, confirm=True)

    assert refused.startswith("That time is taken. I could offer Wednesday the 25th of March at")
    assert asked.startswith(READ_BACK.format(", but only with Staff ")[:130])
    assert await mine(patient) == (NOON, 1)


async def test_who_was_named_is_who_the_yes_is_for_and_another_name_is_read_back_again(patient):
    asked = await patient.use("reschedule_appointment", when=AT_THREE, staff="Staff 2")
    again = await patient.use("reschedule_appointment", staff="Staff 0", confirm=True)
    left = await mine(patient)
    await patient.use("reschedule_appointment", confirm=True)

    assert asked == READ_BACK.format(", with Staff 2")
    assert again == READ_BACK.format(", with Staff 0")
    assert left == (NOON, 1)
    assert await mine(patient) == (THREE, 0)


async def test_the_person_alone_can_be_changed_there_and_back(patient):
    asked = await patient.use("reschedule_appointment", staff="Staff 2")
    said = await patient.use("reschedule_appointment", confirm=True)
    there = await mine(patient)
    for _ in range(2):
        await patient.use("reschedule_appointment", staff="Staff 1", confirm=True)

    assert asked == "I can move your Check-up on Tuesday the 24th of March at twelve noon to Staff 2. Shall I?"
    assert said == "Moved: your Check-up with Staff 2 is now on Tuesday the 24th of March at twelve noon."
    assert there == (NOON, 2)
    assert await mine(patient) == (NOON, 1)


async def test_of_a_part_of_a_day_the_times_of_the_same_person_are_offered(patient):
    for hour in (13, 14, 15):
        await take(patient, f"2026-03-25T{hour}:00:00Z", 1)
        await take(patient, f"2026-03-25T{hour}:30:00Z", 1)
    await take(patient, "2026-03-25T12:30:00Z", 1)
    await take(patient, "2026-03-25T16:30:00Z", 1)

    said = await patient.use("reschedule_appointment", when="Wednesday the 25th, between two and five")

    assert said == "I have Wednesday the 25th of March at four o'clock. Which one suits you?"


async def test_a_move_that_the_desk_has_undone_is_not_done_again_without_a_yes(patient):
    await patient.use("reschedule_appointment", when=AT_THREE)
    await patient.use("reschedule_appointment", confirm=True)
    [found] = [each for each in await patient.booked() if each["customer"]["phone"] == patient.phone]
    await patient.desk.do("reschedule", found, startsAt=NOON, version=found["version"])

    said = await patient.use("reschedule_appointment", when=AT_THREE, confirm=True)

    assert said == READ_BACK.format("")
    assert await mine(patient) == (NOON, 1)
