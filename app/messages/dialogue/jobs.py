"""Texts are answered after Twilio was: a job each, and those of one number in their order.

Webhooks get lost, all of them while nobody listens; so Twilio's list is looked through for texts that never came.
"""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utcnow
from app.core.db import settings_of
from app.core.http import client_of
from app.integrations.twilio.errors import TwilioBusy, TwilioKeyRefused, TwilioUnreachable
from app.jobs.errors import TryLater
from app.jobs.outbox import subscribe
from app.jobs.schedules import periodic
from app.messages.dialogue import service
from app.messages.dialogue.events import TextReceived, TextsSought
from app.messages.sending.jobs import missing, twilio_of

LOOK_EVERY = timedelta(hours=1)
LOOK = "messages.look_for_missed"
AWAY, KEY_REFUSED = timedelta(minutes=5), timedelta(hours=1)
"""Until Twilio is asked again that did not answer, or that knows our key no more."""


@subscribe(TextReceived, "messages.answer_text")
async def answer_text(session: AsyncSession, event: TextReceived, /, *, now: datetime) -> None:
    """Answer what a customer has written."""
    await service.answer(session, event.client_id, event.message_id, now=now)


@periodic("messages.forget_talks", every=timedelta(hours=1))
async def forget_talks(session: AsyncSession, /, *, now: datetime) -> None:
    """Forget talks that nobody went on with for a day."""
    await service.forget_talks(session, now=now)


@periodic(LOOK, every=LOOK_EVERY)
async def look_for_missed(session: AsyncSession, /, *, now: datetime) -> None:
    """Have each line's list looked through since this was last done: in a restored database, since the snapshot."""
    if missing(settings_of(session)) is None:
        await service.seek(session, LOOK, usual=LOOK_EVERY, now=now)


@subscribe(TextsSought, "messages.fetch_missed")
async def fetch_missed(session: AsyncSession, event: TextsSought, /, *, now: datetime) -> None:
    """Take in what a line got and no webhook told of.

    Raises:
        TryLater: Twilio does not tell now.
    """
    settings = settings_of(session)
    if missing(settings) is not None:
        return
    await session.commit()
    try:
        listed = await twilio_of(settings, client_of(session.info)).list_received(line=event.line, since=event.since)
    except TwilioBusy as busy:
        raise TryLater(after=timedelta(seconds=busy.seconds)) from busy
    except (TwilioUnreachable, TwilioKeyRefused) as failure:
        raise TryLater(after=KEY_REFUSED if isinstance(failure, TwilioKeyRefused) else AWAY) from failure
    await service.take_missed(session, event, listed, account=settings.twilio_account_sid or "", now=utcnow())
