"""What attention does every so often: forget what came in for nobody, and words that were kept long enough."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.attention import service
from app.attention.service.unrouted import forget_unrouted
from app.clients.contact.schemas import Terms
from app.jobs.schedules import periodic

KEPT = timedelta(days=30)


@periodic("attention.forget_unrouted", every=timedelta(hours=6))
async def forget(session: AsyncSession, /, *, now: datetime) -> None:
    """Delete what has been kept for 30 days."""
    await forget_unrouted(session, before=now - KEPT)


@periodic("attention.forget_words", every=timedelta(hours=1))
async def forget_words(session: AsyncSession, /, *, now: datetime) -> None:
    """Forget what was said about what is done, as soon as its client no longer keeps it."""
    await service.forget_words(session, now=now, usual=Terms().keep_days)
