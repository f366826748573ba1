"""The background door of failures."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utcnow
from app.jobs.schedules import periodic
from app.ops.failures.service import carrying
from app.ops.process import Process

CARRY_SECONDS = 10.0
HOURS_KEPT = timedelta(hours=25)


def attend(process: Process) -> None:
    """Have a process carry its failures to the database, every so often."""

    async def carry() -> None:
        failures = process.signals.failures
        failures.forget_hours(utcnow() - HOURS_KEPT)
        if failures.uncarried and (await process.lifeline.check()).up:
            await carrying.carry(process.sessions, failures, commit=process.settings.commit)

    process.background.every(CARRY_SECONDS, "failures", carry)


@periodic("failures.forget", every=timedelta(hours=6))
async def forget(session: AsyncSession, *, now: datetime) -> None:
    """Forget failures that nobody asks about any more."""
    await carrying.forget(session, now=now)
