"""Use cases of sending: make a message ready, take note that it is being sent, and put it off."""

from app.messages.sending.service.ending import (
    begin,
    close,
    put_off,
    sids_of_others,
    take_back,
    withdraw_sent,
)
from app.messages.sending.service.hopeless import give_up
from app.messages.sending.service.opening import Outgoing, prepare

__all__ = [
    "Outgoing",
    "begin",
    "close",
    "give_up",
    "prepare",
    "put_off",
    "sids_of_others",
    "take_back",
    "withdraw_sent",
]
