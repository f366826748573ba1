"""Expected failures of templates."""

from typing import Any

from app.core.errors import Invalid, NotFound
from app.messages.templates.rules import PLACEHOLDERS

_KNOWN = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)


class TemplateNotFound(NotFound):
    """The client has no words of its own for this."""

    detail = "You have no template of your own for this; ours is used."


class UnknownPlaceholder(Invalid):
    """The template names what is none; `unknown` and `placeholders` tell which, and which there are."""

    detail = f"The template may name {_KNOWN}."

    def __init__(self, *unknown: str, **extra: Any) -> None:
        super().__init__(unknown=list(unknown), placeholders=list(PLACEHOLDERS), **extra)


class UnbalancedBraces(Invalid):
    """A brace is opened and not closed, or the other way round."""

    detail = f"Write braces only around the name of a placeholder: {_KNOWN}."


class AsksForStopWord(Invalid):
    """The text asks to answer with a word by which Twilio ends all texts to this customer."""

    detail = (
        "A text must not ask to reply CANCEL, END, QUIT or the like: Twilio takes that for a wish to get no more texts."
        ' Ask for a letter, such as "Reply C to cancel".'
    )


class TemplateTooLong(Invalid):
    """More than a text should be, or more placeholders than a message needs."""

    detail = "Write at most 640 characters for a text, and at most 20 placeholders."


class SubjectMissing(Invalid):
    """An e-mail without a subject, or a text with one."""

    detail = "An e-mail needs a subject, and a text has none."
