"""Answering what a customer has written: hear, do, tell, in one transaction."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.attention.rules import Kind as Matter
from app.attention.service import bring_up
from app.bookings.asking.service import hours_of, services_of
from app.clients.contact.service import terms_of
from app.clients.service import context_of
from app.core.direct import fetch, fetch_first
from app.customers.consents.service import opted_out
from app.jobs.outbox import emit
from app.messages.dialogue.events import TextReceived
from app.messages.dialogue.rules import Appointment, HandOver, Scene, Service, State, Turn, hear
from app.messages.dialogue.rules.wording import PICTURE
from app.messages.dialogue.service.acting import act
from app.messages.dialogue.service.talks import Talk, keep_state, lock_talk, reply, state_of

log = structlog.get_logger()

MOST_AN_HOUR = 30
"""So many texts of one number are answered in an hour; who writes more is a machine, or needs a person."""

_WHOSE = "SELECT address FROM messages WHERE client_id = $1 AND id = $2 AND status = 'received'"
# As an erasure does: the customer first, then their texts, or each could wait for the other.
_CUSTOMER = "SELECT id FROM customers WHERE client_id = $1 AND phone = $2 FOR KEY SHARE"
_TAKE = """
UPDATE messages SET status = 'answered', updated_at = $3
WHERE client_id = $1 AND id = ANY (ARRAY(
    SELECT id FROM messages WHERE client_id = $1 AND address = $2 AND direction = 'in' AND status = 'received'
    ORDER BY created_at, id LIMIT $4
))
RETURNING id, customer_id, line, body, media
"""
_NEXT = """
SELECT id FROM messages WHERE client_id = $1 AND address = $2 AND direction = 'in' AND status = 'received'
ORDER BY created_at, id LIMIT 1
"""
_RECENT = """
SELECT COUNT(*) FROM messages WHERE client_id = $1 AND address = $2 AND direction = 'in' AND created_at > $3
"""
_APPOINTMENTS = """
SELECT b.id, b.service_id, s.name, b.starts_at
FROM customers c
JOIN bookings b ON b.client_id = c.client_id AND b.customer_id = c.id
JOIN services s ON s.client_id = b.client_id AND s.id = b.service_id
WHERE c.client_id = $1 AND c.phone = $2 AND b.status = 'confirmed' AND b.starts_at > $3
ORDER BY b.starts_at LIMIT 9
"""


async def answer(session: AsyncSession, client_id: UUID, message_id: UUID, *, now: datetime) -> None:
    """Answer the oldest that a number has written and was not answered yet, and leave a job for the next.

    One at a time, for each may lock what it books: the locks of two in one transaction would be in nobody's order.
    Twice is as good as once. A client that was deactivated meanwhile answers nothing, and books nothing.
    """
    written = await fetch_first(session, _WHOSE, client_id, message_id)
    if written is None or written["address"] is None:
        return
    talk = Talk(session, await context_of(session, client_id), written["address"], now)
    await lock_talk(session, client_id, talk.phone)
    await fetch(session, _CUSTOMER, client_id, talk.phone)
    if talk.client.status != "active":
        await _take(talk, None)
        return
    for_a_person = await _unanswerable(talk)
    if for_a_person is not None:
        for text in await _take(talk, None):
            await _hand_over(talk, text, for_a_person)
        return
    for text in await _take(talk, 1):
        state = await state_of(session, client_id, talk.phone, now=now)
        await keep_state(session, client_id, talk.phone, await _answer_one(talk, state, text), now=now)
        following = await fetch_first(session, _NEXT, client_id, talk.phone)
        if following is not None:
            await emit(session, TextReceived(client_id, following["id"]), now=now)


async def _unanswerable(talk: Talk) -> str | None:
    """Return why a number gets no answer, and so nothing is done for it either, None if it gets one."""
    session, client_id, phone = talk.session, talk.client.id, talk.phone
    if await opted_out(session, client_id, "sms", phone):
        return "opted_out"
    recent = await fetch_first(session, _RECENT, client_id, phone, talk.now - timedelta(hours=1))
    return "too_many_texts" if recent is not None and recent[0] > MOST_AN_HOUR else None


async def _take(talk: Talk, most: int | None) -> list[dict[str, Any]]:
    """Take in hand what waits of a number, the oldest first: so many texts, None: all."""
    rows = await fetch(talk.session, _TAKE, talk.client.id, talk.phone, talk.now, most)
    return [dict(row) for row in sorted(rows, key=lambda row: row["id"])]


async def _answer_one(talk: Talk, state: State, text: dict[str, Any]) -> State:
    scene = await _scene(talk)
    turn = _heard(state, text, scene)
    said = [turn.reply]
    while turn.action is not None:
        if isinstance(turn.action, HandOver):
            await _hand_over(talk, text, turn.action.code)
            break
        turn = await act(talk, turn.state, turn.action, scene)
        said.append(turn.reply)
    words = " ".join(part for part in said if part)
    if words:
        known = {"customer_id": text["customer_id"], "answers": text["id"]}
        await reply(talk.session, talk.client.id, words, to=talk.phone, line=text["line"], **known, now=talk.now)
    log.info("text_answered", message_id=str(text["id"]), stage=turn.state.stage, replied=bool(words))
    return turn.state


def _heard(state: State, text: dict[str, Any], scene: Scene) -> Turn:
    """Return what a text leads to; a picture without words is one for a person."""
    body = text["body"] or ""
    if text["media"] and not body.strip():
        return Turn(state, PICTURE, HandOver("picture"))
    return hear(state, body, scene)


async def _scene(talk: Talk) -> Scene:
    session, client = talk.session, talk.client
    services = await services_of(session, client)
    rows = await fetch(session, _APPOINTMENTS, client.id, talk.phone, talk.now)
    terms = await terms_of(session, client.id)
    return Scene(
        client=client.name,
        zone=client.timezone,
        region=client.region,
        services=tuple(Service(each.id, each.name, each.price_minor) for each in services),
        appointments=tuple(Appointment(*row) for row in rows),
        texts_go_out=terms.texts,
        now=talk.now,
        opening=await hours_of(session, client, now=talk.now),
        address=terms.address,
        currency=client.currency,
    )


async def _hand_over(talk: Talk, text: dict[str, Any], code: str) -> None:
    await bring_up(
        *(talk.session, talk.client.id, Matter.not_understood if code == "not_understood" else Matter.hand_over),
        talk.phone,
        customer_id=text["customer_id"],
        message_id=text["id"],
        phone=talk.phone,
        said=text["body"],
        code=code,
        now=talk.now,
    )
