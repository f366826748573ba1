"""Verification: what each level looks at, what a proof holds, and what is no proof."""

from app.core.clock import utcnow
from app.ops.backups.service.progress import unheard
from app.ops.backups.service.verifying import verify
from tests.ops.backups.conftest import look


async def test_a_good_backup_passes_every_level_that_is_asked_for(context, backup):
    kept = look(context).backups[0]

    proofs = [await verify(context, kept, unheard, level=level, now=utcnow()) for level in range(4)]

    assert [(proof.level, proof.passed, proof.code) for proof in proofs] == [(n, True, None) for n in range(4)]
    assert [proof.tables for proof in proofs] == [0, 0, len(backup.tables), len(backup.tables)]
