"""The background door to backups: the schedule, the work, and what each process knows of them."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

import app.ops.backups.restores.jobs  # noqa: F401 - registers who hears of erasures
from app.core.clock import utcnow
from app.core.db import sessions_like, settings_of
from app.core.errors import AppError
from app.jobs.outbox import subscribe
from app.jobs.schedules import periodic
from app.ops.backups.events import BackupWanted, DrillWanted
from app.ops.backups.service import working
from app.ops.backups.service.ledger import Ledger
from app.ops.backups.service.reading import SCHEDULE
from app.ops.backups.service.showing import component, figures
from app.ops.process import Process

logger = structlog.get_logger()

EVERY = timedelta(minutes=10)
LONGEST = timedelta(hours=6)
"""So long a backup or a drill may take: then it is given up, and tried again by the schedule."""
LOOK_SECONDS = 60.0


@periodic(SCHEDULE, every=EVERY)
async def keep_to_the_schedule(session: AsyncSession, *, now: datetime) -> None:
    """Have a backup made 23.5 hours after the last one began, a drill a week after; what was missed is made up for."""
    await working.keep_to_the_schedule(session, settings_of(session), now=now)


@subscribe(BackupWanted, "backups.run", limit=LONGEST)
async def run(session: AsyncSession, event: BackupWanted, /, *, now: datetime) -> None:
    """Make the backup that was asked for. A failure is told by its row and the store; the schedule tries again."""
    wanted = await working.take(session, event.run_id, now=now)
    await session.commit()  # the connection goes back: no transaction waits for a dump
    if wanted is not None:
        try:
            await working.back_up(settings_of(session), sessions_like(session), wanted, now=now)
        except AppError as failure:
            logger.warning("backup_failed", run=str(event.run_id), code=failure.code, detail=failure.detail)


@subscribe(DrillWanted, "backups.drill", limit=LONGEST)
async def drill(session: AsyncSession, event: DrillWanted, /, *, now: datetime) -> None:
    """Restore and try the newest backup, as was asked for."""
    wanted = await working.take(session, event.run_id, now=now)
    await session.commit()
    if wanted is not None:
        try:
            await working.rehearse(settings_of(session), sessions_like(session), wanted, now=now)
        except AppError as failure:
            logger.warning("drill_failed", run=str(event.run_id), code=failure.code, detail=failure.detail)


def attend(process: Process) -> Ledger:
    """Have a process know how the backups are: for alerts, metrics, detailed health and `GET /api/backup-status`."""
    ledger = Ledger(process)

    async def turn() -> None:
        await ledger.turn(now=utcnow())

    async def look(now: datetime) -> dict[str, Any]:
        await ledger.look(now=now)
        return component(ledger.judgement(now=now), ledger)

    process.background.every(LOOK_SECONDS, "backups", turn)
    process.gauges["backups"] = lambda: figures(ledger, now=utcnow())
    process.health["backup"] = look
    return ledger
