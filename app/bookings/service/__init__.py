"""Use cases of bookings; every channel calls these and nothing below them."""

from app.bookings.service.changing import cancel, close, reschedule
from app.bookings.service.holding import confirm, expire_due_holds, expire_hold, extend, release
from app.bookings.service.making import book, hold
from app.bookings.service.personal import erase_bookings, export_bookings
from app.bookings.service.reading import bookings_of, count_future, find, get, history

__all__ = [
    "book",
    "bookings_of",
    "cancel",
    "close",
    "confirm",
    "count_future",
    "erase_bookings",
    "expire_due_holds",
    "expire_hold",
    "export_bookings",
    "extend",
    "find",
    "get",
    "history",
    "hold",
    "release",
    "reschedule",
]
