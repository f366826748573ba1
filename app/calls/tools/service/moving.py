"""`reschedule_appointment`: from when to when, and with whom if that changes, is read back; a yes does just that."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.bookings import service as bookings
from app.bookings.asking.service import named_person
from app.bookings.schemas import BookingOut, RescheduleRequest
from app.bookings.service.placing import Wanted as Place
from app.bookings.service.placing import foresee
from app.calls.tools.errors import ChooseTime, NoAppointment, NotOnOffer, Unclear
from app.calls.tools.rules.sentences import short
from app.calls.tools.rules.wishes import Answer, Earlier, wish_of
from app.calls.tools.schemas import Reschedule
from app.calls.tools.service.looking import Wanted, is_somebody, means, start_meant, time, wanted_of
from app.calls.tools.service.owning import is_named, one_own
from app.calls.tools.service.talk import Talk
from app.core.clock import iso

MOVE = "reschedule_appointment"


async def reschedule_appointment(talk: Talk, asked: Reschedule) -> Answer:
    """Read back from when to when an appointment would move; with `confirm`, move it as it was read back.

    It stays with whom it is. Where only somebody else is free, that is said before it is done.
    """
    last = next(iter(talk.of(MOVE)), None) if asked.confirm else None
    if last is not None and await _is_meant(talk, last, asked):
        return await _move(talk, last)
    it = await one_own(talk, asked.appointment)
    mine = await bookings.get(talk.session, talk.client, it.id)
    what = await wanted_of(talk, mine.service_id, asked.staff)
    what = replace(what, service=replace(what.service, name=what.service.name + it.apart))
    start = await _start(talk, mine, what, asked.when or _when(mine, what, last))
    place = Place(
        service_id=mine.service_id,
        at=int(start.timestamp()),
        seats=mine.seats,
        resource_id=what.staff_id,
        preferred=tuple(mine.resource_ids),
        moving=mine.id,
    )
    serving = await foresee(talk.session, talk.client, place, now=talk.now)
    if start == mine.starts_at and set(serving) == set(mine.resource_ids):
        raise Unclear(f"It is on {time(talk, start)} already. To when shall I move it?", "same_time")
    said = await _read_back(talk, mine, what, start, serving)
    who = serving[0] if len(serving) == 1 else None
    return Answer(said, "read_back", booking_id=mine.id, starts_at=start, resource_id=who)


def _when(mine: BookingOut, what: Wanted, last: Earlier | None) -> str | None:
    """Return when, where a person alone was named: as was read back last, else as it is."""
    if what.staff_id is None:
        return None
    read_back = last is not None and last.answer.booking_id == mine.id and last.answer.code == "read_back"
    return iso(last.answer.starts_at if last is not None and read_back and last.answer.starts_at else mine.starts_at)


async def _start(talk: Talk, mine: BookingOut, what: Wanted, when: str | None) -> datetime:
    """Return the start that is meant: with whom it is, if they have one then; else with anybody.

    Raises:
        TimeUnclear, TimeAmbiguous, ChooseTime, NotOnOffer: as `start_meant`.
    """
    if what.staff_id is None and what.service.capacity == 1 and len(mine.resource_ids) == 1:
        try:
            return await start_meant(talk, replace(what, staff_id=mine.resource_ids[0]), when, moving=mine.id)
        except NotOnOffer:
            pass
        except ChooseTime as question:
            if question.code != "nothing_free":
                raise
    return await start_meant(talk, what, when, moving=mine.id)


async def _read_back(talk: Talk, mine: BookingOut, what: Wanted, start: datetime, serving: tuple[UUID, ...]) -> str:
    """Return the question: what moves from when to when, and with whom if that is somebody else."""
    name = what.service.name
    who = await _somebody_else(talk, mine, serving)
    if start == mine.starts_at and who is not None:
        return f"I can move your {name} on {time(talk, start)} to {who}. Shall I?"
    only = "" if what.staff_id is not None else "but only "
    change = f", {only}with {who}" if who is not None else ""
    return f"I can move your {name} from {time(talk, mine.starts_at)} to {time(talk, start)}{change}. Shall I?"


async def _somebody_else(talk: Talk, mine: BookingOut, serving: tuple[UUID, ...]) -> str | None:
    """Return the name of who serves and did not before; None if nobody new does."""
    new = [resource for resource in serving if resource not in mine.resource_ids]
    name = await named_person(talk.session, talk.client, new[0]) if len(new) == 1 else None
    return None if name is None else short(name)


async def _is_meant(talk: Talk, last: Earlier, asked: Reschedule) -> bool:
    """Tell whether what is confirmed is what was read back: no other time, person or appointment was named."""
    if last.booked is None or not last.stands(talk.now) or not await is_named(talk, last, asked.appointment):
        return False
    what = await wanted_of(talk, last.booked.service_id, asked.staff)
    if is_somebody(asked.staff) and last.answer.resource_id not in {None, what.staff_id}:
        return False
    if asked.when is None:
        latest = next(each for each in talk.earlier if each.tool == MOVE and not each.answer.failed)
        return latest.answer.booking_id == last.answer.booking_id
    what = replace(what, staff_id=last.answer.resource_id)
    return await means(talk, what, asked.when, last.answer.starts_at, moving=last.answer.booking_id)


async def _move(talk: Talk, last: Earlier) -> Answer:
    """Move to when and with whom it was read back, and to nobody else; what was moved is not moved again."""
    booking_id, start, who = last.answer.booking_id, last.answer.starts_at, last.answer.resource_id
    if last.answer.code == "moved":
        return talk.once_more(last.answer)
    if booking_id is None or start is None:
        raise NoAppointment
    before = await bookings.get(talk.session, talk.client, booking_id)
    request = RescheduleRequest(starts_at=start, resource_id=who)
    moved = await bookings.reschedule(talk.session, talk.client, booking_id, request, change=talk.change, now=talk.now)
    what = await wanted_of(talk, moved.service_id)
    name = await _somebody_else(talk, before, tuple(moved.resource_ids))
    said = f"Moved: your {replace(what, staff_name=name).title} is now on {time(talk, start)}."
    wish = talk.afresh(wish_of("move", booking_id, start, who))
    return Answer(said, "moved", wish=wish, booking_id=booking_id, starts_at=start, resource_id=who)
