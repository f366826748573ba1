"""What can wait for a person, and what can be done about each: data and one look-up."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID


class Kind(StrEnum):
    """Why a person is needed."""

    hand_over = "hand_over"
    message_taken = "message_taken"
    callback_wanted = "callback_wanted"
    confirmation_undelivered = "confirmation_undelivered"
    told_without_booking = "told_without_booking"
    call_failed = "call_failed"
    not_understood = "not_understood"


WHAT: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.hand_over: "Something came in that a person has to answer.",
        Kind.message_taken: "A caller left a message.",
        Kind.callback_wanted: "Somebody wants to be called back.",
        Kind.confirmation_undelivered: "A customer was not told about their appointment.",
        Kind.told_without_booking: "A caller was told of an appointment that is not booked.",
        Kind.call_failed: "A call that was wanted reached nobody.",
        Kind.not_understood: "Somebody wrote what could not be understood, twice.",
    }
)
"""What each means, for whoever reads the list."""

_CALL = ("call_back", "POST", "/api/calls")
_READ = {
    "booking_id": ("read_booking", "GET", "/api/bookings/{}"),
    "message_id": ("read_message", "GET", "/api/messages/{}"),
    "call_id": ("read_call", "GET", "/api/calls/{}"),
}
_DONE = ("done", "POST", "/api/attention/{}/done")
_SEND = ("send_again", "POST", "/api/messages/{}/send")


def actions(
    item_id: UUID, kind: Kind, about: Mapping[str, UUID | None], *, reachable: bool
) -> list[tuple[str, str, str]]:
    """Return what can be done, each as its name, method and path: look, reach the customer, and tick it off.

    `about` names what it is about (`booking_id`, `message_id`, `call_id`); `reachable`: whether a number is known.
    """
    can = [(name, method, path.format(about[of])) for of, (name, method, path) in _READ.items() if about.get(of)]
    if kind is Kind.confirmation_undelivered and about.get("message_id"):
        can.append((_SEND[0], _SEND[1], _SEND[2].format(about["message_id"])))
    if reachable:
        can.append(_CALL)
    return [*can, (_DONE[0], _DONE[1], _DONE[2].format(item_id))]
