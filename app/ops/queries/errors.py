"""Failures of query insight."""

from app.core.errors import Invalid


class SinceAhead(Invalid):
    """The window would begin in the future."""

    detail = "`since` lies in the future; there is nothing to tell yet."


class SinceTooEarly(Invalid):
    """The window would begin before anything is kept."""

    detail = "`since` lies more than 35 days back; figures are kept no longer."
