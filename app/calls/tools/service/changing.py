"""`cancel_appointment` and `my_appointments`: of the caller's own, and after a yes."""

from app.bookings import service as bookings
from app.bookings.schemas import CancelRequest
from app.calls.tools.errors import NoAppointment
from app.calls.tools.rules.wishes import Answer, Earlier, wish_of
from app.calls.tools.schemas import Cancel, Nothing
from app.calls.tools.service.looking import named_service, time
from app.calls.tools.service.owning import is_named, one_of, one_own, own, said_of
from app.calls.tools.service.talk import Talk

CANCEL = "cancel_appointment"


async def my_appointments(talk: Talk, _asked: Nothing) -> Answer:
    """Say what is booked under the caller's number from now on."""
    mine = await own(talk)
    if not mine:
        raise NoAppointment
    return Answer(f"You have {said_of(talk, mine, last='and')}.", "listed")


async def cancel_appointment(talk: Talk, asked: Cancel) -> Answer:
    """Read an appointment back; with `confirm`, cancel the one that was read back in this call."""
    last = next(iter(talk.of(CANCEL)), None) if asked.confirm else None
    if last is not None and await is_named(talk, last, asked.appointment):
        return await _cancel(talk, last)
    mine = await one_own(talk, asked.appointment)
    if last is not None and last.answer.code == "read_back" and last.answer.booking_id == mine.id:
        return await _cancel(talk, last)
    said = f"That is your {one_of(talk, mine)}. Shall I cancel it?"
    return Answer(said, "read_back", booking_id=mine.id, starts_at=mine.starts_at)


async def _cancel(talk: Talk, last: Earlier) -> Answer:
    if last.answer.code == "cancelled" and last.stands(talk.now):
        return talk.once_more(last.answer)
    booking_id = last.answer.booking_id
    if booking_id is None or not last.stands(talk.now):
        raise NoAppointment
    cancelled = await bookings.cancel(
        *(talk.session, talk.client, booking_id, CancelRequest()), change=talk.change, now=talk.now
    )
    service = await named_service(talk, cancelled.service_id)
    said = f"Cancelled: {service.name} on {time(talk, cancelled.starts_at)}. Shall I look for another time?"
    wish = wish_of("cancel", booking_id)
    return Answer(said, "cancelled", wish=wish, booking_id=booking_id, starts_at=cancelled.starts_at)
