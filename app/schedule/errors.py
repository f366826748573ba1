"""What can be wrong with a question about availability."""

from app.core.errors import Conflict, Invalid, NotFound


class ServiceNotFound(NotFound):
    """The client has no such service."""

    detail = "This client has no such service."


class ResourceNotFound(NotFound):
    """The client has no such resource."""

    detail = "This client has no such resource."


class ServiceArchived(Conflict):
    """The service is archived: what is booked stays, nothing new is taken."""

    detail = "This service is archived and takes no new bookings."


class RangeInvalid(Invalid):
    """The span asked about is empty, turned round, or longer than 92 days."""

    detail = "to must lie after from, by at most 92 days."
