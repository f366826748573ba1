"""Every sentence that the dialogue sends: plain, short, and each says what to reply next.

None of them suggests a word that would unsubscribe who sends it: Twilio takes CANCEL, END and QUIT for that.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.messages.dialogue.rules.state import Appointment, Opening, Scene, Service, Stage, State
from app.phrases.rules.spoken import spoken_price, written_time

HANDED_OVER = "Thanks, we have passed your message on. Somebody will get back to you."
SAY = "Say what you need and when"
NOT_UNDERSTOOD = "Sorry, we did not get that."
NO_APPOINTMENT = "We have no appointment under this number."
NOTHING_FREE = "Sorry, nothing is free in the next weeks. We have asked somebody to get back to you."
WHEN = "When would suit you? Say a day or a time, such as Tuesday afternoon."
GONE = f"That appointment is not there any more. Is there anything else? {SAY}."
NOTHING_DONE = "All right, nothing was changed. Text us whenever you like."
PICTURE = "Thanks, we have passed your picture on. Somebody will get back to you."
NO_SERVICES = "Sorry, nothing can be booked by text here. We have passed your message on."

LONGEST_EXAMPLE = 40
"""Characters of a service's name that is given as an example."""

LONGEST_NAME = 40
"""Characters of a name that is read back."""

ROOM = 380
"""Characters of a list: with the sentence around it, it takes three parts of a text at most."""

_UNREAD = {
    "past": "That time has passed.",
    "weekday_and_date_disagree": "That date is another day of the week.",
    "no_such_date": "There is no such date.",
    "no_such_time": "There is no such time.",
    "skipped_by_clock_change": "The clocks go forward then; that time is skipped.",
    "too_far": "That is further ahead than we can book.",
}
"""What is said of a time that could not be read; of others, that it was not understood."""
_REFUSED = {
    "service_archived": "Sorry, that cannot be booked any more.",
    "service_not_found": "Sorry, that cannot be booked any more.",
    "booking_not_found": GONE,
    "transition_invalid": GONE,
    "closed": "We are closed then.",
    "off_grid": "We have nothing at exactly that time.",
    "notice": "That is too soon for us.",
    "horizon": "That is further ahead than we take bookings.",
    "limit": "That day is full.",
    "capacity": "There are not enough places left then.",
    "resource_cannot": "They do not do that.",
    "client_inactive": "Sorry, nothing can be booked by text here at present.",
}
"""Refusals whose own sentence is meant for programs."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
TOLD_REASONS = frozenset(_UNREAD)
"""A time was meant, though it cannot be had."""


def of(scene: Scene, at: datetime) -> str:
    """Return an instant as the client's customers read it."""
    return written_time(at, scene.zone, now=scene.now, region=scene.region)


def numbered(items: Sequence[str]) -> str:
    """Return `1) a 2) b 3) c`, of as many as a text has room for."""
    shown = ""
    for number, item in enumerate(items, 1):
        more = f"{shown} {number}) {item}".strip()
        if len(more) > ROOM and shown:
            break
        shown = more
    return shown


def welcome(scene: Scene) -> str:
    """Say what can be texted here, by the client's own service, and by what the writer has booked."""
    known = scene.services[0].name if scene.services else ""
    example = f", such as: {known} tomorrow at 3." if 0 < len(known) <= LONGEST_EXAMPLE else "."
    return f"{SAY}{example}{' Reply M to move an appointment, C to call it off.' if scene.appointments else ''}"


def times(scene: Scene, service_id: UUID | None, starts: Sequence[datetime]) -> str:
    """Return starts to choose from, and for what: a service may have been understood that was not meant."""
    how = "1" if len(starts) == 1 else f"1 to {len(starts)}"
    listed = numbered([of(scene, at) for at in starts])
    return f"{scene.service(service_id)}: {listed}. Reply {how}, or say another time."


def which_service(services: Sequence[Service]) -> str:
    """Ask for the service."""
    return f"What would you like to book? {numbered([each.name for each in services])}"


def which_appointment(scene: Scene, appointments: Sequence[Appointment]) -> str:
    """Ask which of several appointments is meant."""
    listed = numbered([f"{each.service}, {of(scene, each.starts_at)}" for each in appointments])
    return f"Which appointment? {listed}"


def shall_we_book(scene: Scene, service: str, at: datetime) -> str:
    """Read back before booking."""
    return f"{service} on {of(scene, at)}: shall we book it? Reply Y, or say another time."


