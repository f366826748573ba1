"""Taking in a text: stored before it is answered, once however often it comes; STOP is obeyed at once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.attention.rules import Kind as Matter
from app.attention.service import bring_up, keep_unrouted
from app.clients.contact.schemas import RoutedLine
from app.core.direct import fetch, fetch_first
from app.core.ids import new_id
from app.customers.consents.service import BY_THEMSELVES, opt_in, opt_out, opted_out, source_of
from app.integrations.twilio.payloads import Inbound
from app.jobs.outbox import emit
from app.messages.dialogue.events import TextReceived
from app.messages.dialogue.rules import Keyword, keyword_of
from app.messages.dialogue.rules.keywords import YES
from app.messages.dialogue.rules.wording import help_text
from app.messages.dialogue.service.talks import end_talk, reply

Taken = Literal[
    "seen_before", "not_a_person", "client_inactive", "stopped", "started", "helped", "received", "came_late"
]

_STORE = """
INSERT INTO messages (client_id, id, direction, channel, kind, status, customer_id, address, line, body, segments,
                      media, sid, due_at, created_at, updated_at)
SELECT $1, $2, 'in', 'sms', 'text', $3, (SELECT id FROM customers WHERE client_id = $1 AND phone = $4 FOR KEY SHARE),
       $4, $5, $6, $7, $8, $9, $10, $10, $10
ON CONFLICT (sid) WHERE sid IS NOT NULL DO NOTHING
RETURNING customer_id
"""
_SINCE = """
SELECT body FROM messages WHERE client_id = $1 AND address = $2 AND direction = 'in' AND created_at > $3
ORDER BY created_at DESC LIMIT 100
"""
FRESH = timedelta(minutes=30)
"""So long after it was written a text is answered."""

_KEYWORDS = {"STOP": Keyword.stop, "START": Keyword.start, "HELP": Keyword.help}


async def take_in(session: AsyncSession, line: RoutedLine, text: Inbound, *, now: datetime) -> Taken:
    """Take in a text to a client's line, and say what it was. Twilio brings the same one again: then nothing happens.

    A wish not to be texted is in force when this transaction commits, before Twilio is answered.
    """
    client_id, message_id = line.client.id, new_id()
    keyword = await _keyword(session, client_id, text)
    active = line.client.status == "active"
    stored = await _stored(session, line, text, message_id, waits=keyword is None and active, now=now)
    if stored is None:
        return "seen_before"
    if not text.of_a_phone:
        return "not_a_person"
    if keyword is Keyword.stop:
        return await _stop(session, client_id, message_id, text, stored["customer_id"], now=now)
    if keyword is Keyword.start:
        await opt_in(session, client_id, "sms", text.sender)
        return "started"
    if not active:
        return "client_inactive"
    if keyword is Keyword.help:
        if text.opt_out is None:  # else Twilio has answered it
            said = help_text(line.client.name, line.client.phone)
            known = {"customer_id": stored["customer_id"], "answers": message_id}
            await reply(session, client_id, said, to=text.sender, line=line.number, **known, now=now)
        return "helped"
    await emit(session, TextReceived(client_id, message_id), now=now)
    return "received"


async def take_late(
    session: AsyncSession, line: RoutedLine, text: Inbound, *, written_at: datetime, now: datetime
) -> Taken:
    """Take in a text that was written a while ago, and say what it was.

    STOP and START count unless the same number has said another such word since; START neither where a stop was noted
    since. What is older than half an hour is not answered, for the writer may have helped themselves meanwhile: a
    person sees it.
    """
    keyword = keyword_of(text.body)
    if keyword in {Keyword.stop, Keyword.start}:
        stale = await _overtaken(session, line.client.id, text.sender, keyword, written_at)
    else:
        stale = now - written_at > FRESH
    if not stale:
        return await take_in(session, line, text, now=written_at)
    message_id = new_id()
    stored = await _stored(session, line, text, message_id, waits=False, now=written_at)
    if stored is None:
        return "seen_before"
    if keyword is None and text.of_a_phone and line.client.status == "active":
        known = {"customer_id": stored["customer_id"], "message_id": message_id, "phone": text.sender}
        about = session, line.client.id, Matter.hand_over, text.sender
        await bring_up(*about, **known, said=text.body, code="came_late", now=now)
    return "came_late"


async def keep_for_nobody(session: AsyncSession, text: Inbound, *, now: datetime) -> bool:
    """Keep a text to a number that no client has; return False where it came before."""
    content = {"from": text.sender, "body": text.body, "media": text.media_count}
    return await keep_unrouted(session, "twilio", text.sid, kind="text", line=text.line, content=content, now=now)


async def _stored(
    session: AsyncSession, line: RoutedLine, text: Inbound, message_id: UUID, *, waits: bool, now: datetime
) -> Mapping[str, Any] | None:
    """Store a text, to be answered if it `waits`; return what is known of its writer, None if it came before."""
    status = "received" if waits and text.of_a_phone else "answered"
    return await fetch_first(
        session,
        _STORE,
        *(line.client.id, message_id, status, text.sender, line.number, text.body),
        *(min(text.segments, 32_000) or None, text.media_count, text.sid, now),
    )


async def _overtaken(
    session: AsyncSession, client_id: UUID, phone: str, keyword: Keyword, written_at: datetime
) -> bool:
    """Return whether a number has stopped or started texts after an instant, or has had them stopped by others."""
    if keyword is Keyword.start and await opted_out(session, client_id, "sms", phone, after=written_at):
        return True
    said = await fetch(session, _SINCE, client_id, phone, written_at)
    return any(keyword_of(row["body"] or "") in {Keyword.stop, Keyword.start} for row in said)


async def _keyword(session: AsyncSession, client_id: UUID, text: Inbound) -> Keyword | None:
    """Return what Twilio has heard, or we hear; after a stop, YES alone takes it back at Twilio, so it does here."""
    if text.opt_out:
        return _KEYWORDS[text.opt_out]
    if text.body.strip(" .!").casefold() == YES:
        stopped = await source_of(session, client_id, "sms", text.sender)
        return Keyword.start if stopped in BY_THEMSELVES else None
    return keyword_of(text.body)


async def _stop(
    session: AsyncSession, client_id: UUID, message_id: UUID, text: Inbound, customer_id: UUID | None, *, now: datetime
) -> Taken:
    """Obey. The bare word for calling off unsubscribes at Twilio; who has booked may have meant their appointment."""
    await opt_out(session, client_id, "sms", text.sender, source="text", now=now)
    await end_talk(session, client_id, text.sender)
    if text.body.strip().casefold().rstrip(".!") == "cancel" and customer_id is not None:
        await bring_up(
            *(session, client_id, Matter.hand_over, text.sender),
            customer_id=customer_id,
            message_id=message_id,
            phone=text.sender,
            said=text.body,
            code="may_mean_appointment",
            now=now,
        )
    return "stopped"
