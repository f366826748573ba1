"""Every sentence that the dialogue sends: plain, short, and each says what to reply next.

None of them suggests a word that would unsubscribe who sends it: Twilio takes CANCEL, END and QUIT for that.
"""

from collections.abc import Sequence
from datetime import datetime

from app.messages.dialogue.rules.state import Appointment, Scene
from app.phrases.rules.spoken import written_time

HANDED_OVER = "Thanks, we have passed your message on. Somebody will get back to you."
WELCOME = (
    "Say what you need and when, such as: check-up tomorrow at 3. Reply M to move an appointment, C to call it off."
)
NOT_UNDERSTOOD = "Sorry, we did not get that."
NO_APPOINTMENT = "We have no appointment under this number."
NOTHING_FREE = "Sorry, nothing is free in the next weeks. We have asked somebody to get back to you."
WHEN = "When would suit you? Say a day or a time, such as Tuesday afternoon."
NO_SERVICES = "Sorry, nothing can be booked by text here. We have passed your message on."

_UNREAD = {
    "past": "That time has passed.",
    "weekday_and_date_disagree": "That date is another day of the week.",
    "no_such_date": "There is no such date.",
    "no_such_time": "There is no such time.",
    "skipped_by_clock_change": "The clocks go forward then; that time is skipped.",
    "too_far": "That is further ahead than we can book.",
}
"""What is said of a time that could not be read; of others, that it was not understood."""
TOLD_REASONS = frozenset(_UNREAD)
"""A time was meant, though it cannot be had."""


def of(scene: Scene, at: datetime) -> str:
    """Return an instant as the client's customers read it."""
    return written_time(at, scene.zone, now=scene.now, region=scene.region)


def numbered(items: Sequence[str]) -> str:
    """Return `1) a 2) b 3) c`."""
    return " ".join(f"{number}) {item}" for number, item in enumerate(items, 1))


def times(scene: Scene, starts: Sequence[datetime]) -> str:
    """Return starts to choose from."""
    if len(starts) == 1:
        return f"1) {of(scene, starts[0])}. Reply 1, or say another time."
    return f"{numbered([of(scene, at) for at in starts])}. Reply 1 to {len(starts)}, or say another time."


def which_service(scene: Scene) -> str:
    """Ask for the service."""
    return f"What would you like to book? {numbered([each.name for each in scene.services[:9]])}"


def which_appointment(scene: Scene, appointments: Sequence[Appointment]) -> str:
    """Ask which of several appointments is meant."""
    listed = numbered([f"{each.service}, {of(scene, each.starts_at)}" for each in appointments])
    return f"Which appointment? {listed}"


def shall_we_book(scene: Scene, service: str, at: datetime) -> str:
    """Read back before booking."""
    return f"{service} on {of(scene, at)}: shall we book it? Reply Y, or say another time."


def shall_we_move(scene: Scene, appointment: Appointment, at: datetime) -> str:
    """Read back before moving."""
    return (
        f"{appointment.service} from {of(scene, appointment.starts_at)} to {of(scene, at)}: shall we move it?"
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


def unread(reason: str) -> str:
    """Say why a time could not be read."""
    return _UNREAD.get(reason, NOT_UNDERSTOOD)


def help_text(client: str, phone: str | None) -> str:
    """Answer HELP."""
    call = f" Call {phone} to talk to us." if phone else ""
    return f"{client}: text us to book, move or call off an appointment.{call} Reply STOP to get no more texts."
