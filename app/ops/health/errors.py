"""Failures of detailed health."""

from app.core.errors import NotFound


class ComponentNotFound(NotFound):
    """Detailed health knows no component of this name."""

    detail = "There is no component of this name; GET /api/health/detailed names them all."
