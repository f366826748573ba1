"""Verify what is stored, and keep beside it what was found."""

import asyncio
from datetime import datetime
from socket import gethostname
from time import monotonic

from app.core.ids import new_id
from app.core.progress import Progress
from app.integrations.storage.errors import StoreFull, StoreRefused, StoreUnreachable
from app.ops.backups.rules.evidence import Kept
from app.ops.backups.rules.manifests import Proof
from app.ops.backups.rules.names import proof_key
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.examining import Examination


async def verify(context: BackupContext, kept: Kept, report: Progress, *, level: int = 3, now: datetime) -> Proof:
    """Verify a backup up to a level (0 to 3), and keep beside it what was found; a bad one is a proof that failed.

    Raises:
        StoreUnreachable, StoreRefused, StoreFull: the store did not answer, or did not take the proof.
        KeyMissing, WrongKey: from level 2 on, an encrypted one cannot be opened here.
        ManifestSealedElsewhere: whether the manifest is genuine cannot be told here.
        ProgramsMissing, ProgramsTooOld, VerificationStopped: from level 2 on, pg_restore cannot do its part here.
    """
    began = monotonic()
    examination = Examination(context, kept, report, now)
    examining = asyncio.create_task(asyncio.to_thread(examination.examine, level))
    try:
        finding = await asyncio.shield(examining)
    finally:
        examination.stop.set()
        await asyncio.wait({examining})
        examining.exception()  # whoever gave up waiting needs no word of it
    failure, manifest = finding.failure, kept.manifest
    proof = Proof(
        id=new_id(),
        backup_id=kept.id,
        level=finding.level,
        passed=failure is None,
        code=failure.code if failure else None,
        detail=failure.detail if failure else None,
        at=now,
        duration_seconds=round(monotonic() - began, 3),
        tables=len(manifest.tables) if manifest and failure is None and level > 1 else 0,
        size_unusual=finding.size_unusual,
        migration=manifest.source.migration if manifest else None,
        host=gethostname(),
    )
    await asyncio.to_thread(keep, context, proof)
    return proof


def keep(context: BackupContext, proof: Proof) -> None:
    """Put a proof beside its backup. Blocking.

    Raises:
        StoreUnreachable, StoreRefused, StoreFull: it was not taken; the text tells what was found.
    """
    key = proof_key(proof.backup_id, proof.id, proof.level, passed=proof.passed)
    try:
        context.store.put(key, [context.seal.write(proof)])
    except (StoreUnreachable, StoreRefused, StoreFull) as failure:
        found = f"passed level {proof.level}" if proof.passed else f"failed level {proof.level} ({proof.code})"
        raise type(failure)(f"The backup {found}, but the proof could not be written: {failure.detail}") from failure
