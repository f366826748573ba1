"""What attention does every so often: forget what came in for nobody."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.attention.service.unrouted import forget_unrouted
from app.jobs.schedules import periodic

KEPT = timedelta(days=30)


@periodic("attention.forget_unrouted", every=timedelta(hours=6))
async def forget(session: AsyncSession, /, *, now: datetime) -> None:
    """Delete what has been kept for 30 days."""
    await forget_unrouted(session, before=now - KEPT)
