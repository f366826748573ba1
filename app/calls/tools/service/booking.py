"""`book_appointment`: a time is held and read back; the caller's yes makes it a booking."""

from uuid import UUID

from app.bookings import service as bookings
from app.bookings.rules import reference
from app.bookings.schemas import BookingOut, BookingRequest, ConfirmRequest, HoldRequest, ReleaseRequest
from app.calls.tools.errors import NotOnOffer, PhoneNeeded, TimeUnclear, Unclear
from app.calls.tools.rules.wishes import Answer, Earlier, wish_of
from app.calls.tools.schemas import Book
from app.calls.tools.service.looking import named_service, start_meant, time, wanted, wanted_of
from app.calls.tools.service.talk import Talk
from app.core.phone import e164
from app.customers.schemas import CustomerIn
from app.integrations.vapi.payloads import without_cards
from app.phrases.rules.spoken import spoken_digits
from app.schedule import service as schedule

TOOL = "book_appointment"


async def book_appointment(talk: Talk, asked: Book) -> Answer:
    """Hold a time and read it back; with `confirm`, book what was held, unless another time was named meanwhile.

    Nothing is booked that was not read back. What was held is found from this call's answers, whatever a model says;
    and what was booked once is not booked again.
    """
    before = _before(talk, asked)
    if asked.confirm and before is not None:
        if asked.when is None and asked.hold is None and not _was_last(talk, before) and before.is_held(talk.now):
            return talk.once_more(before.answer)
        if await _is_meant(talk, before, asked):
            return await _confirm(talk, before, asked)
    return await _hold(talk, asked, before)


def _before(talk: Talk, asked: Book) -> Earlier | None:
    """Return what was held or booked last in this call, or the one whose code was named."""
    found = [each for each in talk.of(TOOL) if each.booked is not None and each.booked.status != "cancelled"]
    named = [each for each in found if asked.hold and each.concerns(asked.hold)]
    return next(iter(named or found), None)


def _was_last(talk: Talk, before: Earlier) -> bool:
    """Tell whether nothing else was spoken of since; a yes may be one to that."""
    last = next(each for each in talk.earlier if each.tool == TOOL and not each.answer.failed)
    return last.answer.booking_id == before.answer.booking_id


async def _is_meant(talk: Talk, before: Earlier, asked: Book) -> bool:
    """Tell whether what is confirmed is what was read back: no other time was named with it.

    Models say all of it again with the yes; words that are no time, such as "that one", mean what was read back.
    """
    if asked.when is None or before.booked is None:
        named = asked.hold is not None and before.concerns(asked.hold)
        return named or before.is_held(talk.now) or _was_last(talk, before)
    what = await wanted_of(talk, before.booked.service_id)
    try:
        start = await start_meant(talk, what, asked.when, moving=before.answer.booking_id)
    except TimeUnclear:
        return True
    except (Unclear, NotOnOffer):
        return False
    return start == before.answer.starts_at


async def _hold(talk: Talk, asked: Book, before: Earlier | None) -> Answer:
    """Hold what is asked for; what was held before in this call, and was not booked, is let go for it."""
    what = await wanted(talk, asked.service, asked.staff)
    phone = _phone(talk, asked)
    own = before.answer.booking_id if before is not None else None
    start = await start_meant(talk, what, asked.when, moving=own)  # their own booking is not in the way of itself
    wish = wish_of("hold", what.service.id, start, what.staff_id, phone)
    again = talk.repeated(wish)
    if again is not None:
        return _booked_since(talk, again) or again
    if own is not None and before is not None and before.is_held(talk.now):
        await _let_go(talk, own, what.service.id)
    request = HoldRequest(
        service_id=what.service.id,
        starts_at=start,
        resource_id=what.staff_id,
        customer=CustomerIn(phone=phone, name=asked.name),
        notes=_notes(asked),
    )
    held = await bookings.hold(talk.session, talk.client, request, actor=talk.actor, now=talk.now)
    under = "" if talk.phone else f", and can reach you on {spoken_digits(phone)}"
    said = f"I am keeping {time(talk, start)} for {what.title}{under}. Shall I book it? (hold {reference(held.id)})"
    return Answer(said, "held", wish=wish, booking_id=held.id, starts_at=start)


