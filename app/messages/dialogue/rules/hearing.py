"""What a text means where the talk stands. Keywords were looked for before."""

import re
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from app.bookings.asking.rules import choose
from app.messages.dialogue.rules import wording
from app.messages.dialogue.rules.state import (
    IDLE,
    Aim,
    Appointment,
    Book,
    Cancel,
    HandOver,
    Look,
    Move,
    Scene,
    Stage,
    State,
    Turn,
)
from app.phrases.rules import read_time

LONGEST = 320
"""So much of a text is looked at; what is longer is a letter to a person."""

_YES = frozenset(
    {"y", "yes", "yep", "yeah", "ok", "okay", "sure", "confirm", "confirmed", "please do", "correct", "go ahead"}
)
_NO = frozenset({"n", "no", "nope", "nah", "neither", "none", "leave it", "never mind", "nevermind"})
_THANKS = frozenset(
    {"thanks", "thank you", "thx", "ta", "cheers", "great", "perfect", "ok thanks", "ok thank you", "see you"}
)
_NUMBERS = {
    **{str(number): number for number in range(1, 10)},
    **{"one": 1, "two": 2, "three": 3, "first": 1, "second": 2, "third": 3, "last": -1},
}
_NUMBER = re.compile(r"(?:option |number |no |the )?(\w+?)(?: one| please| option)?")
_MOVE = re.compile(r"\b(move|reschedule|rebook|change|postpone|push)\b")
_CANCEL = re.compile(
    r"\b(cancel|call(ing)? (it |my appointment )?off|can'?t (come|make it)|cannot (come|make it)|drop my)\b"
)
_PERSON = re.compile(r"\b(human|person|agent|operator|staff|reception(ist)?|call me|ring me|speak to|talk to)\b")
_BOOK = re.compile(r"\b(book|appointment|available|availability|free|slot|opening|come in|see (the|a|you))\b")


def hear(state: State, text: str, scene: Scene) -> Turn:
    """Return what a text leads to; it always leads somewhere, and never to anything that was not asked for."""
    plain = _plain(text)
    if len(text) > LONGEST or _PERSON.search(plain):
        return _hand_over(state, "person_wanted" if len(text) <= LONGEST else "long_text")
    if not scene.services and not scene.appointments:
        return replace(_hand_over(state, "nothing_to_book"), reply=wording.NO_SERVICES)
    for way in (_answers, _wants):
        turn = way(state, plain, text, scene)
        if turn is not None:
            return turn
    if plain in _THANKS or (plain in _YES and state.stage is Stage.idle):
        return Turn(state, _reassured(scene))
    return _unclear(state, scene)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text[:LONGEST].casefold().replace("\u2019", "'")))


def _answers(state: State, plain: str, text: str, scene: Scene) -> Turn | None:
    """Return what a text means as an answer to what was asked, None if it is none."""
    answer: Callable[[State, str, str, Scene], Turn | None] = {
        Stage.service: _which_service,
        Stage.time: _which_time,
        Stage.book: _shall_we,
        Stage.appointment: _which_appointment,
        Stage.cancel: _shall_we_cancel,
    }.get(state.stage, _nothing)
    return answer(state, plain, text, scene)


def _nothing(_state: State, _plain_text: str, _text: str, _scene: Scene) -> None:
    return None


def _which_service(state: State, plain: str, text: str, scene: Scene) -> Turn | None:
    picked = _pick(plain, len(state.choices))
    meant = [state.choices[picked]] if picked is not None else [each.id for each in choose(text, scene.services)]
    if len(meant) != 1 or not plain:
        return None
    words = state.words or (text if picked is None and _tells_a_time(text, scene) else None)
    return _look(state, meant[0], words)


def _which_time(state: State, plain: str, text: str, scene: Scene) -> Turn | None:
    picked = _pick(plain, len(state.starts))
    if picked is not None:
        return _decided(state, state.starts[picked])
    if plain in _YES and len(state.starts) == 1:
        return _decided(state, state.starts[0])
    if plain in _NO:
        return Turn(state.go(Stage.time), wording.WHEN)
    if _tells_a_time(text, scene) and state.service_id and not _MOVE.search(plain) and not _CANCEL.search(plain):
        return _look(state, state.service_id, text)
    return None


def _shall_we(state: State, plain: str, text: str, scene: Scene) -> Turn | None:
    if plain in _YES or plain == "1":
        return _decided(state, state.starts[0])
    return _which_time(replace(state, starts=()), plain, text, scene)


def _shall_we_cancel(state: State, plain: str, _text: str, scene: Scene) -> Turn | None:
    appointment = scene.appointment(state.booking_id)
    if plain in _YES and appointment is not None:
        return Turn(IDLE, action=Cancel(appointment.id))
    if plain in _NO and appointment is not None:
        return Turn(IDLE, wording.stands(scene, appointment))
    return None