def shall_we_move(scene: Scene, appointment: Appointment, at: datetime, other: str | None = None) -> str:
    """Read back before moving; with whom, where only somebody else is free."""
    only = "" if other is None else f", but only with {other[:LONGEST_NAME]}"
    return (
        f"{appointment.service} from {of(scene, appointment.starts_at)} to {of(scene, at)}{only}: shall we move it?"
        " Reply Y, or say another time."
    )


def shall_we_cancel(scene: Scene, appointment: Appointment) -> str:
    """Read back before calling off."""
    return f"{appointment.service} on {of(scene, appointment.starts_at)}: shall we call it off? Reply Y or N."


def booked(scene: Scene, appointment: Appointment) -> str:
    """Say that it is booked."""
    return f"Booked: {appointment.service} at {scene.client}, {of(scene, appointment.starts_at)}."


def moved(scene: Scene, appointment: Appointment) -> str:
    """Say that it is moved."""
    return f"Moved: {appointment.service} at {scene.client} is now on {of(scene, appointment.starts_at)}."


def called_off(scene: Scene, appointment: Appointment) -> str:
    """Say that it is called off."""
    return f"Called off: {appointment.service} on {of(scene, appointment.starts_at)}."


def stands(scene: Scene, appointment: Appointment) -> str:
    """Say that an appointment stands as it is."""
    return f"Thank you. {appointment.service} on {of(scene, appointment.starts_at)} stands. See you then."


def yours(scene: Scene) -> str:
    """Say what the customer has booked."""
    if not scene.appointments:
        return f"{NO_APPOINTMENT} {welcome(scene)}"
    booked_ones = [f"{each.service}, {of(scene, each.starts_at)}" for each in scene.appointments]
    listed = booked_ones[0] if len(booked_ones) == 1 else numbered(booked_ones)
    return f"You have booked: {listed}. Reply M to move, C to call off."


def where(scene: Scene, _named: Sequence[Service]) -> str | None:
    """Say where the client is, None if we do not know."""
    return f"{scene.client}: {scene.address}" if scene.address else None


def prices(scene: Scene, named: Sequence[Service]) -> str | None:
    """Say what services cost, None if we do not know of each of them."""
    if not named or any(each.price_minor is None for each in named):
        return None
    told = ", ".join(f"{each.name}: {spoken_price(each.price_minor or 0, scene.currency)}" for each in named)
    return f"{told}." if len(told) < ROOM else None


def hours(scene: Scene, _named: Sequence[Service]) -> str | None:
    """Say when the client is open in the week, days of the same hours together; None if we do not know."""
    days = [_windows(scene.opening, day) for day in range(1, 8)]
    if not any(days):
        return None
    parts, first = [], 0
    for last in range(7):
        if last == 6 or days[last + 1] != days[first]:
            name = _DAYS[first] if first == last else f"{_DAYS[first]}-{_DAYS[last]}"
            parts.append(f"{name} {days[first] or 'closed'}")
            first = last + 1
    return f"{scene.client}: {', '.join(parts)}."


def _windows(opening: Opening, day: int) -> str:
    return " and ".join(f"{_clock(start)}-{_clock(end)}" for start, end in opening.get(day, ()))


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def who(scene: Scene) -> str:
    """Say whose number it is."""
    return f"This is {scene.client}. {welcome(scene)}"


def again(state: State, scene: Scene) -> str:
    """Return the last question once more."""
    appointment = scene.appointment(state.booking_id)
    if state.stage is Stage.cancel and appointment is not None:
        return shall_we_cancel(scene, appointment)
    if state.stage is Stage.book and state.starts:
        if appointment is not None:
            return shall_we_move(scene, appointment, state.starts[0])
        return shall_we_book(scene, scene.service(state.service_id), state.starts[0])
    if state.starts:
        return times(scene, state.service_id, state.starts)
    if state.stage is Stage.service:
        return which_service([each for each in scene.services if each.id in state.choices])
    if state.stage is Stage.appointment:
        return which_appointment(scene, [each for each in scene.appointments if each.id in state.choices])
    return WHEN if state.stage is Stage.time else welcome(scene)


def refused(code: str | None, sentence: str) -> str:
    """Return why something was refused, as customers read it."""
    return _REFUSED.get(code or "", sentence)


def unread(reason: str) -> str:
    """Say why a time could not be read."""
    return _UNREAD.get(reason, NOT_UNDERSTOOD)


def help_text(client: str, phone: str | None) -> str:
    """Answer HELP."""
    call = f" Call {phone} to talk to us." if phone else ""
    return f"{client}: text us to book, move or call off an appointment.{call} Reply STOP to get no more texts."
