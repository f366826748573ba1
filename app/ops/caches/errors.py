"""Failures of what is asked about caches."""

from app.core.errors import NotFound


class UnknownCache(NotFound):
    """No cache has this name."""

    detail = "There is no such cache; caches of GET /api/cache/stats names them all."
