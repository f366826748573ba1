"""What is answered once something was looked up or done."""

from app.messages.dialogue.rules import wording
from app.messages.dialogue.rules.state import IDLE, Aim, HandOver, Outcome, Scene, Stage, State, Turn


def tell(state: State, outcome: Outcome, scene: Scene, *, did: Aim | None = None) -> Turn:
    """Return what is said of an outcome: of a look, or of what was done (`did`).

    Whatever is offered is read back with its date; what is refused comes with its sentence and what else there is.
    """
    if outcome.done is not None and did is not None:
        said = {Aim.book: wording.booked, Aim.move: wording.moved, Aim.cancel: wording.called_off}[did]
        return Turn(IDLE, None if scene.texts_go_out else said(scene, outcome.done))
    if outcome.exact is not None:
        return _read_back(state, outcome, scene)
    if outcome.starts:
        asked = state.go(Stage.time, starts=outcome.starts, words=None)
        return Turn(asked, f"{_why(outcome)} {wording.times(scene, state.service_id, outcome.starts)}".strip())
    if outcome.sentence:
        return Turn(IDLE, wording.refused(outcome.refused, outcome.sentence))
    return Turn(State(Stage.handed_over), wording.NOTHING_FREE, HandOver("nothing_free"))


def _read_back(state: State, outcome: Outcome, scene: Scene) -> Turn:
    at = outcome.exact
    if at is None:
        raise AssertionError("only an instant is read back")
    other = outcome.other
    asked = state.go(Stage.book, starts=(at,), words=None, resource_id=other.id if other else None)
    appointment = scene.appointment(state.booking_id)
    if state.aim is Aim.move and appointment is not None:
        return Turn(asked, wording.shall_we_move(scene, appointment, at, other.name if other else None))
    return Turn(asked, wording.shall_we_book(scene, scene.service(state.service_id), at))


def _why(outcome: Outcome) -> str:
    """Return why what was asked for is not what is offered."""
    if outcome.sentence:
        return wording.refused(outcome.refused, outcome.sentence)
    if outcome.unread:
        return wording.unread(outcome.unread)
    return "Nothing is free then." if outcome.elsewhere else ""
