"""Ask for runs: one row, one job, and never a second while the first waits or goes on."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.service import record
from app.core.auth import Principal
from app.core.ids import new_id
from app.jobs.outbox import emit
from app.ops.backups.errors import BackupRunning, Interrupted
from app.ops.backups.events import BackupWanted, DrillWanted
from app.ops.backups.models import BackupRun
from app.ops.backups.rules.scheduling import FORGOTTEN
from app.ops.backups.service.recording import Kind, at_work

EVENTS = {"backup": BackupWanted, "drill": DrillWanted}
BEGINNING = timedelta(minutes=2)
"""So long a row may say that a run goes on before its lock is looked for."""
ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('backups:requests', 0))")


async def request(session: AsyncSession, kind: Kind, *, requested_by: str, now: datetime) -> BackupRun:
    """Have the worker make a run of a kind, as soon as the transaction commits; return its row.

    Raises:
        BackupRunning: one waits already, or goes on.
    """
    await session.execute(ALONE)
    if await waiting(session, kind, now=now):
        raise BackupRunning
    run = BackupRun(id=new_id(), kind=kind, status="queued", requested_by=requested_by[:100], created_at=now)
    session.add(run)
    await session.flush()
    await emit(session, EVENTS[kind](run.id), now=now)
    return run


async def order(session: AsyncSession, principal: Principal, reason: str, *, now: datetime) -> BackupRun:
    """Ask for a backup at a person's wish, and note who wished it.

    Raises:
        BackupRunning: one waits already, or goes on.
    """
    run = await request(session, "backup", requested_by=principal.name, now=now)
    await record(
        session,
        client_id=None,
        actor=principal.name,
        action="backup_requested",
        subject_id=run.id,
        data={"reason": reason},
        now=now,
    )
    return run


async def waiting(session: AsyncSession, kind: Kind, *, now: datetime) -> bool:
    """Return whether a run of a kind waits or goes on. Those of which nothing will come any more are put down."""
    rows = (await session.scalars(select(BackupRun).where(
        BackupRun.kind == kind, BackupRun.status.in_(["queued", "running"])))).all()  # fmt: skip
    if not rows:
        return False
    busy = await at_work(session, kind)
    gone = [row.id for row in rows if _is_gone(row, busy=busy, now=now)]
    if gone:
        await _interrupt(session, gone, now=now)
    return len(gone) < len(rows)


def _is_gone(row: BackupRun, *, busy: bool, now: datetime) -> bool:
    if row.status == "queued":
        return now - row.created_at > FORGOTTEN
    return not busy and now - (row.started_at or row.created_at) > BEGINNING


async def _interrupt(session: AsyncSession, ids: list[UUID], *, now: datetime) -> None:
    await session.execute(
        update(BackupRun)
        .where(BackupRun.id.in_(ids))
        .values(status="failed", finished_at=now, error_code=Interrupted.code, error=Interrupted.detail)
    )
