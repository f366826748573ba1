"""Texts are answered after Twilio was: a job each, and those of one number in their order."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.outbox import subscribe
from app.jobs.schedules import periodic
from app.messages.dialogue import service
from app.messages.dialogue.events import TextReceived


@subscribe(TextReceived, "messages.answer_text")
async def answer_text(session: AsyncSession, event: TextReceived, /, *, now: datetime) -> None:
    """Answer what a customer has written."""
    await service.answer(session, event.client_id, event.message_id, now=now)


@periodic("messages.forget_talks", every=timedelta(hours=1))
async def forget_talks(session: AsyncSession, /, *, now: datetime) -> None:
    """Forget talks that nobody went on with for a day."""
    await service.forget_talks(session, now=now)
