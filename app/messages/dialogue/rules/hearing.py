"""What a text means where the talk stands. Keywords were looked for before."""

from collections.abc import Callable
from dataclasses import replace

from app.bookings.asking.rules import choose
from app.messages.dialogue.rules import answers, steps, times, wishes, wording
from app.messages.dialogue.rules.state import IDLE, Aim, Cancel, HandOver, Scene, Stage, State, Turn

_YES_OF_BOOKING = frozenset({"book", "in", "put", "down", "slot"})
_YES_OF_MOVING = frozenset({"move", "change", "reschedule", "my", "appointment"})
_YES_OF_CANCELLING = frozenset({"cancel", "call", "off", "my", "appointment", "drop"})


def hear(state: State, text: str, scene: Scene) -> Turn:
    """Return what a text leads to; it always leads somewhere, and never to anything that was not asked for."""
    text = answers.seen(text)
    if len(text) > answers.LONGEST:
        return steps.hand_over(state, "long_text")
    if not scene.services and not scene.appointments:
        over = steps.hand_over(state, "nothing_to_book")
        return replace(over, reply=over.reply and wording.NO_SERVICES)
    if state.booking_id is not None and scene.appointment(state.booking_id) is None:
        return Turn(IDLE, wording.GONE)
    for way in (wishes.before_all, _answers, wishes.wished):
        turn = way(state, text, scene)
        if turn is not None:
            return turn
    if answers.thanks(text):
        return Turn(state, wording.again(state, scene) if state.stage in {Stage.book, Stage.cancel} else None)
    return _unclear(state, scene)


def _answers(state: State, text: str, scene: Scene) -> Turn | None:
    """Return what a text means as an answer to what was asked, None if it is none."""
    ways: dict[Stage, Callable[[State, str, Scene], Turn | None]] = {
        Stage.service: _which_service,
        Stage.time: _which_time,
        Stage.book: _shall_we,
        Stage.appointment: _which_appointment,
        Stage.cancel: _shall_we_cancel,
    }
    answer = ways.get(state.stage)
    if answer is None:
        return _nothing_asked(state, text, scene)
    if state.stage is not Stage.cancel and answers.muddled(text, len(state.starts or state.choices)):
        return _unclear(state, scene)
    turn = answer(state, text, scene)
    if turn is None and (answers.gives_up(text) or answers.refuses(text)):
        return steps.give_up(state, scene)
    return turn


def _nothing_asked(state: State, text: str, scene: Scene) -> Turn | None:
    """Return what is said to a yes, a no or thanks where nothing was asked, as after a reminder."""
    if state.stage is not Stage.idle:
        return None
    if answers.refuses(text) and scene.appointments:
        return Turn(state, wording.yours(scene))
    if answers.thanks(text) or answers.assents(text) or answers.refuses(text):
        return Turn(state, wording.stands(scene, scene.appointments[0]) if scene.appointments else None)
    return None


def _which_service(state: State, text: str, scene: Scene) -> Turn | None:
    picked, rest = answers.picked(text, len(state.choices)), text
    if picked is None:
        first, _, after = answers.plain(text).partition(" ")
        if after and times.tells(after, scene):
            picked, rest = answers.picked(first, len(state.choices)), after
    known = {each.id: each for each in scene.services}
    chosen = known.get(state.choices[picked]) if picked is not None else None
    named = times.without_pronouns(answers.bare(text))
    meant = (chosen,) if chosen else choose(named, known.values(), by_one_word=True)
    if len(meant) != 1 or not answers.plain(text):
        return None
    words = times.without_pronouns(times.without_names(rest, meant, scene))
    timed = answers.picked(text, len(state.choices)) is None and times.tells(words, scene)
    return steps.look(state, meant[0].id, words if timed else state.words)


def _which_time(state: State, text: str, scene: Scene) -> Turn | None:
    picked = answers.picked(text, len(state.starts))
    if picked is not None:
        return steps.decide(state, state.starts[picked])
    beside = _YES_OF_BOOKING | (_YES_OF_MOVING if state.aim is Aim.move else frozenset())
    if answers.assents(text, beside=beside) and state.starts:
        return steps.decide(state, state.starts[0]) if len(state.starts) == 1 else _unclear(state, scene)
    if answers.takes_any(text) and state.starts:
        return steps.read_back(state, state.starts[0])
    if answers.gives_up(text):
        return steps.give_up(state, scene)
    return _another_time(state, text, scene)


def _another_time(state: State, text: str, scene: Scene) -> Turn | None:
    """Return what a text leads to that names a time in place of choosing one: what was offered is read back."""
    words = times.without_names(text, scene.services, scene)
    said = answers.plain(text)
    renames = wishes.MOVE.search(said) or wishes.CANCEL.search(said)
    if state.service_id is not None and times.only_later(words, scene):
        return Turn(state.go(Stage.time), wording.WHEN)
    if state.service_id is not None and not renames and times.tells(words, scene):
        offered = times.among(words, state.starts, scene)
        if len(offered) == 1 and not times.of_a_whole_day(words, scene):
            return steps.read_back(state, offered[0])
        near = times.on_the_day_of(words, state.starts[0], scene) if state.starts else words
        return steps.look(state, state.service_id, near)
    if answers.wants_others(text) or times.reason(words, scene) == "exclusion":
        return Turn(state.go(Stage.time), wording.WHEN)
    return None


def _shall_we(state: State, text: str, scene: Scene) -> Turn | None:
    if not state.starts:
        return None
    if answers.plain(text) == "1":
        return steps.decide(state, state.starts[0])
    return _agreed(state, text, scene) or _which_time(state, text, scene)


def _agreed(state: State, text: str, scene: Scene) -> Turn | None:
    """Return the act where a yes comes with the very time that was read back: `yes, 3pm is fine`."""
    first, _, rest = answers.bare(text).partition(" ")
    if answers.assents(first) and rest and "?" not in text and times.among(rest, state.starts, scene):
        read = times.exact(rest, scene, state.starts[0])
        return steps.decide(state, state.starts[0]) if read else None
    return None


def _shall_we_cancel(state: State, text: str, scene: Scene) -> Turn | None:
    appointment = scene.appointment(state.booking_id)
    if appointment is not None and answers.assents(text, beside=_YES_OF_CANCELLING, clearly=True):
        return Turn(IDLE, action=Cancel(appointment.id))
    return steps.give_up(state, scene) if answers.refuses(text) else None


def _which_appointment(state: State, text: str, scene: Scene) -> Turn | None:
    if state.aim is None:
        return None
    theirs = [each for each in map(scene.appointment, state.choices) if each is not None]
    picked = answers.picked(text, len(state.choices))
    if picked is not None:
        chosen = scene.appointment(state.choices[picked])
        return Turn(IDLE, wording.GONE) if chosen is None else steps.about(state, state.aim, chosen, state.words, scene)
    found = times.meant(text, theirs, scene)
    if len(found) == 1 and len(theirs) > 1:
        return steps.about(state, state.aim, found[0], state.words, scene)
    return None


def _unclear(state: State, scene: Scene) -> Turn:
    """Ask back once; then a person has to look."""
    if state.stage is Stage.handed_over:
        return Turn(state, action=HandOver("more_said"))
    if state.unclear:
        return steps.hand_over(state, "not_understood")
    return Turn(replace(state, unclear=1), f"{wording.NOT_UNDERSTOOD} {wording.again(state, scene)}")
