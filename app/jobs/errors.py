"""How a job fails, and the short names that failures go by."""

import re
from datetime import timedelta

from app.core.errors import AppError, NotFound


class PermanentFailure(Exception):
    """Raised by a job that no later attempt can save: it is held for a human at once.

    What it is called says why, so name a subclass, or raise it `from` the error that says so: what a held job shows is
    a code, never a message, which might hold somebody's data.
    """


class TryLater(Exception):
    """Raised by a job that knows how long it has to wait, as after 429 with `Retry-After`: it is tried again then.

    Waiting uses up no attempt. It is bounded: 1 second to 1 day each time (`rules.Retries`), and 3 days since the job
    first failed; from then on it is a failure like others, so the job is held in the end. Raise it `from` the error
    that says why, whose code is shown.
    """

    def __init__(self, message: str = "", *, after: timedelta) -> None:
        super().__init__(message)
        self.after = after


class EventUnreadable(PermanentFailure):
    """What a job was to be done upon is not of the form that it has in this version."""


class TakenOver(Exception):
    """The job is no longer this worker's: it was given up for dead, and another one has it."""


class FateUnknown(Exception):
    """Something was sent, no answer came, and the other side does not show yet whether it arrived."""


class TookTooLong(Exception):
    """A job or a run of a periodic task went on for longer than it may."""


class JobNotHeld(NotFound):
    """A job that was named is not held."""

    detail = "Not all of these jobs are held; nothing was changed."


def coded(name: str) -> str:
    """Return the lower_snake_case code of an error's class name, at most 100 characters."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()[:100]


def failure_code(failure: BaseException) -> str:
    """Return the code of a failure; where its name says only what to do about it, that of its cause."""
    if type(failure) in (PermanentFailure, TryLater) and failure.__cause__ is not None:
        return failure_code(failure.__cause__)
    return failure.code if isinstance(failure, AppError) else coded(type(failure).__name__)
