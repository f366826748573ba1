"""The HTTP door to backups."""

from fastapi import APIRouter, Depends, Request
from sqlalchemy.exc import SQLAlchemyError

from app.core.auth import Scope, require
from app.core.clock import Now
from app.core.handlers import database_problem
from app.core.patience import within
from app.ops.backups.rules import RPO_SECONDS, RTO_SECONDS
from app.ops.backups.schemas import Activity, BackupStatus, Drill, Evidence
from app.ops.backups.service import activity as service
from app.ops.process import Process
from app.ops.schemas import about

router = APIRouter(prefix="/api", dependencies=[Depends(require(Scope.ops_read), scope="function")])

PATIENCE_SECONDS = 1.5
"""A frozen database must not hold up the answer that there is no backup."""


@router.get("/backup-status")
async def read_backup_status(request: Request, now: Now) -> BackupStatus:
    """Say whether there is a proven backup; 200 also while the database is away."""
    process: Process = request.app.state.process
    return BackupStatus(
        status="error",
        message=service.NOTHING.hint,
        details=await _activity(process, now),
        backup=Evidence(rpo_seconds=RPO_SECONDS, rpo_met=False),
        drill=Drill(rto_seconds=RTO_SECONDS),
        problems=[service.NOTHING],
        **about(process, now=now, scope="cluster"),
    )


async def _activity(process: Process, now: Now) -> Activity:
    async def ask() -> Activity:
        async with process.sessions() as session:
            return await service.activity(session, now=now)

    try:
        return await within(PATIENCE_SECONDS, ask()) if (await process.lifeline.check()).up else service.UNKNOWN
    except (SQLAlchemyError, OSError) as failure:
        if database_problem(failure) is None:
            raise
        return service.UNKNOWN
