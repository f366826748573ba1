"""The HTTP door to backups."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from app.core.auth import Principal, Scope, require
from app.core.clock import Now
from app.core.errors import problems
from app.core.handlers import DatabaseUnavailable, database_problem
from app.core.paging import InvalidCursor, PageQuery
from app.core.patience import within
from app.ops.backups.errors import BackupNotConfigured, BackupRunning, RunNotFound
from app.ops.backups.schemas import (
    Activity,
    BackupProblem,
    BackupRunReport,
    BackupRuns,
    BackupRunShown,
    BackupStatus,
    WantedBackup,
)
from app.ops.backups.service import activity as activities
from app.ops.backups.service import reading, requesting, showing
from app.ops.backups.service.context import is_configured
from app.ops.backups.service.ledger import Ledger
from app.ops.process import Process
from app.ops.render.service.windows import Recoverable
from app.ops.schemas import about

router = APIRouter(prefix="/api")

READS = Depends(require(Scope.ops_read), scope="function")
Writer = Annotated[Principal, Depends(require(Scope.ops_write), scope="function")]
PATIENCE_SECONDS = 1.5
"""A frozen database must not hold up what the store shows."""


@router.get("/backup-status", dependencies=[READS], responses=problems(DatabaseUnavailable))
async def read_backup_status(request: Request, now: Now) -> BackupStatus:
    """Say whether there is a proven backup; from the manifests in the store also while the database is away."""
    process: Process = request.app.state.process
    ledger: Ledger = request.app.state.backups
    recoverable: Recoverable = request.app.state.recoverable
    activity, _ = await asyncio.gather(_activity(process, ledger, now), ledger.look(now=now))
    if not activity.database_accessible and ledger.setup.configured and ledger.evidence is None:
        raise DatabaseUnavailable
    told = ledger.judgement(now=now)
    return BackupStatus(
        status=told.status,
        message=told.message,
        details=activity,
        backup=showing.evidence(ledger, told),
        drill=showing.drill(told.drill),
        pitr=recoverable.known(now=now),
        problems=[BackupProblem(code=each.code, severity=each.severity, hint=each.hint) for each in told.problems],
        **about(process, now=now, scope="cluster"),
    )


async def _activity(process: Process, ledger: Ledger, now: Now) -> Activity:
    """Ask the database how much goes on, and what it remembers of runs."""

    async def ask() -> Activity:
        async with process.sessions() as session:
            ledger.runs, ledger.beat = await reading.remembered(session)
            return await activities.activity(session, now=now)

    try:
        if (await process.lifeline.check()).up:
            return await within(PATIENCE_SECONDS, ask())
    except (SQLAlchemyError, OSError) as failure:
        if database_problem(failure) is None:
            raise
    ledger.runs = ledger.beat = None
    return activities.UNKNOWN


@router.post("/backups", status_code=202, responses=problems(BackupNotConfigured, BackupRunning))
async def ask_for_backup(
    request: Request, response: Response, wanted: WantedBackup, *, principal: Writer, now: Now
) -> BackupRunShown:
    """Have the worker make a backup now; `GET` what `Location` names to see what becomes of it."""
    process: Process = request.app.state.process
    if not is_configured(process.settings):
        raise BackupNotConfigured
    run = await process.order(lambda session: requesting.order(session, principal, wanted.reason, now=now), now=now)
    response.headers["Location"] = f"/api/backups/{run.id}"
    return BackupRunShown(run=BackupRunReport.model_validate(run), **about(process, now=now, scope="cluster"))


@router.get("/backups", dependencies=[READS], responses=problems(InvalidCursor))
async def list_runs(request: Request, paging: PageQuery, now: Now) -> BackupRuns:
    """List backups, verifications, drills and clearings-up as the database remembers them, the latest first."""
    process: Process = request.app.state.process
    runs, cursor = await process.ask(lambda session: reading.page(session, paging))
    items = [BackupRunReport.model_validate(run) for run in runs]
    return BackupRuns(items=items, next_after=cursor, **about(process, now=now, scope="cluster"))


@router.get("/backups/{run_id}", dependencies=[READS], responses=problems(RunNotFound))
async def read_run(request: Request, run_id: UUID, now: Now) -> BackupRunShown:
    """Say what became of a run."""
    process: Process = request.app.state.process
    run = await process.ask(lambda session: reading.one(session, run_id))
    return BackupRunShown(run=BackupRunReport.model_validate(run), **about(process, now=now, scope="cluster"))
