"""What cannot be done to messages that wait."""

from app.core.errors import Invalid


class SentAhead(Invalid):
    """Nothing can have been sent at an instant that is still to come."""

    detail = "That instant is still to come: name the one at which the earlier system sent its last message."
