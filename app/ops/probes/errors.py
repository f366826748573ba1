"""Failures of probes."""

from app.core.errors import AppError


class ProbedTooOften(AppError):
    """This address asks more often than any monitor has to."""

    status, detail = 429, "Probes are asked too often from this address."
