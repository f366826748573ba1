"""A drill that is remembered: in this database, and beside the backups."""

from contextlib import AsyncExitStack
from datetime import datetime
from uuid import UUID

from app.core.clock import utcnow
from app.core.db import Sessions
from app.core.handlers import DatabaseUnavailable
from app.core.progress import Progress
from app.ops.backups.drills.service.drilling import drill
from app.ops.backups.errors import VerificationFailed
from app.ops.backups.rules.evidence import Kept
from app.ops.backups.rules.manifests import Proof
from app.ops.backups.service import recording
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.recording import Run
from app.ops.backups.service.remembering import remembered
from app.ops.backups.service.snapshots import alone


async def run_drill(
    context: BackupContext,
    sessions: Sessions,
    kept: Kept,
    *,
    run_id: UUID,
    requested_by: str,
    report: Progress,
    now: datetime,
) -> Proof:
    """Drill a backup, remember it, and return the proof, which may be that the backup is not good.

    With a server of its own for drills it needs no other: on the day when the database is gone, a backup can be proven.

    Raises:
        BackupRunning: another drill of this database goes on.
        DatabaseUnavailable: neither this database nor another server is there.
        and what `drill` raises.
    """
    run = Run(run_id, "drill", requested_by, now, backup_id=kept.id)
    async with remembered(context, sessions, run), AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(alone(context.database_url, "drill"))
        except DatabaseUnavailable:
            if context.settings.drill_database_url is None:
                raise
        await recording.begin(sessions, run)
        proof = await drill(context, kept, report, now=now)
        if proof.passed:
            await recording.succeed(sessions, run, at=utcnow(), proof=proof)
        else:
            failure = VerificationFailed(proof.code, proof.detail)
            await recording.fail(sessions, run, failure, at=utcnow(), level=proof.level)
    return proof
