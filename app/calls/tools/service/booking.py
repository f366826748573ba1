"""`book_appointment`: a time is held and read back; the caller's yes makes it a booking."""

from dataclasses import replace
from uuid import UUID

from app.bookings import service as bookings
from app.bookings.rules import reference
from app.bookings.schemas import BookingOut, BookingRequest, ConfirmRequest, HoldRequest, ReleaseRequest
from app.calls.tools.errors import PhoneNeeded
from app.calls.tools.rules.sentences import LONGEST, short
from app.calls.tools.rules.wishes import Answer, Earlier, is_name_of, named_last, wish_of
from app.calls.tools.schemas import Book
from app.calls.tools.service.looking import Wanted, means, named_service, start_meant, time, wanted, wanted_of
from app.calls.tools.service.spoken_of import TOOL, SpokenOf, spoken_of
from app.calls.tools.service.talk import Talk
from app.core.clock import iso
from app.core.phone import e164
from app.customers.schemas import CustomerIn
from app.integrations.vapi.payloads import without_cards
from app.phrases.rules.spoken import spoken_digits
from app.schedule import service as schedule


async def book_appointment(talk: Talk, asked: Book) -> Answer:
    """Hold a time and read it back; with `confirm`, book what was held, unless another one was named meanwhile.

    Nothing is booked that was not read back. What was held is found from this call's answers, whatever a model says;
    and what was booked once is not booked again. Another name, person or service makes another booking.
    """
    about = await spoken_of(talk, asked)
    if asked.confirm and about is not None and about.same:
        before = about.earlier
        was_last = about.told_apart or _was_last(talk, before)
        if asked.when is None and not was_last and before.is_held(talk.now):
            return talk.once_more(before.answer)
        if await _is_meant(talk, about, asked):
            return await _confirm(talk, before, asked)
    return await _hold(talk, asked, about)


def _was_last(talk: Talk, before: Earlier) -> bool:
    """Tell whether nothing else was spoken of since; a yes may be one to that."""
    last = next(each for each in talk.earlier if each.tool == TOOL and not each.answer.failed)
    return last.answer.booking_id == before.answer.booking_id


async def _is_meant(talk: Talk, about: SpokenOf, asked: Book) -> bool:
    """Tell whether what is confirmed is what was read back: no other time was named with it.

    Models say all of it again with the yes; words that are no time, such as "that one", mean what was read back.
    """
    before = about.earlier
    if asked.when is None or before.booked is None:
        return about.told_apart or before.is_held(talk.now) or _was_last(talk, before)
    what = await wanted_of(talk, before.booked.service_id)
    return await means(talk, what, asked.when, before.answer.starts_at, moving=before.answer.booking_id)


async def _hold(talk: Talk, asked: Book, about: SpokenOf | None) -> Answer:
    """Hold what is asked for; what was held before in this call, and was not booked, is let go for it."""
    before = None if about is None or about.beside else about.earlier
    what = await _wanted(talk, asked, about)
    phone = _phone(talk, asked)
    own = before.answer.booking_id if before is not None else None
    when = asked.when or _same_time(talk, about)
    start = await start_meant(talk, what, when, moving=own)  # their own booking is not in the way of itself
    again = about.earlier if about is not None and about.same else None
    if again is not None and again.stands(talk.now) and again.answer.starts_at == start:
        return _booked_since(talk, again.answer) or talk.once_more(again.answer, asked.name)
    let_go = own if before is not None and before.is_held(talk.now) else None
    if let_go is not None:
        await _let_go(talk, let_go, what.service.id)
    request = HoldRequest(
        service_id=what.service.id,
        starts_at=start,
        resource_id=what.staff_id,
        customer=CustomerIn(phone=phone, name=asked.name),
        notes=_notes(asked),
    )
    held = await bookings.hold(talk.session, talk.client, request, actor=talk.actor, now=talk.now)
    wish = talk.afresh(wish_of("hold", what.service.id, start, what.staff_id, phone, (asked.name or "").casefold()))
    kept = Answer("", "held", True, wish, held.id, start, what.staff_id, asked.name)
    under = "" if talk.phone else f", and can reach you on {spoken_digits(phone)}"
    return replace(kept, said=_read_back(talk, kept, what.title, under, also=_is_second(talk, kept, let_go)))


