"""The drill: a backup is restored, compared, booked on; nothing of it is left but the proof."""


from app.core.clock import utcnow
from app.ops.backups.drills.service.drilling import drill
from app.ops.backups.service.progress import unheard
from tests.ops.backups.conftest import look


async def test_a_good_backup_is_proven_to_the_highest_level(context, backup):
    proof = await drill(context, look(context).backups[0], unheard, now=utcnow())

    assert (proof.passed, proof.level, proof.code, proof.mismatches) == (True, 4, None, [])
    assert proof.tables == len(backup.tables)
    assert proof.rows_compared == sum(table.rows for table in backup.tables.values())
    assert look(context).backups[0].proofs == (proof,)
    assert look(context).backups[0].proven_level == 4
