"""Why a tool does not do what was said: a question to the caller, or a refusal. Each sentence names the next step."""

from app.core.errors import Conflict, Invalid


class Unclear(Invalid):
    """The caller has to be asked; nothing was changed."""

    detail = "I did not get that. Could you say it again?"

    def __init__(self, detail: str | None = None, code: str | None = None) -> None:
        super().__init__(detail)
        self.code = code or self.code


class ServiceUnclear(Unclear):
    """It is not said, or not clear, what the appointment is for."""

    detail = "What would you like to come in for?"


class StaffUnclear(Unclear):
    """It is not clear with whom."""

    detail = "With whom would you like the appointment?"


class TimeUnclear(Unclear):
    """It is not said, or not clear, when; the code is the reason why the words could not be read."""

    detail = "When would you like to come?"


class TimeAmbiguous(Unclear):
    """What was said can mean several times."""

    detail = "Which of these times do you mean?"


class ChooseTime(Unclear):
    """A day or a part of one was named; a time in it has to be chosen."""

    detail = "Which time would suit you?"


class AppointmentUnclear(Unclear):
    """The caller has several appointments."""

    detail = "Which appointment do you mean?"


class PhoneNeeded(Unclear):
    """The caller's own number is hidden, and somebody has to be reached."""

    detail = "Your number is hidden. Which phone number can we reach you on?"


class MessageNeeded(Unclear):
    """There are no words to take down."""

    detail = "What may I pass on?"


class NotOnOffer(Conflict):
    """The time cannot be had; the code is the reason."""

    detail = "That time is not free."

    def __init__(self, detail: str, code: str) -> None:
        super().__init__(detail)
        self.code = code


class CallerHidden(Conflict):
    """Only who calls from their own number may hear of, move or cancel appointments."""

    detail = (
        "I cannot see your number, so I cannot look at your appointments. "
        "Please call from the phone that you booked with, or I can take a message."
    )


class NoAppointment(Conflict):
    """Nothing to come is booked under the caller's number."""

    detail = "I find no upcoming appointment under your number. Shall I look for a time, or take a message?"
