"""What can go wrong with lines."""

from app.core.errors import Conflict, NotFound


class LineNotFound(NotFound):
    """The client has no such number."""

    detail = "This client has no such line."


class LineTaken(Conflict):
    """The number is another client's."""

    detail = "That number belongs to another client; an operator can take it away there."


class VapiNumberTaken(Conflict):
    """The id at Vapi belongs to another number."""

    detail = "vapiPhoneNumberId belongs to another line."


class TooManyLines(Conflict):
    """The client has as many numbers as one can."""

    detail = "A client can have 50 lines; remove one first."
