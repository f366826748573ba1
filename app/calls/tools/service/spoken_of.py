"""Which booking of this call is spoken of: the same wish again, what a yes is for, or another one beside it."""

from dataclasses import dataclass
from uuid import UUID

from app.bookings import service as bookings
from app.bookings.schemas import BookingOut
from app.calls.tools.errors import NotOnOffer, ServiceUnclear, StaffUnclear, Unclear
from app.calls.tools.rules.wishes import Earlier, is_name_of, names_of
from app.calls.tools.schemas import Book
from app.calls.tools.service.looking import is_somebody, service_meant, start_meant, wanted_of
from app.calls.tools.service.talk import Talk
from app.core.phone import InvalidPhone, e164

TOOL = "book_appointment"


@dataclass(frozen=True, slots=True)
class SpokenOf:
    """A booking of this call, as it was last answered about.

    `same`: nothing that was said is against it, so that it may be meant again. `beside`: what was said is for somebody
    else, or something else, so that this stays whatever becomes of the other one. `told_apart`: the caller's words
    single it out among several.
    """

    earlier: Earlier
    same: bool = True
    beside: bool = False
    told_apart: bool = False


async def spoken_of(talk: Talk, asked: Book) -> SpokenOf | None:
    """Return the booking that words are about: by its code, its time, or else the last that they are not against.

    Where they are against all, it is the last one, and not the `same`. None where nothing was held or booked yet.
    """
    found = _bookings_of(talk)
    if not found:
        return None
    named = [each for each in found if asked.hold and each.concerns(asked.hold)]
    if named:
        return SpokenOf(named[0], told_apart=True)
    against = await _against(talk, found, asked)
    fitting = [each for each, what in zip(found, against, strict=True) if what is None]
    if fitting:
        several = any(what == "name" for what in against)
        meant = await _at_that_time(talk, fitting, asked) or fitting[0]
        return SpokenOf(meant, told_apart=asked.name is not None and several)
    renamed = [each for each, what in zip(found, against, strict=True) if what == "name" and each.is_held(talk.now)]
    if asked.confirm and renamed:  # a yes may put a name right that was not understood
        return SpokenOf(renamed[0])
    return SpokenOf(found[0], same=False, beside=against[0] in {"name", "service"})


def _bookings_of(talk: Talk) -> list[Earlier]:
    """Return the last answer about each booking of this call that was not cancelled, the newest first."""
    found = [each for each in talk.of(TOOL) if each.booked is not None and each.booked.status != "cancelled"]
    return list({each.answer.booking_id: each for each in reversed(found)}.values())[::-1]


async def _at_that_time(talk: Talk, fitting: list[Earlier], asked: Book) -> Earlier | None:
    """Return which of several bookings begins when it was said; None where that tells nothing."""
    if len(fitting) == 1 or asked.when is None:
        return None
    for each in fitting:
        if each.booked is None:
            continue
        what = await wanted_of(talk, each.booked.service_id)
        try:
            start = await start_meant(talk, what, asked.when, moving=each.answer.booking_id)
        except (Unclear, NotOnOffer):
            continue
        if start == each.booked.starts_at:
            return each
    return None


async def _against(talk: Talk, found: list[Earlier], asked: Book) -> list[str | None]:
    """Return what of the words is against each booking: another `name`, `service`, `staff`, `phone`; None: nothing."""
    if not (asked.service or asked.name or is_somebody(asked.staff) or (asked.phone and talk.phone is None)):
        return [None for _ in found]
    ids = [each.answer.booking_id for each in found if each.answer.booking_id is not None]
    known = list((await bookings.several(talk.session, talk.client, ids)).values())
    others = await _other_things(talk, known, asked)
    against = {each.id: others[each.id] or _other_person(talk, each, asked) for each in known}
    return [against.get(each.answer.booking_id or UUID(int=0)) for each in found]


async def _other_things(talk: Talk, known: list[BookingOut], asked: Book) -> dict[UUID, str | None]:
    """Return where another `service`, or other `staff`, was named; words that name none do not count."""
    service = await _service_named(talk, asked.service)
    others: dict[UUID, str | None] = {
        each.id: "service" if service not in {None, each.service_id} else None for each in known
    }
    if is_somebody(asked.staff):
        left = [each for each in known if others[each.id] is None]
        people = {
            each: await _person_named(talk, each, asked.staff) for each in {booking.service_id for booking in left}
        }
        others |= {each.id: "staff" for each in left if people[each.service_id] not in {None, *each.resource_ids}}
    return others


async def _service_named(talk: Talk, words: str | None) -> UUID | None:
    try:
        return (await service_meant(talk, words)).id if words else None
    except ServiceUnclear:
        return None


async def _person_named(talk: Talk, service_id: UUID, words: str) -> UUID | None:
    try:
        return (await wanted_of(talk, service_id, words)).staff_id
    except StaffUnclear:
        return None


def _other_person(talk: Talk, booking: BookingOut, asked: Book) -> str | None:
    """Return whether another `phone`, or another `name`, was said than a booking is for."""
    if _is_another_phone(talk, booking, asked):
        return "phone"
    if asked.name is None:
        return None
    known = names_of(talk.earlier, booking.id)
    if not known and booking.status == "confirmed":
        own = booking.customer.name if booking.customer is not None else None
        known = [own] if own else []
        return None if is_name_of(asked.name, known) or (asked.confirm and not known) else "name"
    return None if not known or is_name_of(asked.name, known) else "name"


def _is_another_phone(talk: Talk, booking: BookingOut, asked: Book) -> bool:
    """Tell whether a caller whose number is hidden named another one than was read back."""
    if talk.phone is not None or asked.phone is None or booking.customer is None:
        return False
    try:
        return e164(asked.phone, talk.client.region) != booking.customer.phone
    except InvalidPhone:
        return False
