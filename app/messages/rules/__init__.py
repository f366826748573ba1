"""What messages there are, when reminders are due, and how far a message has come. Pure."""

from app.messages.rules.kinds import ABOUT_BOOKINGS, IMPORTANT, Kind, stands
from app.messages.rules.progress import IN_HAND, RESENDABLE, Status, from_twilio, moves
from app.messages.rules.reminders import Quiet, reminders

__all__ = [
    "ABOUT_BOOKINGS",
    "IMPORTANT",
    "IN_HAND",
    "RESENDABLE",
    "Kind",
    "Quiet",
    "Status",
    "from_twilio",
    "moves",
    "reminders",
    "stands",
]
