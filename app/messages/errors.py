"""Expected failures of messages."""

from app.core.errors import Conflict, NotFound, Unavailable


class MessageNotFound(NotFound):
    """The client has no such message."""

    detail = "There is no such message here."


class MessageNotSendable(Conflict):
    """The message cannot be sent again: it went out, is going out, came in, or its words are gone."""

    detail = (
        "Only a message that was not sent, failed, or did not arrive can be sent again, at most 10 times, while its"
        " words are kept."
    )


class MessageOutdated(Conflict):
    """What the message says is not true any more."""

    detail = "What this message says is not true any more: the booking has changed since, or has begun."


class TooManyWebhooks(Unavailable):
    """More than are taken in a minute: Twilio is to bring this one again, which it does after 5xx alone."""

    detail = "More webhooks than are taken in a minute; bring this one again."
