"""How e-mail fails. None of these texts holds an address, a password, or a word of the letter or of the server."""

from typing import Literal

from app.core.errors import AppError

Stage = Literal["connection", "login", "sender", "recipient", "letter"]
"""What was being done; a refusal of the `recipient` is about that address alone."""


class AddressUnusable(AppError):
    """No letter can go to that address, or from it."""

    status, detail = 422, "That is not an e-mail address that a letter can be sent to: letters and digits before the @."


class MailUrlInvalid(AppError):
    """The setting names no mail server."""

    status, detail = 503, "SMTP_URL names no mail server: write smtp://user:password@host:587 or smtps://...:465."


class MailInsecure(AppError):
    """A password would go to a server that proves nothing: no TLS, or a certificate that is not its own."""

    status, detail = (
        503,
        "The mail server offers no TLS that can be trusted, so it is not given the password in SMTP_URL.",
    )


class MailKeyRefused(AppError):
    """The mail server does not take the user and the password."""

    status, detail = 503, "The mail server refuses the user or the password in SMTP_URL."


class MailRefused(AppError):
    """The mail server has refused for good: nothing was sent, and repeating is no use."""

    status, detail = 409, "The mail server refuses that."

    def __init__(self, stage: Stage = "letter", number: int = 550, enhanced: str | None = None) -> None:
        super().__init__(f"The mail server refuses the {stage} ({enhanced or number}).")
        self.stage = stage
        self.number = number
        self.enhanced = enhanced


class MailLater(AppError):
    """The mail server has refused for now: nothing was sent; try again in some minutes."""

    status, detail = 503, "The mail server does not take it for now: try again in some minutes."

    def __init__(self, stage: Stage = "connection", number: int = 451, enhanced: str | None = None) -> None:
        super().__init__(
            f"The mail server does not take the {stage} for now ({enhanced or number}): try again in some minutes."
        )
        self.stage = stage
        self.number = number
        self.enhanced = enhanced


class MailUnreachable(AppError):
    """Nobody answers, or not to the end, and the letter was not handed over: it may be sent again."""

    status, detail = 503, "The mail server in SMTP_URL does not answer: look whether it runs, and try again."


class MailOutcomeUnknown(AppError):
    """The letter was handed over, and the server did not say whether it took it.

    Sending it again is harmless: its `Message-ID` and the UID and SEQUENCE of its appointment are the same, so that
    whoever gets it twice can see that it is one.
    """

    status, detail = 503, "The mail server did not say whether it took the letter: it may be sent again."


UNSENT: tuple[type[AppError], ...] = (
    *(AddressUnusable, MailUrlInvalid, MailInsecure, MailKeyRefused),
    *(MailRefused, MailLater, MailUnreachable),
)
"""These prove that nothing was sent; `MailOutcomeUnknown` does not."""
