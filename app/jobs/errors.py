"""How a job fails, and the short names that failures go by."""

import re

from app.core.errors import AppError, NotFound


class PermanentFailure(Exception):
    """Raised by a job that no later attempt can save: it is held for a human at once."""


class TakenOver(Exception):
    """The job is no longer this worker's: it was given up for dead, and another one has it."""


class TookTooLong(Exception):
    """A job or a run of a periodic task went on for longer than it may."""


class JobNotHeld(NotFound):
    """A job that was named is not held."""

    detail = "Not all of these jobs are held; nothing was changed."


def coded(name: str) -> str:
    """Return the lower_snake_case code of an error's class name, at most 100 characters."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()[:100]


def failure_code(failure: BaseException) -> str:
    """Return the code of a failure."""
    return failure.code if isinstance(failure, AppError) else coded(type(failure).__name__)