def _same_time(talk: Talk, about: SpokenOf | None) -> str | None:
    """Return when, where of what is held the person or the number alone is changed: at that time."""
    if about is None or about.same or about.beside or not about.earlier.is_held(talk.now):
        return None
    start = about.earlier.answer.starts_at
    return None if start is None else iso(start)


def _is_second(talk: Talk, held: Answer, let_go: UUID | None) -> bool:
    """Tell whether what was booked before, or is held for somebody else, begins at the same time."""
    others = [each for each in talk.of(TOOL) if each.answer.starts_at == held.starts_at and each.stands(talk.now)]
    return any(
        each.answer.booking_id != let_go and (each.answer.code == "booked" or (each.answer.named and held.named))
        for each in others
    )


def _read_back(talk: Talk, held: Answer, title: str, under: str, *, also: bool) -> str:
    """Return the question that a yes answers; of a second booking it says that it is one, and for whom."""
    assert held.starts_at is not None
    assert held.booking_id is not None
    at, code = time(talk, held.starts_at), reference(held.booking_id)
    if not also:
        return f"I am keeping {at} for {title}{under}. Shall I book it? (hold {code})"
    whom = f", for {short(held.named)}" if held.named else ""
    said = f"I am also keeping {at} for {title}{whom}{under}. Shall I book it as well? (hold {code})"
    return said if len(said) <= LONGEST else said.replace(whom, "", 1)


async def _wanted(talk: Talk, asked: Book, about: SpokenOf | None) -> Wanted:
    """Return what is wanted; who has said it before in this call need not say again what it is for."""
    if asked.service is None and about is not None and about.earlier.booked is not None:
        return await wanted_of(talk, about.earlier.booked.service_id, asked.staff)
    return await wanted(talk, asked.service, asked.staff)


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
    name = asked.name or named_last(talk.earlier, hold_id)
    book = _book_held if before.is_held(talk.now) else _book_anew
    booking = await book(talk, before, asked, name)
    said = f"Booked: {service.name} on {time(talk, booking.starts_at)}. The reference is {reference(booking.id)}."
    wish = wish_of("book", booking.id)
    return Answer(said, "booked", True, wish, booking.id, booking.starts_at, before.answer.resource_id, name)


async def _book_held(talk: Talk, before: Earlier, asked: Book, name: str | None) -> BookingOut:
    hold_id, notes, customer = before.answer.booking_id or UUID(int=0), _notes(asked), None
    if name is not None:
        notes = _notes_for(await bookings.get(talk.session, talk.client, hold_id), asked, name)
        customer = CustomerIn(phone=talk.phone, name=name) if talk.phone else None
    return await bookings.confirm(
        *(talk.session, talk.client, hold_id, ConfirmRequest(customer=customer)),
        change=talk.change,
        now=talk.now,
        notes=notes,
    )


async def _book_anew(talk: Talk, before: Earlier, asked: Book, name: str | None) -> BookingOut:
    """Book the time of a hold that ran out: with whom it was read back, for whom it was."""
    held = await bookings.get(talk.session, talk.client, before.answer.booking_id or UUID(int=0))
    phone = held.customer.phone if held.customer is not None else None
    if phone is None:
        raise PhoneNeeded
    request = BookingRequest(
        service_id=held.service_id,
        starts_at=held.starts_at,
        resource_id=before.answer.resource_id,
        customer=CustomerIn(phone=phone, name=name),
        notes=_notes_for(held, asked, name),
    )
    return await bookings.book(talk.session, talk.client, request, actor=talk.actor, now=talk.now)


def _notes_for(held: BookingOut, asked: Book, name: str | None) -> str | None:
    """Return the notes of a booking: what was said, and whom it is for if that is not the customer."""
    notes = _notes(asked) or held.notes
    known = held.customer.name if held.customer is not None else None
    if name is None or known is None or is_name_of(name, [known]):
        return notes
    return f"For {name}. {notes}" if notes else f"For {name}."
