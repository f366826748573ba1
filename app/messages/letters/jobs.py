"""Sending e-mail by SMTP. A mail server cannot be asked what it took, but the same letter twice is seen to be one.

Its `Message-ID` is the message's id, the appointment's UID and SEQUENCE are the booking's id and version. So a letter
of unknown fate is sent again, once.
"""

from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utcnow
from app.core.config import Settings
from app.core.db import settings_of
from app.integrations.email.api import Mail
from app.integrations.email.calendar import Appointment
from app.integrations.email.errors import (
    UNSENT,
    AddressUnusable,
    MailLater,
    MailOutcomeUnknown,
    MailRefused,
)
from app.integrations.email.letters import Letter, Mailbox
from app.jobs.once import still_mine
from app.jobs.outbox import subscribe
from app.messages.events import EmailDue
from app.messages.rules import ABOUT_BOOKINGS, Kind, Status
from app.messages.sending import service
from app.messages.sending.rules import LATER, SETTLES
from app.messages.sending.service import Outgoing
from app.messages.service import hear


@subscribe(EmailDue, "messages.send_email", at=lambda event: event.at, outbound=True)
async def send_email(session: AsyncSession, event: EmailDue, /, *, now: datetime) -> None:
    """Send an e-mail if it is to be sent; whatever comes of it stands in `messages`.

    Raises:
        TryLater: the mail server cannot take it now, or has not said whether it did.
    """
    settings = settings_of(session)
    outgoing = await service.prepare(
        session, event, missing=missing(settings), default_sender=settings.email_from, now=now
    )
    if outgoing is None:
        return
    ids = outgoing.client.id, outgoing.id
    if outgoing.hopeless is not None:
        await service.give_up(session, outgoing, now=now)
        return
    if await _begun(session, outgoing) and await _handed_over(session, settings, outgoing):
        await hear(session, *ids, Status.sent, now=utcnow())


def missing(settings: Settings) -> str | None:
    """Return the code of what is missing for sending e-mail, None if nothing is."""
    return None if settings.smtp_url else "email_not_configured"


def letter_of(outgoing: Outgoing) -> Letter:
    """Return a message as a letter, with its appointment where it is about one."""
    return Letter(
        id=outgoing.id,
        sender=Mailbox(outgoing.sender, outgoing.client.name),
        to=Mailbox(outgoing.address, outgoing.facts["name"] or ""),
        subject=outgoing.subject or "",
        text=outgoing.body,
        written_at=outgoing.facts["created_at"],
        reply_to=outgoing.terms.reply_to,
        appointment=_appointment(outgoing) if outgoing.facts["kind"] in ABOUT_BOOKINGS else None,
    )


def _appointment(outgoing: Outgoing) -> Appointment:
    facts = outgoing.facts
    return Appointment(
        booking=facts["booking_id"],
        sequence=facts["booking_version"],
        starts_at=facts["starts_at"],
        ends_at=facts["ends_at"],
        summary=f"{facts['service']}, {outgoing.client.name}",
        location=outgoing.terms.address or "",
        cancelled=facts["kind"] == Kind.cancellation,
    )


async def _begun(session: AsyncSession, outgoing: Outgoing) -> bool:
    """Take note, and commit, that it is about to be sent; return whether it is still to be."""
    await session.commit()
    await still_mine(session)
    ids = outgoing.client.id, outgoing.id
    begun = await service.begin(session, *ids, utcnow(), known=outgoing.tried_at)
    await session.commit()
    return begun


async def _handed_over(session: AsyncSession, settings: Settings, outgoing: Outgoing) -> bool:
    """Hand a letter to the mail server; return whether it took it. If not, what follows is written down.

    Raises:
        TryLater: it may take it later.
    """
    assert settings.smtp_url is not None
    ids = outgoing.client.id, outgoing.id
    try:
        await Mail(settings.smtp_url).send(letter_of(outgoing))
    except (MailRefused, AddressUnusable) as refused:
        code = refused.enhanced or str(refused.number) if isinstance(refused, MailRefused) else refused.code
        await hear(session, *ids, Status.failed, code=code, now=utcnow())
        return False
    except MailOutcomeUnknown as failure:
        await _put_off(session, outgoing, failure, Status.unknown, SETTLES)
    except UNSENT as failure:
        await service.take_back(session, *ids, now=utcnow())
        wait = LATER if isinstance(failure, MailLater) else outgoing.wait
        await _put_off(session, outgoing, failure, Status.queued, wait)
    return True


async def _put_off(
    session: AsyncSession, outgoing: Outgoing, failure: Exception, status: Status, wait: timedelta
) -> NoReturn:
    ids = outgoing.client.id, outgoing.id
    raise await service.put_off(session, *ids, failure, status=status, wait=wait, now=utcnow()) from failure
