"""Runs that come to nothing: told to the database and to the store, as far as either can be told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from app.core.clock import utcnow
from app.core.db import Sessions
from app.core.errors import AppError, InternalError
from app.ops.backups.errors import BackupRunning, Interrupted
from app.ops.backups.rules.manifests import Failure
from app.ops.backups.rules.names import failure_key
from app.ops.backups.service import recording
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.recording import Run

logger = structlog.get_logger()


@asynccontextmanager
async def remembered(context: BackupContext, sessions: Sessions, run: Run) -> AsyncIterator[None]:
    """Tell what ends the block before its end, and let it go on its way."""
    try:
        yield
    except asyncio.CancelledError:
        await asyncio.shield(put_down(context, sessions, run, Interrupted()))
        raise
    except AppError as failure:
        await put_down(context, sessions, run, failure)
        raise
    except Exception:
        await put_down(context, sessions, run, InternalError("The run ended by a fault of the service: see its log."))
        raise


async def put_down(context: BackupContext, sessions: Sessions, run: Run, failure: AppError) -> None:
    """Tell the database and the store; that another one goes on is no failure of what is asked for."""
    at = utcnow()
    await recording.fail(sessions, run, failure, at=at)
    if isinstance(failure, BackupRunning):
        return
    told = Failure(
        id=run.id,
        kind=run.kind,
        started_at=run.started_at,
        finished_at=at,
        code=failure.code,
        detail=failure.detail,
        host=recording.host(),
    )
    try:
        await asyncio.to_thread(context.store.put, failure_key(run.id), [context.seal.write(told)])
    except AppError as silent:
        logger.warning("backup_failure_not_stored", code=silent.code)
