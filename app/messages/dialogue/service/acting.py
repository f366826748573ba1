"""What a talk wants done, done by the same functions as every channel's; and what came of it."""

from uuid import UUID

from app.bookings import service as bookings
from app.bookings.asking.schemas import Sought
from app.bookings.asking.service import Wish, look_for
from app.bookings.errors import Refused
from app.bookings.schemas import BookingOut, BookingRequest, CancelRequest, RescheduleRequest
from app.bookings.service.opening import Change
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
        moved = RescheduleRequest(starts_at=wanted.starts_at)
        return await bookings.reschedule(session, client, wanted.booking_id, moved, change=Change(ACTOR), now=now)
    return await bookings.cancel(session, client, wanted.booking_id, CancelRequest(), change=Change(ACTOR), now=now)


async def _look(talk: Talk, wanted: Look) -> Outcome:
    wish = Wish(exclude_booking_id=wanted.moving)
    try:
        sought = await look_for(talk.session, talk.client, wanted.service_id, wanted.words, wish, now=talk.now)
    except AppError as refusal:
        return Outcome(refused=refusal.code, sentence=refusal.detail)
    return _found(sought)


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
