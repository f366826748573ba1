"""What a talk wants done, done by the same functions as every channel's; and what came of it."""

from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from app.bookings import service as bookings
from app.bookings.asking.rules import Named
from app.bookings.asking.schemas import Sought
from app.bookings.asking.service import Wish, look_for, named_person
from app.bookings.errors import Refused
from app.bookings.schemas import BookingOut, BookingRequest, CancelRequest, RescheduleRequest
from app.bookings.service.opening import Change
from app.bookings.service.placing import Wanted as Place
from app.bookings.service.placing import foresee
from app.bookings.service.writing import Actor
from app.core.clock import iso
from app.core.errors import AppError
from app.customers.schemas import CustomerIn
from app.messages.dialogue.rules import (
    Appointment,
    Book,
    Cancel,
    HandOver,
    Look,
    Move,
    Outcome,
    Scene,
    State,
    Turn,
    tell,
)
from app.messages.dialogue.rules.state import Aim
from app.messages.dialogue.service.talks import Talk
from app.schedule.rules import Reason

ACTOR = Actor("sms", channel="sms")

Act = Look | Book | Move | Cancel


async def act(talk: Talk, state: State, wanted: Act | HandOver, scene: Scene) -> Turn:
    """Do what a talk wants, and return what is said of it. What is refused has changed nothing."""
    if isinstance(wanted, HandOver):
        raise AssertionError("a person is called by whoever hears of it")
    if isinstance(wanted, Look):
        return tell(state, await _look(talk, wanted), scene)
    if isinstance(wanted, Move):
        serving = await _serving(talk, wanted)
        if (other := await _somebody_else(talk, wanted, serving)) is not None:
            return tell(state, Outcome(exact=wanted.starts_at, other=other), scene)
        if len(serving) == 1:
            wanted = replace(wanted, resource_id=serving[0])  # and nobody else, should they be taken just now
    try:
        async with talk.session.begin_nested():
            done = await _do(talk, wanted)
    except AppError as refusal:
        return tell(state, await _refused(talk, state, wanted, refusal), scene)
    named = Appointment(done.id, done.service_id, scene.service(done.service_id), done.starts_at)
    aims = {Book: Aim.book, Move: Aim.move, Cancel: Aim.cancel}
    return tell(state, Outcome(done=named), scene, did=aims[type(wanted)])


async def _do(talk: Talk, wanted: Book | Move | Cancel) -> BookingOut:
    session, client, phone, now = talk
    if isinstance(wanted, Book):
        request = BookingRequest(
            service_id=wanted.service_id, starts_at=wanted.starts_at, customer=CustomerIn(phone=phone)
        )
        return await bookings.book(session, client, request, actor=ACTOR, now=now)
    if isinstance(wanted, Move):
        moved = RescheduleRequest(starts_at=wanted.starts_at, resource_id=wanted.resource_id)
        return await bookings.reschedule(session, client, wanted.booking_id, moved, change=Change(ACTOR), now=now)
    return await bookings.cancel(session, client, wanted.booking_id, CancelRequest(), change=Change(ACTOR), now=now)


async def _look(talk: Talk, wanted: Look) -> Outcome:
    try:
        sought = await _sought(talk, wanted)
    except AppError as refusal:
        return Outcome(refused=refusal.code, sentence=refusal.detail)
    found = _found(sought)
    if wanted.moving is None or sought.exact is None:
        return found
    move = Move(wanted.moving, sought.exact)
    return replace(found, other=await _somebody_else(talk, move, await _serving(talk, move)))


async def _sought(talk: Talk, wanted: Look) -> Sought:
    """Return what is on offer: of an appointment that is to be moved with whom it is, if they have time then."""
    ask = talk.session, talk.client, wanted.service_id, wanted.words
    if wanted.moving is not None:
        mine = await bookings.get(talk.session, talk.client, wanted.moving)
        with suppress(AppError):  # they may serve no more
            sought = await look_for(*ask, Wish(mine.resource_ids[0], wanted.moving), now=talk.now)
            if sought.exact is not None or (sought.starts and not sought.refused and not sought.elsewhere):
                return sought
    return await look_for(*ask, Wish(exclude_booking_id=wanted.moving), now=talk.now)


async def _serving(talk: Talk, wanted: Move) -> tuple[UUID, ...]:
    """Return who would serve a move, nobody where it cannot be: whoever moves it is told why."""
    mine = await bookings.get(talk.session, talk.client, wanted.booking_id)
    place = Place(
        service_id=mine.service_id,
        at=int(wanted.starts_at.timestamp()),
        seats=mine.seats,
        resource_id=wanted.resource_id,
        preferred=tuple(mine.resource_ids),
        moving=mine.id,
    )
    try:
        return await foresee(talk.session, talk.client, place, now=talk.now)
    except AppError:
        return ()


async def _somebody_else(talk: Talk, wanted: Move, serving: tuple[UUID, ...]) -> Named | None:
    """Return who alone could serve a move, where it is a person whom the appointment was not with, nor was named."""
    mine = await bookings.get(talk.session, talk.client, wanted.booking_id)
    new = [each for each in serving if each not in {*mine.resource_ids, wanted.resource_id}]
    name = await named_person(talk.session, talk.client, new[0]) if len(new) == 1 else None
    return None if name is None else Named(new[0], name)


def _found(sought: Sought) -> Outcome:
    sentence = Refused(Reason(sought.refused)).detail if sought.refused else None
    return Outcome(
        refused=sought.refused,
        sentence=sentence,
        exact=sought.exact,
        unread=sought.reason,
        elsewhere=sought.elsewhere,
        starts=sought.starts,
    )


async def _refused(talk: Talk, state: State, wanted: Book | Move | Cancel, refusal: AppError) -> Outcome:
    """Return why it was refused, and what else is on offer around a start that is not to be had."""
    service_id: UUID | None = state.service_id
    if isinstance(wanted, Cancel) or service_id is None or "alternatives" not in refusal.extra:
        return Outcome(refused=refusal.code, sentence=refusal.detail)
    moving = wanted.booking_id if isinstance(wanted, Move) else None
    near = await _look(talk, Look(service_id, iso(wanted.starts_at), moving))
    return Outcome(refused=refusal.code, sentence=refusal.detail, starts=near.starts)
