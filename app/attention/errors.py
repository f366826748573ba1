"""What can go wrong with what waits for a person."""

from app.core.errors import NotFound


class AttentionNotFound(NotFound):
    """The client has no such item."""

    detail = "This client has nothing of that id waiting."
