"""The drill: a backup is restored, compared, booked on; nothing of it is left but the proof."""

import asyncio
import secrets
import threading

import pyrage
import pytest
from sqlalchemy.engine import make_url

from app.core import migrations
from app.core.clock import utcnow
from app.core.ids import new_id
from app.core.progress import unheard
from app.ops.backups import errors
from app.ops.backups.drills.errors import ScratchRefused
from app.ops.backups.drills.service.drilling import drill
from app.ops.backups.errors import BackupRunning, KeyMissing, ManifestEdited, UnpackingFull, WrongKey
from app.ops.backups.rules.names import manifest_key
from app.ops.backups.service.making import make
from app.ops.backups.service.snapshots import connected, counted
from app.ops.backups.service.verifying import verify
from tests.fixtures.database import in_a_thread
from tests.ops.backups.conftest import look, replace
from tests.ops.backups.damage import flipped, plain_dump, remake, stored
from tests.ops.backups.drills.conftest import order, scratches


def newest(context):
    return look(context).backups[-1]


async def drilled(context, report=unheard):
    return await drill(context, newest(context), report, now=utcnow())


async def test_a_good_backup_is_proven_to_the_highest_level(context, backup):
    proof = await drilled(context)

    assert (proof.passed, proof.level, proof.code, proof.mismatches) == (True, 4, None, [])
    assert proof.tables == len(backup.tables)
    assert proof.rows_compared == sum(table.rows for table in backup.tables.values())
    assert list(proof.steps) == ["unpacking", "restoring", "analysing", "comparing", "checking indexes", "booking"]
    assert 0 < sum(proof.steps.values()) <= proof.duration_seconds  # which is the measured time of recovery
    assert newest(context).proofs == (proof,)
    assert newest(context).proven_level == 4


@pytest.mark.prove
async def test_a_backup_without_encryption_is_drilled_too(make_context):
    context = make_context(backup_recipient=None, backup_identity=None)
    await make(context, new_id(), unheard, now=utcnow())

    assert (await drilled(context)).passed


async def test_a_drill_changes_nothing_where_people_are_and_sends_nothing(context, backup, filled_url):
    async with connected(filled_url) as connection:
        before = await counted(connection, unheard)

    await drilled(context)

    async with connected(filled_url) as connection:
        assert await counted(connection, unheard) == before
    assert await scratches(filled_url) == []


@pytest.mark.prove
async def test_numbers_that_are_given_while_the_dump_is_made_are_no_difference(make_context, own_url):
    context = make_context(database_url=own_url)
    given = threading.Event()

    async def give():
        await order(own_url, "SELECT nextval('pgqueuer_id_seq') FROM generate_series(1, 1000)")

    def report(stage, _done=0, _total=None, /):
        if stage == "dumping" and not given.is_set():
            asyncio.run(give())
            given.set()

    # So that counting takes longer than it takes pg_dump to begin.
    await order(own_url, "CREATE TABLE slow AS SELECT n FROM generate_series(1, 300000) n")
    await make(context, new_id(), report, now=utcnow())

    proof = await drilled(context)

    assert given.is_set()
    assert (proof.code, proof.mismatches) == (None, [])


async def test_a_digit_that_changed_in_the_database_s_own_files_passes_all_levels_but_this_one(make_context):
    """Of an uncompressed dump whose digests were made after the change: what a bad disk under the server does."""
    context = make_context(backup_recipient=None, backup_identity=None)
    manifest = await make(context, new_id(), unheard, now=utcnow(), compression=0)
    dump = plain_dump(context, manifest)
    remake(context, manifest, flipped(dump, dump.index(b"+447500000007") + 3))

    assert (await verify(context, newest(context), unheard, level=3, now=utcnow())).passed
    proof = await drilled(context)

    assert (proof.passed, proof.code, proof.level) == (False, "rows_differ", 4)
    assert proof.mismatches == ["public.customers: 30 rows, of which some are not as they were"]
    assert "public.customers" in (proof.detail or "")
    assert newest(context).proven_level is None


