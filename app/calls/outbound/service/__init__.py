"""Use cases of outbound calls: order and cancel one, make it ready, take note of what came of it, try again."""

from app.calls.outbound.service.consenting import allow_calls, forbid_calls
from app.calls.outbound.service.ending import (
    TooManyCalls,
    begin,
    close,
    placed,
    put_off,
    queue_for,
    take_back,
    withdraw_placed,
)
from app.calls.outbound.service.following import follow
from app.calls.outbound.service.opening import Outgoing, prepare
from app.calls.outbound.service.ordering import cancel, order

__all__ = [
    "Outgoing",
    "TooManyCalls",
    "allow_calls",
    "begin",
    "cancel",
    "close",
    "follow",
    "forbid_calls",
    "order",
    "placed",
    "prepare",
    "put_off",
    "queue_for",
    "take_back",
    "withdraw_placed",
]