def _which_appointment(state: State, plain: str, text: str, scene: Scene) -> Turn | None:
    picked = _pick(plain, len(state.choices))
    if picked is None:
        return None
    appointment = scene.appointment(state.choices[picked])
    if appointment is None or state.aim is None:
        return None
    return _about(state, state.aim, appointment, state.words, scene)


def _wants(state: State, plain: str, text: str, scene: Scene) -> Turn | None:
    """Return what a text asks for by itself, wherever the talk stands; None if nothing."""
    if plain == "c" or _CANCEL.search(plain):
        return _which(Aim.cancel, text, scene)
    if plain == "m" or _MOVE.search(plain):
        return _which(Aim.move, text, scene)
    named = choose(text, scene.services)
    timed = _tells_a_time(text, scene)
    if not (timed or _BOOK.search(plain) or 0 < len(named) < len(scene.services)):
        return None
    words = text if timed else None
    meant = named if 0 < len(named) < len(scene.services) else scene.services
    if len(meant) == 1:
        return _look(State(aim=Aim.book), meant[0].id, words)
    if not scene.services:
        return _hand_over(state, "nothing_to_book")
    asked = State(Stage.service, Aim.book, choices=tuple(each.id for each in scene.services[:9]), words=words)
    return Turn(asked, wording.which_service(scene))


def _which(aim: Aim, text: str, scene: Scene) -> Turn:
    words = text if aim is Aim.move and _tells_a_time(text, scene) else None
    if not scene.appointments:
        return Turn(IDLE, f"{wording.NO_APPOINTMENT} {wording.WELCOME}")
    if len(scene.appointments) == 1:
        return _about(IDLE, aim, scene.appointments[0], words, scene)
    several = scene.appointments[:9]
    asked = State(Stage.appointment, aim, choices=tuple(each.id for each in several), words=words)
    return Turn(asked, wording.which_appointment(scene, several))


def _about(state: State, aim: Aim, appointment: Appointment, words: str | None, scene: Scene) -> Turn:
    if aim is Aim.cancel:
        return Turn(
            state.go(Stage.cancel, aim=aim, booking_id=appointment.id), wording.shall_we_cancel(scene, appointment)
        )
    moving = state.go(
        Stage.time, aim=Aim.move, booking_id=appointment.id, service_id=appointment.service_id, words=None
    )
    if words is None:
        return Turn(moving, wording.WHEN)
    return Turn(moving, action=Look(appointment.service_id, words, moving=appointment.id))


def _look(state: State, service_id: UUID, words: str | None) -> Turn:
    looking = state.go(Stage.time, service_id=service_id, words=None, aim=state.aim or Aim.book)
    moving = looking.booking_id if looking.aim is Aim.move else None
    return Turn(looking, action=Look(service_id, words, moving=moving))


def _decided(state: State, at: object) -> Turn:
    if state.aim is Aim.move and state.booking_id is not None:
        return Turn(state, action=Move(state.booking_id, at))  # type: ignore[arg-type]
    if state.service_id is None:
        return Turn(IDLE, wording.WELCOME)
    return Turn(state, action=Book(state.service_id, at))  # type: ignore[arg-type]


def _pick(plain: str, count: int) -> int | None:
    """Return the place, from 0, of what was chosen of so many; None if that was not a choice."""
    matched = _NUMBER.fullmatch(plain)
    number = _NUMBERS.get(matched[1]) if matched else None
    if number == -1:
        return count - 1 if count else None
    return number - 1 if number is not None and number <= count else None


def _tells_a_time(text: str, scene: Scene) -> bool:
    read = read_time(text, scene.now, scene.zone, scene.region, scene.opening)
    return bool(read.readings) or str(read.reason) in wording.TOLD_REASONS


def _reassured(scene: Scene) -> str | None:
    return wording.stands(scene, scene.appointments[0]) if scene.appointments else None


def _unclear(state: State, scene: Scene) -> Turn:
    """Ask back once; then a person has to look."""
    if state.stage is Stage.handed_over:
        return Turn(state, action=HandOver("more_said"))
    if state.unclear:
        return _hand_over(state, "not_understood")
    return Turn(replace(state, unclear=1), f"{wording.NOT_UNDERSTOOD} {_again(state, scene)}")


def _again(state: State, scene: Scene) -> str:
    if state.starts:
        return wording.times(scene, state.starts)
    if state.stage is Stage.service:
        return wording.which_service(scene)
    appointment = scene.appointment(state.booking_id)
    if state.stage is Stage.cancel and appointment is not None:
        return wording.shall_we_cancel(scene, appointment)
    return wording.WHEN if state.stage is Stage.time else wording.WELCOME


def _hand_over(state: State, code: str) -> Turn:
    already = state.stage is Stage.handed_over
    return Turn(State(Stage.handed_over), None if already else wording.HANDED_OVER, HandOver(code))