async def test_a_drill_that_fails_leaves_no_database(context, backup, filled_url):
    dump = stored(context, backup.artefact.key)
    for damaged, code in ((flipped(dump, len(dump) // 2), "artefact_damaged"), (dump[:-1], "artefact_truncated")):
        replace(context.store, backup.artefact.key, damaged)

        proof = await drilled(context)
        assert (proof.passed, proof.code) == (False, code)
        assert await scratches(filled_url) == []


async def test_a_drill_that_cannot_load_what_pg_dump_left_says_so(make_context, own_url):
    await order(own_url, "CREATE FUNCTION gone() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    await order(own_url, "CREATE TABLE broken (n int CHECK (gone() = n))", "INSERT INTO broken VALUES (1)")
    await order(own_url, "CREATE OR REPLACE FUNCTION gone() RETURNS int LANGUAGE sql AS 'SELECT 2'")
    context = make_context(database_url=own_url)
    await make(context, new_id(), unheard, now=utcnow())

    proof = await drilled(context)

    assert (proof.passed, proof.code) == (False, "restore_failed")
    assert await scratches(own_url) == []


async def test_a_server_without_room_tells_nothing_against_the_backup(make_context, own_url):
    await order(
        own_url,
        "CREATE FUNCTION room() RETURNS bool LANGUAGE sql AS 'SELECT true'",
        "CREATE TABLE large (n int CHECK (room()))",
        "INSERT INTO large VALUES (1)",
        "CREATE OR REPLACE FUNCTION room() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$",
    )
    context = make_context(database_url=own_url)
    await make(context, new_id(), unheard, now=utcnow())

    with pytest.raises(UnpackingFull, match="The server has no room"):
        await drilled(context)

    assert newest(context).proofs == ()
    assert await scratches(own_url) == []


EARLIER = [pytest.param(each, marks=pytest.mark.prove) for each in ("restoring", "comparing", "checking indexes")]


@pytest.mark.parametrize("stage", [*EARLIER, "booking"])
async def test_a_drill_that_is_cancelled_leaves_no_database(context, backup, filled_url, stage):
    loop, reached = asyncio.get_running_loop(), asyncio.Event()

    def report(name, _done=0, _total=None, /):
        if name == stage:
            loop.call_soon_threadsafe(reached.set)

    task = asyncio.create_task(drilled(context, report))
    await reached.wait()
    task.cancel()
    await asyncio.wait({task})

    assert task.cancelled()
    assert await scratches(filled_url) == []
    assert newest(context).proofs == ()


async def test_what_a_killed_drill_left_is_dropped_by_the_next_and_nothing_else_is(context, backup, filled_url):
    name = make_url(filled_url).database
    left, other = f"{name}_drill_{secrets.token_hex(6)}", f"{name}_drill_notes"
    await order(filled_url, f'CREATE DATABASE "{left}"', f'CREATE DATABASE "{other}"')

    try:
        await drilled(context)
        found = await scratches(filled_url)
    finally:
        await order(filled_url, f'DROP DATABASE "{other}"')

    assert found == [other]


async def test_without_the_private_key_nothing_is_proven_either_way(make_context, backup):
    with pytest.raises(KeyMissing):
        await drilled(make_context(backup_identity=None))
    with pytest.raises(WrongKey):
        await drilled(make_context(backup_identity=str(pyrage.x25519.Identity.generate())))

    assert newest(make_context()).proofs == ()


@pytest.mark.parametrize(("migration", "refusal"), [("9999", errors.SchemaNewer), (None, errors.SchemaMissing)])
async def test_a_backup_of_a_newer_version_or_of_nothing_is_called_so(context, backup, migration, refusal):
    source = backup.source.model_copy(update={"migration": migration})
    newer = backup.model_copy(update={"source": source})
    replace(context.store, manifest_key(backup.id), context.seal.write(newer))

    with pytest.raises(refusal):
        await drilled(context)


async def test_an_edited_manifest_is_not_drilled(context, backup):
    manifest = stored(context, manifest_key(backup.id))
    replace(context.store, manifest_key(backup.id), manifest.replace(b'"rows": 300', b'"rows": 301'))

    with pytest.raises(ManifestEdited):
        await drilled(context)


@pytest.mark.prove
async def test_a_backup_of_an_older_version_is_migrated_before_it_is_booked_on(make_context, databases):
    url = databases.create(empty=True)
    older = migrations.revisions()[-3]
    in_a_thread(lambda: migrations.upgrade(url, older))
    context = make_context(database_url=url)
    await make(context, new_id(), unheard, now=utcnow())

    proof = await drilled(context)
    databases.drop(url)

    assert (proof.passed, proof.migration) == (True, older)
    assert f"Migrated from {older} to {migrations.revisions()[-1]} before it was booked on." in proof.remarks
    assert "Nothing was on offer: a business of its own was founded to book on." in proof.remarks


async def test_data_on_which_nothing_can_be_booked_fails_the_drill(make_context, own_url):
    await order(
        own_url,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'of Sam Taylor' USING ERRCODE = 'P0099'; END $$",
        "CREATE TRIGGER refuse BEFORE UPDATE ON bookings FOR EACH ROW EXECUTE FUNCTION refuse()",
    )
    context = make_context(database_url=own_url)
    await make(context, new_id(), unheard, now=utcnow())

    proof = await drilled(context)

    assert (proof.passed, proof.code) == (False, "smoke_failed")
    assert proof.detail == "What was restored is complete, but moving on it failed: P0099."
    assert await scratches(own_url) == []


async def test_of_two_drills_at_once_the_second_is_refused(context, backup):
    loop, reached = asyncio.get_running_loop(), asyncio.Event()

    def report(name, _done=0, _total=None, /):
        loop.call_soon_threadsafe(reached.set)

    first = asyncio.create_task(drilled(context, report))
    await reached.wait()
    with pytest.raises(BackupRunning):
        await drilled(context)

    assert (await first).passed


async def test_a_role_that_may_make_no_database_is_told_what_to_do(make_context, backup, filled_url):
    role = f"drill_{secrets.token_hex(6)}"
    await order(filled_url, f"CREATE ROLE {role} LOGIN")
    url = make_url(filled_url).set(username=role).render_as_string(hide_password=False)

    try:
        with pytest.raises(ScratchRefused, match="CREATEDB"):
            await drilled(make_context(drill_database_url=url))
    finally:
        await order(filled_url, f"DROP ROLE {role}")


async def test_an_ordinary_role_drills_and_says_that_indexes_could_not_be_checked(make_context, backup, filled_url):
    role = f"drill_{secrets.token_hex(6)}"
    await order(filled_url, f"CREATE ROLE {role} LOGIN CREATEDB")
    url = make_url(filled_url).set(username=role).render_as_string(hide_password=False)

    try:
        proof = await drilled(make_context(drill_database_url=url))
    finally:
        await order(filled_url, f"DROP ROLE {role}")

    assert proof.detail is None
    assert proof.remarks == [
        "The server refuses the extension pg_stat_statements: left out.",
        "amcheck is not available on this server: indexes were not checked.",
    ]


@pytest.mark.prove
async def test_a_database_with_the_longest_name_is_drilled_under_a_shorter_one(make_context, databases, filled_url):
    name = f"{secrets.token_hex(8)}_" + "n" * 46
    await order(filled_url, f'CREATE DATABASE "{name}" TEMPLATE template0')
    url = make_url(filled_url).set(database=name).render_as_string(hide_password=False)
    context = make_context(drill_database_url=url)
    await make(context, new_id(), unheard, now=utcnow())

    try:
        proof = await drilled(context)
    finally:
        databases.drop(url)

    assert proof.passed