async def _let_go(talk: Talk, hold_id: UUID, service_id: UUID) -> None:
    """Let a hold go for another one of a service, whose resources are locked with it: in turn could be in a circle."""
    plan = await schedule.load_plan(talk.session, talk.client, service_id, now=talk.now)
    await bookings.release(
        *(talk.session, talk.client, hold_id, ReleaseRequest()),
        change=talk.change,
        now=talk.now,
        also_lock=plan.resources,
    )


def _phone(talk: Talk, asked: Book) -> str:
    """Return whom the booking is for: who calls, by signalling; what is spoken counts where that is hidden.

    Raises:
        PhoneNeeded, InvalidPhone: nobody can be reached.
    """
    if talk.phone is not None:
        return talk.phone
    if asked.phone is None:
        raise PhoneNeeded
    return e164(asked.phone, talk.client.region)


def _notes(asked: Book) -> str | None:
    return None if asked.notes is None else without_cards(asked.notes)


def _booked_since(talk: Talk, held: Answer) -> Answer | None:
    """Return what was answered when a hold was confirmed, if it was, and the booking is still as it was then."""
    found = (each for each in talk.of(TOOL) if each.answer.booking_id == held.booking_id)
    return next((talk.once_more(each.answer) for each in found if _is_booked(talk, each)), None)


def _is_booked(talk: Talk, earlier: Earlier) -> bool:
    return earlier.answer.code == "booked" and earlier.stands(talk.now)


async def _confirm(talk: Talk, before: Earlier, asked: Book) -> Answer:
    """Book what was held; where the hold ran out while the caller thought, book that time if it is still free."""
    booked, hold_id = before.booked, before.answer.booking_id
    assert booked is not None
    assert hold_id is not None
    done = _booked_since(talk, before.answer)
    if done is not None:
        return done
    service = await named_service(talk, booked.service_id)
    if booked.status == "confirmed":  # and moved since
        said = f"That is booked: {service.name} on {time(talk, booked.starts_at)}."
        return Answer(said, "booked", booking_id=hold_id, starts_at=booked.starts_at)
    if before.is_held(talk.now):
        booking = await _book_held(talk, hold_id, asked)
    else:
        booking = await _book_anew(talk, before, asked)
    said = f"Booked: {service.name} on {time(talk, booking.starts_at)}. The reference is {reference(booking.id)}."
    wish = wish_of("book", booking.id)
    return Answer(said, "booked", wish=wish, booking_id=booking.id, starts_at=booking.starts_at)


async def _book_held(talk: Talk, hold_id: UUID, asked: Book) -> BookingOut:
    named = asked.name is not None and talk.phone is not None
    customer = CustomerIn(phone=talk.phone, name=asked.name) if named and talk.phone else None
    request = ConfirmRequest(customer=customer)
    return await bookings.confirm(
        *(talk.session, talk.client, hold_id, request), change=talk.change, now=talk.now, notes=_notes(asked)
    )


async def _book_anew(talk: Talk, before: Earlier, asked: Book) -> BookingOut:
    """Book the time of a hold that ran out: with whom it was, for whom it was."""
    held = await bookings.get(talk.session, talk.client, before.answer.booking_id or UUID(int=0))
    phone = held.customer.phone if held.customer is not None else None
    if phone is None:
        raise PhoneNeeded
    request = BookingRequest(
        service_id=held.service_id,
        starts_at=held.starts_at,
        resource_id=next(iter(held.resource_ids), None),
        customer=CustomerIn(phone=phone, name=asked.name),
        notes=_notes(asked) or held.notes,
    )
    return await bookings.book(talk.session, talk.client, request, actor=talk.actor, now=talk.now)
