"""What can be wrong with a customer."""

from app.core.errors import Conflict, NotFound


class CustomerNotFound(NotFound):
    """The client has no such customer."""

    detail = "This client has no such customer."


class CustomerErased(Conflict):
    """Only the id of the customer is left; nothing new is written to it."""

    detail = "This customer was erased; only the id is left."


class PhoneTaken(Conflict):
    """Another customer of the client has this phone."""

    detail = "Another customer has this phone."
