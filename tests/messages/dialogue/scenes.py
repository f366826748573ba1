"""What tests of the dialogue talk about: a client, what is booked there, and where a talk stands."""

from datetime import UTC, datetime, timedelta

from app.core.ids import new_id
from app.messages.dialogue.rules import Appointment, Scene, Service, Stage, State, hear
from app.messages.dialogue.rules.state import Aim

NOW = datetime(2026, 3, 18, 10, 20, tzinfo=UTC)
CHECKUP, CLEANING = Service(new_id(), "Check-up", 4500), Service(new_id(), "Cleaning", 6000)
SHORT, LONG = Service(new_id(), "60 minute massage"), Service(new_id(), "90 minute massage")
MORNING, EVENING = Service(new_id(), "Morning yoga"), Service(new_id(), "Evening yoga")
STARTS = tuple(datetime(2026, 3, 24, hour, tzinfo=UTC) for hour in (9, 14, 16))
FIRST, SECOND, THIRD = STARTS
BOOKED = Appointment(new_id(), CHECKUP.id, "Check-up", FIRST)
OTHER = Appointment(new_id(), CLEANING.id, "Cleaning", SECOND + timedelta(days=1))
OFFICE_HOURS = {day: [(540, 1020)] for day in range(1, 6)}

THIS_IS = (
    "This is Demo Dental. Say what you need and when, such as: Check-up tomorrow at 3."
    " Reply M to move an appointment, C to call it off."
)
THEIRS = "You have booked: Check-up, Tue 24 Mar at 09:00. Reply M to move, C to call off."

IDLE = State()
OFFERED = State(Stage.time, Aim.book, CHECKUP.id, None, STARTS)
ASKED = State(Stage.book, Aim.book, CHECKUP.id, None, (SECOND,))
MOVING = State(Stage.time, Aim.move, CHECKUP.id, BOOKED.id, STARTS)
CANCELLING = State(Stage.cancel, Aim.cancel, None, BOOKED.id)
WHICH = State(Stage.appointment, Aim.cancel, choices=(BOOKED.id, OTHER.id))
MASSAGE = State(Stage.service, Aim.book, choices=(SHORT.id, LONG.id))


def scene(*appointments, services=(CHECKUP, CLEANING), **known):
    facts = {"opening": OFFICE_HOURS, "address": "1 High Street", "currency": "GBP"} | known
    return Scene("Demo Dental", "UTC", "GB", services, appointments, False, NOW, **facts)


def after(state, text, *appointments, **known):
    return hear(state, text, scene(*appointments, **known))
