"""What this database remembers of runs. Best effort: a backup is worth more than its row; the store is the truth."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from socket import gethostname
from typing import Any, Literal
from uuid import UUID

import structlog
from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.errors import AppError
from app.ops.backups.errors import Interrupted
from app.ops.backups.models import BackupRun
from app.ops.backups.rules.manifests import Manifest, Proof

NO_TABLE = "42P01"
logger = structlog.get_logger()

Kind = Literal["backup", "verify", "drill", "prune"]

# A lock goes with the process that holds it, so who holds none is not at work, whatever a row says.
AT_WORK = text("""
SELECT EXISTS (
    SELECT FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended('backups:' || CAST(:kind AS text), 0))
""")


def host() -> str:
    """Return the name of this machine, as it is remembered."""
    return gethostname()[:100]


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it is remembered."""

    id: UUID
    kind: Kind
    requested_by: str
    started_at: datetime
    backup_id: UUID | None = None
    """Which backup is verified or drilled."""


async def begin(sessions: Sessions, run: Run) -> None:
    """Put down that a run goes on; whoever calls it holds the lock of its kind (`snapshots.alone`).

    Rows that still say so of others belong to runs that were killed: they become failed, `interrupted`.
    """
    async with _remembering(sessions) as session:
        await session.execute(
            update(BackupRun)
            .where(BackupRun.kind == run.kind, BackupRun.status == "running", BackupRun.id != run.id)
            .values(status="failed", finished_at=run.started_at, error_code=Interrupted.code, error=Interrupted.detail)
        )
        await _put(session, run, status="running", finished_at=None, error_code=None, error=None)


async def succeed(
    sessions: Sessions, run: Run, *, at: datetime, manifest: Manifest | None = None, proof: Proof | None = None
) -> None:
    """Put down that a run came to its end, with what it made or found."""
    made: dict[str, Any] = {}
    if manifest is not None:
        made |= {
            "bytes": manifest.artefact.bytes,
            "sha256": manifest.artefact.sha256,
            "location": manifest.artefact.key,
            "encrypted": manifest.artefact.encrypted,
            "tool_version": manifest.artefact.tool_version,
            "server_version": manifest.source.server_version,
            "migration": manifest.source.migration,
            "lsn": manifest.source.lsn,
        }
    if proof is not None:
        made |= {"level": proof.level}
    async with _remembering(sessions) as session:
        await _put(session, run, status="succeeded", finished_at=at, **made)


async def fail(sessions: Sessions, run: Run, failure: AppError, *, at: datetime, level: int | None = None) -> None:
    """Put down what ended a run."""
    async with _remembering(sessions) as session:
        await _put(
            session,
            run,
            status="failed",
            finished_at=at,
            error_code=failure.code[:50],
            error=failure.detail[:500],
            level=level,
        )


async def at_work(session: AsyncSession, kind: str) -> bool:
    """Return whether a run of a kind really goes on in this database: a row alone may be of one that was killed."""
    return bool(await session.scalar(AT_WORK, {"kind": kind}))


async def _put(session: AsyncSession, run: Run, **values: Any) -> None:
    held = {"started_at": run.started_at, "host": host(), "backup_id": run.backup_id, **values}
    row = {
        "id": run.id,
        "kind": run.kind,
        "requested_by": run.requested_by[:100],
        "created_at": run.started_at,
        **held,
    }
    await session.execute(insert(BackupRun).values(row).on_conflict_do_update(index_elements=["id"], set_=held))


@asynccontextmanager
async def _remembering(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """Give a transaction; that it fails is logged. Before a migration there is no table, and nothing to be said."""
    try:
        async with sessions.begin() as session:
            yield session
    except (SQLAlchemyError, OSError) as failure:
        if getattr(getattr(failure, "orig", None), "sqlstate", None) == NO_TABLE:
            return
        logger.warning("backup_run_not_recorded", error=type(failure).__name__)
