"""How Twilio fails us, or somebody in its name. None of these texts holds a key, a phone number or what was written."""

from app.core.errors import AppError


class SignatureInvalid(AppError):
    """A webhook that Twilio has not signed, or not for this address. It is not said which part is wrong."""

    status, detail = 401, "This request is not signed by Twilio for this address."


class FormUnreadable(AppError):
    """A webhook without what it is about: no form, or one that lacks a field that every such form has."""

    status, detail = 400, "This is no form that Twilio sends."


class TwilioKeyRefused(AppError):
    """Twilio does not know the account or the key, or does not let it."""

    status, detail = 503, "Twilio refuses the account or its key: look at TWILIO_ACCOUNT_SID and what it is asked with."


class TwilioRefused(AppError):
    """Twilio has understood and will not. `number` is its code, if it gave one; `permanent`: repeating is no use."""

    status, detail = 409, "Twilio refuses that."

    def __init__(self, number: int | None = None, *, permanent: bool = True) -> None:
        known = f"see https://www.twilio.com/docs/errors/{number}" if number else "it gives no code"
        super().__init__(f"Twilio refuses that: {known}.")
        self.number = number
        self.permanent = permanent


class OptedOut(TwilioRefused):
    """The recipient has told Twilio to send nothing more from this sender (21610)."""

    def __init__(self) -> None:
        super().__init__(21610)
        self.detail = "The recipient has opted out of messages from this sender: only their own START undoes that."


class TwilioBusy(AppError):
    """Too many requests: this one was not carried out, and may be repeated after `seconds`."""

    status, detail = 503, "Twilio takes no more requests for now."

    def __init__(self, seconds: int = 1) -> None:
        super().__init__(f"Twilio takes no more requests for now: try again in {seconds} s.")
        self.seconds = seconds


class TwilioUnreachable(AppError):
    """Nobody was there to be asked, or what only reads got no answer: it may be repeated without harm."""

    status, detail = 503, "Twilio's API does not answer: see https://status.twilio.com, and try again."


class TwilioOutcomeUnknown(AppError):
    """An order got no answer, or a fault for one: the message may have been sent. List before sending again."""

    status, detail = 503, "Twilio did not say whether it has sent that: look at what it lists before sending again."


class TwilioUnintelligible(AppError):
    """An answer that is not what the API is documented to answer, or a list without end."""

    status, detail = 503, "Twilio's API answered what this version does not understand: look at Twilio's console."


UNSENT: tuple[type[AppError], ...] = (TwilioUnreachable, TwilioBusy, TwilioRefused, TwilioKeyRefused)
"""These, raised by sending, prove that nothing was sent (`jobs.once.send_once`); `TwilioOutcomeUnknown` does not."""
