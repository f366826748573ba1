"""What can go wrong about calls."""

from app.core.errors import NotFound


class CallNotFound(NotFound):
    """The client has no such call."""

    detail = "This client has no such call."
