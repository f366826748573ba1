"""Failures of controls."""

from app.core.errors import NotFound


class ControlNotFound(NotFound):
    """No such control is in force."""

    detail = "Nothing with this id is in force; it may have expired or been lifted."
