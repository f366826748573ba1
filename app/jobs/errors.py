"""How a job fails, and the short names that failures go by."""

import re

from app.core.errors import AppError, NotFound


class PermanentFailure(Exception):
    """Raised by a job that no later attempt can save: it is held for a human at once."""


class DatabaseLost(Exception):
    """The connection over which jobs arrive is gone."""

    code = "database_lost"


class TakenOver(Exception):
    """The job is no longer this worker's: it was given up for dead, and another one has it."""


class JobNotHeld(NotFound):
    """No held job has this number."""

    detail = "No held job has that number."


def failure_code(failure: BaseException) -> str:
    """Return the lower_snake_case name of a failure, at most 100 characters."""
    if isinstance(failure, AppError):
        return failure.code
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(failure).__name__).lower()[:100]
