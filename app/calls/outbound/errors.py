"""Why a call is not made."""

from app.core.errors import Conflict, Invalid


class DoNotCall(Conflict):
    """Who is meant does not want to be called."""

    detail = "That customer does not want to be called; DELETE /api/customers/{id}/do-not-call once they do again."


class CallsOff(Conflict):
    """The client makes no calls."""

    detail = "This client calls nobody: callsPerDay is 0."


class CallWaiting(Conflict):
    """The same is waiting to be called for the same."""

    detail = "A call to that number for that purpose waits already; cancel it first."


class NotCallable(Invalid):
    """A number that costs extra is not called."""

    detail = "That number charges its callers; it is not called."


class TooFarAhead(Invalid):
    """Who knows then whether it is still wanted."""

    detail = "A call can be ordered for the next 90 days."


class CustomerUnreachable(Conflict):
    """No number is known of the customer."""

    detail = "No phone number is known of this customer."


class NothingToRemindOf(Conflict):
    """The booking is not confirmed, or has begun, or is another customer's."""

    detail = "That is no confirmed booking of theirs that is still to come."


class CallUnderWay(Conflict):
    """The call does not wait any more."""

    detail = "Only a call that waits to be placed can be cancelled."
