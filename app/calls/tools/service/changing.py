"""`reschedule_appointment`, `cancel_appointment` and `my_appointments`: of the caller's own, and after a yes."""

from app.bookings import service as bookings
from app.bookings.schemas import CancelRequest, RescheduleRequest
from app.calls.tools.errors import NoAppointment, NotOnOffer, TimeUnclear, Unclear
from app.calls.tools.rules.sentences import short
from app.calls.tools.rules.wishes import Answer, Earlier, wish_of
from app.calls.tools.schemas import Cancel, Nothing, Reschedule
from app.calls.tools.service.looking import named_service, start_meant, time, wanted_of
from app.calls.tools.service.owning import Own, matching, one_own, own, said_of
from app.calls.tools.service.talk import Talk

MOVE, CANCEL = "reschedule_appointment", "cancel_appointment"


async def my_appointments(talk: Talk, _asked: Nothing) -> Answer:
    """Say what is booked under the caller's number from now on."""
    mine = await own(talk)
    if not mine:
        raise NoAppointment
    return Answer(f"You have {said_of(talk, mine, last='and')}.", "listed")


async def cancel_appointment(talk: Talk, asked: Cancel) -> Answer:
    """Read an appointment back; with `confirm`, cancel the one that was read back in this call."""
    last = next(iter(talk.of(CANCEL)), None) if asked.confirm else None
    if last is not None and await _names(talk, last, asked.appointment):
        return await _cancel(talk, last)
    mine = await one_own(talk, asked.appointment)
    if last is not None and last.answer.code == "read_back" and last.answer.booking_id == mine.id:
        return await _cancel(talk, last)
    said = f"That is your {short(mine.name)} on {time(talk, mine.starts_at)}. Shall I cancel it?"
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


async def reschedule_appointment(talk: Talk, asked: Reschedule) -> Answer:
    """Read back from when to when an appointment would move; with `confirm`, move it as it was read back."""
    last = next(iter(talk.of(MOVE)), None) if asked.confirm else None
    if last is not None and await _is_meant(talk, last, asked):
        return await _move(talk, last, asked)
    mine = await one_own(talk, asked.appointment)
    what = await wanted_of(talk, mine.service_id, asked.staff)
    start = await start_meant(talk, what, asked.when, moving=mine.id)
    if start == mine.starts_at:
        raise Unclear(f"It is on {time(talk, start)} already. To when shall I move it?", "same_time")
    said = f"I can move your {short(mine.name)} from {time(talk, mine.starts_at)} to {time(talk, start)}. Shall I?"
    return Answer(said, "read_back", booking_id=mine.id, starts_at=start)


async def _is_meant(talk: Talk, last: Earlier, asked: Reschedule) -> bool:
    """Tell whether what is confirmed is what was read back: no other time, and no other appointment, was named."""
    if last.booked is None or not await _names(talk, last, asked.appointment):
        return False
    if asked.when is None:
        latest = next(each for each in talk.earlier if each.tool == MOVE and not each.answer.failed)
        return latest.answer.booking_id == last.answer.booking_id
    what = await wanted_of(talk, last.booked.service_id, asked.staff)
    try:
        start = await start_meant(talk, what, asked.when, moving=last.answer.booking_id)
    except TimeUnclear:
        return True
    except (Unclear, NotOnOffer):
        return False
    return start == last.answer.starts_at


async def _move(talk: Talk, last: Earlier, asked: Reschedule) -> Answer:
    booking_id, start, booked = last.answer.booking_id, last.answer.starts_at, last.booked
    if booking_id is None or start is None or booked is None or booked.status != "confirmed":
        raise NoAppointment
    wish = wish_of("move", booking_id, start)
    again = talk.repeated(wish)
    if again is not None:
        return again
    what = await wanted_of(talk, booked.service_id, asked.staff)
    request = RescheduleRequest(starts_at=start, resource_id=what.staff_id)
    await bookings.reschedule(talk.session, talk.client, booking_id, request, change=talk.change, now=talk.now)
    said = f"Moved: your {what.title} is now on {time(talk, start)}."
    return Answer(said, "moved", wish=wish, booking_id=booking_id, starts_at=start)


async def _names(talk: Talk, last: Earlier, words: str | None) -> bool:
    """Tell whether words name the appointment that was spoken of last; no words do."""
    if words is None or last.booked is None or last.answer.booking_id is None:
        return True
    service = await named_service(talk, last.booked.service_id)
    it = Own(last.answer.booking_id, service.name, last.booked.starts_at, service.id)
    return bool(matching(talk, [it], words))
