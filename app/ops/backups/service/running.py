"""A whole backup run: made, verified, remembered, and only then are older ones cleared away."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from app.core.clock import utcnow
from app.core.db import Sessions
from app.core.errors import AppError
from app.core.ids import new_id
from app.core.progress import Progress
from app.ops.backups.errors import VerificationFailed, WrongKey
from app.ops.backups.rules.evidence import Kept
from app.ops.backups.rules.manifests import Manifest, Proof
from app.ops.backups.rules.names import MANIFEST
from app.ops.backups.service import recording
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.making import make_alone, told
from app.ops.backups.service.pruning import prune
from app.ops.backups.service.recording import Run
from app.ops.backups.service.remembering import put_down, remembered
from app.ops.backups.service.snapshots import alone, refuse_others
from app.ops.backups.service.verifying import verify


async def run_backup(
    context: BackupContext, sessions: Sessions, *, run_id: UUID, requested_by: str, report: Progress, now: datetime
) -> tuple[Manifest, Proof]:
    """Make a backup, prove it as far as the keys here allow, and return its manifest with the proof.

    A private key that does not open it costs the proof, not the backup: its bytes are compared, and the failure of
    the verification stands beside it.

    What ends it earlier stands in `backup_runs` and beside the backups, as far as either can be told.

    Raises:
        BackupRunning: another backup of this database goes on.
        SchemaMissing: the database is not this service's.
        VerificationFailed: what the store gave back is not what was made; its code says how.
        WrongKey: the public key here is none.
        ProgramsMissing, ProgramsTooOld, DatabaseUnavailable: no dump can be had.
        MigrationRanMeanwhile, TablesLocked, DumpFailed, ConnectionLost: none could be had to its end.
        StoreUnreachable, StoreRefused, StoreFull: the store did not take or give it.
    """
    run, began = Run(run_id, "backup", requested_by, now), monotonic()
    async with remembered(context, sessions, run):
        context.recipients()
        async with alone(context.database_url, "backup") as connection:
            with told():
                await refuse_others(connection)
            await recording.begin(sessions, run)
            made = await asyncio.to_thread(_made_before, context, run_id)
            manifest = made or await make_alone(context, connection, run_id, report, now=now)
            proof = await _proven(context, sessions, run, manifest, report)
            await recording.succeed(sessions, run, at=utcnow(), manifest=manifest, proof=proof)
            ended = now + timedelta(seconds=monotonic() - began)
            await _clear_away(context, sessions, requested_by=requested_by, now=ended)
    return manifest, proof


async def _clear_away(context: BackupContext, sessions: Sessions, *, requested_by: str, now: datetime) -> None:
    """Remove older backups. That it fails is told as what it is: the backup is there all the same."""
    clearing = Run(new_id(), "prune", requested_by, now)
    with suppress(AppError):
        async with remembered(context, sessions, clearing):
            await prune(context, now=now)
            await recording.succeed(sessions, clearing, at=utcnow())


def level_within_reach(context: BackupContext, manifest: Manifest) -> int:
    """Return the level to which a backup can be verified here: reading an encrypted one takes the private key.

    Raises:
        WrongKey: what is set as the private key is none.
    """
    return 3 if context.identities() or not manifest.artefact.encrypted else 1


async def _proven(context: BackupContext, sessions: Sessions, run: Run, manifest: Manifest, report: Progress) -> Proof:
    listed = await asyncio.to_thread(context.store.list, f"{manifest.id}/")
    stored = listed.get(manifest.artefact.key)
    kept = Kept(manifest.id, manifest, None, stored.size if stored else None, ())
    reading = Run(new_id(), "verify", run.requested_by, utcnow(), backup_id=manifest.id)
    try:
        proof = await verify(context, kept, report, level=level_within_reach(context, manifest), now=utcnow())
    except WrongKey as failure:
        await put_down(context, sessions, reading, failure)
        proof = await verify(context, kept, report, level=1, now=utcnow())
    if not proof.passed:
        raise VerificationFailed(proof.code, proof.detail)
    return proof


def _made_before(context: BackupContext, run_id: UUID) -> Manifest | None:
    """Return what an earlier attempt at the same run made and did not come to prove; else clear what it left. Blocking.

    Raises:
        ManifestDamaged, ManifestEdited, ManifestSealedElsewhere: it is whole, but not to be trusted.
    """
    left = context.store.list(f"{run_id}/")
    if f"{run_id}/{MANIFEST}" in left:
        return context.seal.read(Manifest, b"".join(context.store.get(f"{run_id}/{MANIFEST}")))
    for key in left:
        context.store.delete(key)
    return None
