"""Read what the database remembers of runs and of their schedule."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.paging import Paging
from app.ops.backups.errors import RunNotFound
from app.ops.backups.models import BackupRun
from app.ops.backups.rules.known import Beat, Run
from app.ops.health.rules import heartbeat

SCHEDULE = "backups.schedule"
"""The name of the periodic task."""
MOST = 100
"""So many of the latest runs are looked at: a day has about three."""

BEAT = text("""
SELECT last_started_at, last_succeeded_at, last_error_code, extract(epoch FROM now() - due_at)::float8 AS overdue
FROM periodic_runs WHERE name = :name
""")


async def remembered(session: AsyncSession) -> tuple[tuple[Run, ...], Beat]:
    """Return the latest runs, the latest first, and how the schedule runs; where nobody ever began it, it is late."""
    rows = await session.scalars(select(BackupRun).order_by(BackupRun.created_at.desc()).limit(MOST))
    runs = tuple(_run(row) for row in rows)
    found = (await session.execute(BEAT, {"name": SCHEDULE})).one_or_none()
    if found is None:
        return runs, Beat("late", None, None)
    state = heartbeat(overdue_seconds=found.overdue, error_code=found.last_error_code)
    return runs, Beat(state, found.last_started_at, found.last_succeeded_at)


async def page(session: AsyncSession, paging: Paging) -> tuple[list[BackupRun], str | None]:
    """Return a page of runs, the latest first, and its cursor."""
    query = select(BackupRun).order_by(BackupRun.id.desc()).limit(paging.limit + 1)
    after = paging.key(UUID)
    if after is not None:
        query = query.where(BackupRun.id < after[0])
    rows, cursor = paging.page((await session.scalars(query)).all(), lambda run: (run.id,))
    return list(rows), cursor


async def one(session: AsyncSession, run_id: UUID) -> BackupRun:
    """Return a run.

    Raises:
        RunNotFound: there is none of this id.
    """
    run = await session.get(BackupRun, run_id)
    if run is None:
        raise RunNotFound
    return run


def _run(row: BackupRun) -> Run:
    return Run(
        id=row.id,
        kind=row.kind,
        status=row.status,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        code=row.error_code,
        detail=row.error,
    )
