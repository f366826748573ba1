"""What the worker does about backups: keep to the schedule, make what was asked for, and try it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utcnow
from app.core.config import Settings
from app.core.db import Sessions
from app.core.errors import AppError
from app.core.progress import unheard
from app.ops.backups.drills.service.running import run_drill
from app.ops.backups.errors import BackupNotFound, BackupRunning, Interrupted
from app.ops.backups.models import BackupRun
from app.ops.backups.rules import CLOCK_SECONDS
from app.ops.backups.rules.manifests import Manifest, Proof
from app.ops.backups.rules.scheduling import INTERRUPTED, Past, next_backup, next_drill
from app.ops.backups.service import recording
from app.ops.backups.service.context import open_context
from app.ops.backups.service.evidence import Reader
from app.ops.backups.service.recording import Kind, at_work
from app.ops.backups.service.requesting import request, waiting
from app.ops.backups.service.running import run_backup

BY_SCHEDULE = "schedule"
"""Who wants what the schedule wants."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A run that is to be made now."""

    run_id: UUID
    requested_by: str


async def keep_to_the_schedule(session: AsyncSession, settings: Settings, *, now: datetime) -> None:
    """Ask for the backup and the drill that are due; where no store is set, for nothing."""
    if not settings.backup_url or await waiting(session, "backup", now=now):
        return
    past = await _past(session, "backup", now=now)
    if next_backup(past, now=now) <= now:
        await _ask(session, "backup", now=now)
        return  # a drill of what is being made can wait for the next round
    if not settings.backup_identity or past.succeeded_at is None or await waiting(session, "drill", now=now):
        return
    if next_drill(await _past(session, "drill", now=now), now=now) <= now:
        await _ask(session, "drill", now=now)


async def _ask(session: AsyncSession, kind: Kind, *, now: datetime) -> None:
    try:
        await request(session, kind, requested_by=BY_SCHEDULE, now=now)
    except BackupRunning:  # somebody asked for one in this moment
        return


async def _past(session: AsyncSession, kind: Kind, *, now: datetime) -> Past:
    """Return what is known of earlier runs; what says that it lies ahead is left out."""
    runs = select(BackupRun).where(BackupRun.kind == kind)
    began = select(func.max(BackupRun.started_at)).where(
        BackupRun.kind == kind, BackupRun.status == "succeeded", BackupRun.started_at <= now
    )
    failed = await session.scalar(
        runs.where(BackupRun.status == "failed", BackupRun.error_code != BackupRunning.code)
        .where(BackupRun.finished_at <= now)
        .order_by(BackupRun.finished_at.desc())
        .limit(1)
    )
    return Past(
        succeeded_at=await session.scalar(began),
        failed_at=failed.finished_at if failed else None,
        failure=failed.error_code if failed else None,
    )


async def take(session: AsyncSession, run_id: UUID, *, now: datetime) -> Wanted | None:
    """Return the run that a job is of, None where nothing is to be done any more.

    A worker that was told to stop has put the run down as interrupted: it is made now. One that was killed has not,
    and the run says that it goes on: it is put down, and the schedule makes another after a while, lest what kills
    workers kills one after the other.
    """
    run = await session.get(BackupRun, run_id, with_for_update=True)
    if run is None:
        return None
    if run.status == "running" and not await at_work(session, run.kind):
        run.status, run.finished_at = "failed", now
        run.error_code, run.error = Interrupted.code, Interrupted.detail
        await session.flush()
        return None
    stopped = run.status == "failed" and run.error_code == INTERRUPTED
    return Wanted(run.id, run.requested_by) if run.status == "queued" or stopped else None


async def back_up(settings: Settings, sessions: Sessions, wanted: Wanted, *, now: datetime) -> Manifest:
    """Make a backup that was asked for.

    Raises:
        AppError: why there is none; its row says so too.
    """
    try:
        context = open_context(settings)
    except AppError as failure:
        await _never_begun(sessions, "backup", wanted, failure, now=now)
        raise
    manifest, _ = await run_backup(
        context, sessions, run_id=wanted.run_id, requested_by=wanted.requested_by, report=unheard, now=now
    )
    return manifest


async def rehearse(settings: Settings, sessions: Sessions, wanted: Wanted, *, now: datetime) -> Proof:
    """Drill the newest backup that can be trusted and is not from the future.

    Raises:
        BackupNotFound: there is none.
        AppError: why it could not be drilled; the row says so too.
    """
    try:
        context = open_context(settings)
        reader = Reader(context.store, context.seal)
        shown = (await asyncio.to_thread(reader.look, now=now)).backups
        latest = now + timedelta(seconds=CLOCK_SECONDS)
        newest = [each for each in shown if each.manifest and each.manifest.source.snapshot_at <= latest]
        if not newest:
            raise BackupNotFound
    except AppError as failure:
        await _never_begun(sessions, "drill", wanted, failure, now=now)
        raise
    return await run_drill(
        context,
        sessions,
        newest[-1],
        run_id=wanted.run_id,
        requested_by=wanted.requested_by,
        report=unheard,
        now=now,
    )


async def _never_begun(sessions: Sessions, kind: Kind, wanted: Wanted, failure: AppError, *, now: datetime) -> None:
    run = recording.Run(wanted.run_id, kind, wanted.requested_by, now)
    await recording.fail(sessions, run, failure, at=utcnow())
