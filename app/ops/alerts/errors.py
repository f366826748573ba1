"""Failures of alerts."""

from app.core.errors import NotFound


class RuleNotFound(NotFound):
    """No rule has this name."""

    detail = "No rule has this name; GET /api/alerts/rules lists them."


class RuleNotMuted(NotFound):
    """This rule is not mute."""

    detail = "This rule is not mute; the mute may have expired."
