"""The drill: a backup is restored, compared, booked on; nothing of it is left but the proof."""

import asyncio
import threading

from app.core.clock import utcnow
from app.core.ids import new_id
from app.ops.backups.drills.service.drilling import drill
from app.ops.backups.service.making import make
from app.ops.backups.service.progress import unheard
from app.ops.backups.service.snapshots import connected
from tests.ops.backups.conftest import look


async def test_a_good_backup_is_proven_to_the_highest_level(context, backup):
    proof = await drill(context, look(context).backups[0], unheard, now=utcnow())

    assert (proof.passed, proof.level, proof.code, proof.mismatches) == (True, 4, None, [])
    assert proof.tables == len(backup.tables)
    assert proof.rows_compared == sum(table.rows for table in backup.tables.values())
    assert look(context).backups[0].proofs == (proof,)
    assert look(context).backups[0].proven_level == 4


async def test_numbers_that_are_given_while_the_dump_is_made_are_no_difference(make_context, own_url):
    context = make_context(database_url=own_url)
    given = threading.Event()

    async def give() -> None:
        async with connected(own_url) as connection:
            await connection.execute("SELECT nextval('pgqueuer_id_seq') FROM generate_series(1, 1000)")

    def report(stage: str, _done: int = 0, _total: int | None = None, /) -> None:
        if stage == "dumping" and not given.is_set():
            asyncio.run(give())
            given.set()

    async with connected(own_url) as connection:  # so that counting takes longer than it takes pg_dump to begin
        await connection.execute("CREATE TABLE slow AS SELECT n FROM generate_series(1, 500000) n")
    await make(context, new_id(), report, now=utcnow())

    proof = await drill(context, look(context).backups[0], unheard, now=utcnow())

    assert given.is_set()
    assert (proof.code, proof.mismatches) == (None, [])
