"""The background door: a look every week, asked for by a periodic task and done by a job, which may take its time."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utcnow
from app.core.db import settings_of
from app.core.progress import unheard
from app.jobs import service as jobs
from app.jobs.outbox import emit, subscribe
from app.jobs.schedules import periodic
from app.ops.integrity.events import CheckWanted
from app.ops.integrity.schemas import looked
from app.ops.integrity.service import recording
from app.ops.integrity.service.looking import Asked, look
from app.ops.process import Process

JOB = "integrity.check"
LONGEST = timedelta(hours=1)
SCHEDULE_EVERY = timedelta(hours=1)
READ_SECONDS = 60.0


@periodic("integrity.schedule", every=SCHEDULE_EVERY)
async def schedule(session: AsyncSession, /, *, now: datetime) -> None:
    """Ask for a look when the last one is a week old and none waits, runs or is held for a person."""
    if await recording.is_due(session, now=now) and JOB not in {each.name for each in await jobs.counts(session)}:
        await emit(session, CheckWanted("schedule"), now=now)


@subscribe(CheckWanted, JOB, once=lambda _event: "all", limit=LONGEST)
async def check(session: AsyncSession, _event: CheckWanted, /, *, now: datetime) -> None:
    """Look at all of the data, over a connection of its own, and keep what was found."""
    outcomes = await look(str(settings_of(session).database_url), Asked(), unheard, now=now)
    await recording.keep(session, looked(outcomes, started_at=now, finished_at=utcnow()))


def attend(process: Process) -> None:
    """Have a process say what the last look found: alerts go by it."""
    known: dict[str, Any] = {}

    async def read() -> None:
        if (await process.lifeline.check()).up:
            standing = await process.ask(recording.standing)
            known.clear()
            if standing is not None:
                known.update(findings=standing[0], started_at=standing[1])

    def told() -> dict[str, Any]:
        if not known:
            return {}
        return {"findings": known["findings"], "age_seconds": (utcnow() - known["started_at"]).total_seconds()}

    process.gauges["integrity"] = told
    process.background.every(READ_SECONDS, "integrity", read)
