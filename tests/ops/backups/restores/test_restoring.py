"""A restore: a new database that is proven before it has a name, and nothing destroyed on the way."""

import asyncio

import pytest

from app.core import migrations
from app.core.clock import utcnow
from app.core.ids import new_id
from app.core.progress import unheard
from app.ops.backups.errors import DatabaseNotEmpty, RowsDiffer, SchemaMissing, SchemaNewer, StructureDiffers
from app.ops.backups.restores.rules import RESTORING, database_name, is_half_made
from app.ops.backups.service.making import make
from app.ops.backups.service.snapshots import connected
from tests.ops.backups import disturbing
from tests.ops.backups.restores.conftest import beside


async def ask(url, query):
    async with connected(url) as connection:
        return await connection.fetchval(query)


BOOKINGS = "SELECT count(*) FROM bookings"
PAUSED = "SELECT reason FROM controls WHERE kind = 'outbound' AND ended_at IS NULL"


async def test_a_backup_becomes_a_database_beside_the_old_one_where_messages_wait(context, backup, restored, own_url):
    done = await restored(context, backup)

    url = beside(context.database_url, done.database)
    assert done.database.startswith(f"{backup.source.database}_restore_")
    assert await ask(url, BOOKINGS) == backup.tables["public.bookings"].rows
    assert await ask(url, PAUSED) is not None
    assert await ask(context.database_url, PAUSED) is None
    assert (done.replaced_name, done.migrated_to) == (None, migrations.revisions()[-1])


async def test_a_database_with_data_is_not_replaced_by_accident(make_context, own_url, backup, restored, name_of):
    context = make_context(database_url=own_url)

    with pytest.raises(DatabaseNotEmpty, match="--overwrite-existing-data"):
        await restored(context, backup, into=name_of(own_url))

    assert await ask(own_url, BOOKINGS) == backup.tables["public.bookings"].rows


async def test_with_the_flag_spelled_out_it_takes_the_place_of_the_old_one_which_is_kept_and_where_nobody_can_stay(
    make_context, own_url, backup, restored, name_of, databases
):
    context = make_context(database_url=own_url)
    async with disturbing.beside(own_url) as somebody, connected(own_url, database="postgres") as observer:
        await somebody.execute("UPDATE customers SET name = 'since the backup'")
        done = await restored(context, backup, overwrite=True)
        staying = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1"
        assert await observer.fetchval(staying, somebody.get_server_pid()) == 0

    old = beside(own_url, done.replaced_name)
    try:
        since = "SELECT count(*) FROM customers WHERE name = 'since the backup'"
        assert (await ask(own_url, since), await ask(old, since) > 0) == (0, True)
        assert done.database == name_of(own_url)
        assert await ask(own_url, BOOKINGS) == backup.tables["public.bookings"].rows
    finally:
        databases.drop(old)


async def test_it_works_when_the_old_database_is_gone(make_context, own_url, backup, restored, databases, name_of):
    context = make_context(database_url=own_url)
    databases.drop(own_url)

    done = await restored(context, backup, into=name_of(own_url))

    assert done.database == name_of(own_url)
    assert await ask(own_url, BOOKINGS) == backup.tables["public.bookings"].rows


async def test_what_differs_from_the_manifest_never_gets_a_name(context, backup, restored, databases_like):
    before = await databases_like(context.database_url)
    bookings = backup.tables["public.bookings"].model_copy(update={"checksum": "1"})
    lying = backup.model_copy(update={"tables": {**backup.tables, "public.bookings": bookings}})

    with pytest.raises(RowsDiffer):
        await restored(context, lying)

    assert await databases_like(context.database_url) == before


async def test_what_failed_is_kept_when_somebody_wants_to_look_at_it(
    make_context, own_url, backup, restored, databases_like, databases
):
    context = make_context(database_url=own_url)
    lying = backup.model_copy(update={"sequences": {"public.missing": 1}, "structure": ["check nothing"]})

    with pytest.raises(StructureDiffers):
        await restored(context, lying, keep=True)

    names = await databases_like(own_url)
    kept = [name for name in names if "_failed_" in name]
    for name in kept:
        databases.drop(beside(own_url, name))
    assert (len(names), len(kept)) == (2, 1)


@pytest.mark.parametrize(("migration", "refusal"), [("9999", SchemaNewer), (None, SchemaMissing)])
async def test_a_backup_of_a_newer_version_or_of_nothing_is_refused_before_anything_is_made(
    context, backup, restored, migration, refusal
):
    newer = backup.model_copy(update={"source": backup.source.model_copy(update={"migration": migration})})

    with pytest.raises(refusal):
        await restored(context, newer)


async def test_a_backup_of_an_older_schema_is_brought_up_after_it_was_compared(
    make_context, databases, restored, databases_like
):
    url = databases.create(empty=True)
    try:
        await asyncio.to_thread(migrations.upgrade, url, "0012")
        context = make_context(database_url=url)
        backup = await make(context, new_id(), unheard, now=utcnow())
        done = await restored(context, backup)

        assert (done.migrated_from, done.migrated_to) == ("0012", migrations.revisions()[-1])
        assert await ask(beside(url, done.database), "SELECT count(*) FROM backup_runs") == 0
    finally:
        databases.drop(url)


async def test_what_a_killed_restore_left_is_dropped_by_the_next(
    make_context, own_url, backup, restored, databases_like, name_of
):
    context = make_context(database_url=own_url)
    left = database_name(name_of(own_url), RESTORING, utcnow().replace(year=2020))
    async with connected(own_url, database="postgres") as connection:
        await connection.execute(f'CREATE DATABASE "{left}"')

    done = await restored(context, backup)

    assert await databases_like(own_url) == sorted([name_of(own_url), done.database])


@pytest.mark.parametrize(
    ("name", "half_made"),
    [
        ("booking_restoring_20261123t114500z", True),
        ("booking_restore_20261123t114500z", False),
        ("booking_before_20261123t114500z", False),
        ("other_restoring_20261123t114500z", False),
        ("booking_restoring_of_mine", False),
        ("booking", False),
    ],
)
def test_only_what_a_restore_left_is_taken_for_half_made(name, half_made):
    assert is_half_made(name, "booking") is half_made
