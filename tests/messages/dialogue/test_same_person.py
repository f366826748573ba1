"""A move by text stays with the person who has the appointment; whoever else would serve is named before the yes."""

import pytest

from tests.bookings.conftest import phone
from tests.messages.conftest import coming, wire
from tests.messages.dialogue.conftest import ANN, Texter

THREE = coming(2, hour=15)
MOVE = f"move it to {THREE:%d %B %Y} at 3pm"


@pytest.fixture
async def patient(app, http, settings, configured, make_office, sql):
    """Somebody who has an appointment with Staff 1 of three, and texts."""
    app.state.settings = configured
    office = await make_office(staff=3)
    [line] = await sql("SELECT number FROM lines WHERE client_id = :id", id=office.client_id)
    await office.book(coming(), ANN, resourceId=str(office.desk.resource_ids[1]))
    yield Texter(office, http, line.number, ANN)
    app.state.settings = settings


async def take(patient, *people):
    """Have others book these people at three."""
    for number in people:
        await patient.office.book(THREE, phone(100 + number), resourceId=str(patient.office.desk.resource_ids[number]))


async def mine(patient):
    """Return when and with whom the appointment is: the number of the person."""
    items = (await patient.office.desk.get("/bookings")).json()["items"]
    [found] = [each for each in items if each["customer"]["phone"] == ANN]
    [person] = found["resourceIds"]
    return found["startsAt"], [str(each) for each in patient.office.desk.resource_ids].index(person)


async def test_a_move_stays_with_the_person_who_has_the_appointment(patient):
    asked = await patient.write(MOVE)
    await patient.write("y")

    assert "but only with" not in asked
    assert await mine(patient) == (wire(THREE), 1)


async def test_who_else_would_serve_is_named_before_the_yes(patient):
    await take(patient, 0, 1)
    asked = await patient.write(MOVE)
    before = await mine(patient)
    await patient.write("y")

    assert ", but only with Staff 2: shall we move it?" in asked
    assert before == (wire(coming()), 1)
    assert await mine(patient) == (wire(THREE), 2)


async def test_a_yes_moves_to_nobody_who_was_not_read_back(patient):
    await patient.write(MOVE)
    await take(patient, 0, 1)
    asked = await patient.write("y")

    assert ", but only with Staff 2: shall we move it?" in asked
    assert await mine(patient) == (wire(coming()), 1)
