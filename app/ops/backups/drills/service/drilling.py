"""The drill from end to end, and what it proves."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from socket import gethostname

import asyncpg

from app.core import migrations
from app.core.errors import AppError
from app.core.ids import new_id
from app.core.progress import Progress
from app.ops.backups import errors
from app.ops.backups.drills.service.indexes import check_indexes
from app.ops.backups.drills.service.rehearsing import rehearse
from app.ops.backups.drills.service.scratch import scratch
from app.ops.backups.drills.service.timing import Stopwatch
from app.ops.backups.restores.service.choosing import refuse_newer, trusted
from app.ops.backups.restores.service.comparing import compare, refuse_differences
from app.ops.backups.restores.service.loading import load
from app.ops.backups.rules.evidence import Kept
from app.ops.backups.rules.manifests import Manifest, Proof
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.verifying import keep

LEVEL = 4
FAULTS = (
    errors.ArtefactMissing,
    errors.ArtefactEmpty,
    errors.ArtefactTruncated,
    errors.ArtefactSwapped,
    errors.ArtefactDamaged,
    errors.ArtefactUnreadable,
    errors.TablesMissing,
    errors.RestoreFailed,
    errors.RowsDiffer,
    errors.StructureDiffers,
    errors.SequencesBehind,
    errors.IndexesDamaged,
    errors.SmokeFailed,
)
"""What tells against the backup. All else tells of this machine, its keys or its network, and proves nothing."""


@dataclass(slots=True)
class Findings:
    """What a drill has found so far."""

    tables: int = 0
    rows_compared: int = 0
    remarks: list[str] = field(default_factory=list)


async def drill(context: BackupContext, kept: Kept, report: Progress, *, now: datetime) -> Proof:
    """Restore a backup into a database of its own, prove it, drop it; return the proof, which is in the store then.

    A backup that is not good is a proof that says so.

    Raises:
        BackupRunning: another drill goes on.
        ManifestDamaged, ManifestEdited, ManifestSealedElsewhere: there is nothing to trust.
        SchemaNewer, SchemaMissing: it was made by a newer version of the service, or of another database.
        ScratchRefused, UnpackingFull, KeyMissing, WrongKey, ProgramsMissing, ProgramsTooOld: it cannot be tried here.
        ConnectionLost, RestoreFailed, DatabaseUnavailable: the server did not do all of it, whatever the backup is.
        StoreUnreachable, StoreRefused, StoreFull: the store did not give or take all of it.
    """
    manifest, watch, findings = trusted(kept), Stopwatch(report), Findings()
    refuse_newer(manifest)
    fault: AppError | None = None
    try:
        async with scratch(context, purpose="drill") as database_url:
            try:
                left_out = await load(context, manifest, database_url, watch)
                findings.remarks.extend(f"The server refuses the extension {name}: left out." for name in left_out)
                await examine(context, manifest, database_url, findings, watch, now=now)
            except FAULTS as found:
                fault = found
            proof = _proof(manifest, findings, watch, fault, now=now)
    except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.AdminShutdownError) as failure:
        raise errors.ConnectionLost from failure
    except asyncpg.DiskFullError as failure:
        raise errors.UnpackingFull("The server has no room for the drill: free some of its disk.") from failure
    except asyncpg.PostgresError as failure:  # its words may quote rows
        raise errors.RestoreFailed(f"The server refused a step of the drill (SQLSTATE {failure.sqlstate}).") from None
    await asyncio.to_thread(keep, context, proof)
    return proof


async def examine(
    context: BackupContext,
    manifest: Manifest,
    database_url: str,
    findings: Findings,
    report: Progress,
    *,
    now: datetime,
) -> None:
    """Find out whether a restored database is what was backed up, and whether it can be worked with.

    Raises:
        RowsDiffer, StructureDiffers, SequencesBehind, IndexesDamaged, SmokeFailed: no.
        DatabaseUnavailable: it went away.
    """
    comparison = await compare(database_url, manifest, report)
    findings.tables, findings.rows_compared = comparison.tables, comparison.rows_compared
    refuse_differences(comparison)
    if not await check_indexes(database_url, report):
        findings.remarks.append("amcheck is not available on this server: indexes were not checked.")
    newest = migrations.revisions()[-1]
    if manifest.source.migration != newest:
        report("migrating")
        await asyncio.to_thread(migrations.upgrade, database_url)
        findings.remarks.append(f"Migrated from {manifest.source.migration} to {newest} before it was booked on.")
    remark = await rehearse(database_url, context.settings, report, now=now)
    findings.remarks.extend([remark] if remark else [])


def _proof(manifest: Manifest, findings: Findings, watch: Stopwatch, fault: AppError | None, *, now: datetime) -> Proof:
    mismatches = [] if fault is None else fault.extra.get("mismatches", [])
    return Proof(
        id=new_id(),
        backup_id=manifest.id,
        level=LEVEL,
        passed=fault is None,
        code=fault.code if fault else None,
        detail=fault.detail if fault else None,
        at=now,
        duration_seconds=watch.seconds,
        tables=findings.tables,
        rows_compared=findings.rows_compared,
        mismatches=mismatches,
        remarks=findings.remarks,
        steps=watch.steps(),
        migration=manifest.source.migration,
        host=gethostname(),
    )
