"""What can be wrong with services and resources."""

from app.core.errors import Conflict, Invalid, NotFound


class ServiceNotFound(NotFound):
    """The client has no such service."""

    detail = "This client has no such service."


class ResourceNotFound(NotFound):
    """The client has no such resource."""

    detail = "This client has no such resource."


class ServiceArchived(Conflict):
    """The service is archived: what is booked stays, nothing new is taken, nothing changes."""

    detail = "This service is archived; it takes no new bookings and no changes."


class ResourceArchived(Conflict):
    """The resource is archived: what is booked stays, nothing new is taken, nothing changes."""

    detail = "This resource is archived; it takes no new bookings and no changes."


class UnknownResource(Invalid):
    """`resourceIds` names resources that the client does not have; the problem's `resourceIds` lists them."""

    detail = "resourceIds names a resource that does not exist."


class ArchivedResource(Invalid):
    """`resourceIds` names archived resources; the problem's `resourceIds` lists them."""

    detail = "resourceIds names an archived resource; leave it out."
