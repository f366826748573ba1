"""The background door of samples."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.schedules import periodic
from app.ops.samples import service


@periodic("samples.roll_up", every=timedelta(minutes=15))
async def roll_up(session: AsyncSession, *, now: datetime) -> None:
    """Put old minutes into hours, and forget what nobody asks about any more."""
    await service.roll_up(session, now=now)
