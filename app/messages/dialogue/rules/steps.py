"""The steps that a talk can take, from wherever it stands."""

from datetime import datetime
from uuid import UUID

from app.messages.dialogue.rules import times, wording
from app.messages.dialogue.rules.state import (
    IDLE,
    Aim,
    Appointment,
    Book,
    HandOver,
    Look,
    Move,
    Scene,
    Stage,
    State,
    Turn,
)


def look(state: State, service_id: UUID, words: str | None) -> Turn:
    """See what is on offer."""
    looking = state.go(Stage.time, service_id=service_id, words=None, aim=state.aim or Aim.book)
    moving = looking.booking_id if looking.aim is Aim.move else None
    return Turn(looking, action=Look(service_id, words, moving=moving))


def read_back(state: State, at: datetime) -> Turn:
    """Ask whether this start is meant, if it is still on offer."""
    if state.service_id is None:
        return Turn(IDLE, f"{wording.SAY}.")
    return look(state, state.service_id, at.isoformat())


def decide(state: State, at: datetime) -> Turn:
    """Book or move, now that the customer has chosen."""
    if state.aim is Aim.move and state.booking_id is not None:
        return Turn(state, action=Move(state.booking_id, at, state.resource_id))
    if state.service_id is None:
        return Turn(IDLE, f"{wording.SAY}.")
    return Turn(state, action=Book(state.service_id, at))


def give_up(state: State, scene: Scene) -> Turn:
    """Leave everything as it is."""
    appointment = scene.appointment(state.booking_id)
    if appointment is not None:
        return Turn(IDLE, wording.stands(scene, appointment))
    return Turn(IDLE, wording.NOTHING_DONE)


def leave(state: State, scene: Scene) -> Turn:
    """Say what stands, where something is asked not to be done."""
    if state.booking_id is None and scene.appointments and state.stage not in {Stage.time, Stage.book, Stage.service}:
        one = len(scene.appointments) == 1
        return Turn(IDLE, wording.stands(scene, scene.appointments[0]) if one else wording.yours(scene))
    return give_up(state, scene)


def about(state: State, aim: Aim, appointment: Appointment, words: str | None, scene: Scene) -> Turn:
    """Go on with the appointment that is to be moved or called off."""
    if aim is Aim.cancel:
        asked = state.go(Stage.cancel, aim=aim, booking_id=appointment.id, words=None)
        return Turn(asked, wording.shall_we_cancel(scene, appointment))
    moving = state.go(
        Stage.time, aim=Aim.move, booking_id=appointment.id, service_id=appointment.service_id, words=None
    )
    if words is None:
        return Turn(moving, wording.WHEN)
    wanted = times.on_the_day_of(words, appointment.starts_at, scene)
    return Turn(moving, action=Look(appointment.service_id, wanted, moving=appointment.id))


def hand_over(state: State, code: str) -> Turn:
    """Have a person look, and say so once."""
    already = state.stage is Stage.handed_over
    return Turn(State(Stage.handed_over), None if already else wording.HANDED_OVER, HandOver(code))
