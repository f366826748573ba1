"""Use cases of bookings; every channel calls these and nothing below them."""

from app.bookings.service import changing, holding, making
from app.bookings.service.counting import counted
from app.bookings.service.holding import expire_due_holds, expire_hold
from app.bookings.service.personal import erase_bookings, export_bookings
from app.bookings.service.reading import bookings_of, count_future, find, get, history, several

book = counted("booked")(making.book)
hold = counted("held")(making.hold)
confirm = counted("confirmed")(holding.confirm)
release = counted("released")(holding.release)
extend = counted("extended")(holding.extend)
reschedule = counted("rescheduled")(changing.reschedule)
cancel = counted("cancelled")(changing.cancel)
close = counted()(changing.close)

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
    "several",
]
