"""Bad days of a backup: whatever ends it, it has a name, nothing half-written counts, and the older good one stays."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from app.core.embedded import EmbeddedServer
from app.core.handlers import DatabaseUnavailable
from app.core.ids import new_id
from app.core.migrations import upgrade
from app.ops.backups.errors import ConnectionLost, DumpFailed, MigrationRanMeanwhile, SchemaMissing, TablesLocked
from app.ops.backups.service import snapshots
from tests.ops.backups.conftest import look
from tests.ops.backups.disturbing import (
    OURS,
    beside,
    dumps_of,
    eventually,
    locked,
    name_of,
    remembered,
    run,
    waiting_dump,
)

SNAPSHOT = f"{OURS} AND wait_event_type = 'Lock' AND query NOT LIKE 'LOCK TABLE%'"


@pytest.fixture
def own(make_context, own_url, proven):
    """Backups of a database of this test, of which there is a good one."""
    return make_context(database_url=own_url)


def assert_nothing_came_of(context, run_id, code):
    """The store has the older backup and the name of what went wrong, and no part of the new one."""
    evidence = look(context)
    assert [kept.proven_level for kept in evidence.backups] == [3]
    assert [(failure.id, failure.kind, failure.code) for failure in evidence.failures] == [(run_id, "backup", code)]
    assert context.store.list(f"{run_id}/") == {}


async def test_a_dump_whose_connection_is_lost_halfway_is_called_so(proven):
    run_id = new_id()

    async with locked(proven.database_url), beside(proven.database_url) as observer:
        running = asyncio.create_task(run(proven, run_id=run_id))
        await observer.execute("SELECT pg_terminate_backend($1)", await waiting_dump(observer))
        with pytest.raises(ConnectionLost):
            await running

    assert (await remembered(proven, run_id)).error_code == "connection_lost"
    assert_nothing_came_of(proven, run_id, "connection_lost")


async def test_a_snapshot_whose_connection_is_lost_halfway_is_called_so(proven):
    run_id = new_id()

    async with locked(proven.database_url), beside(proven.database_url) as observer:
        running = asyncio.create_task(run(proven, run_id=run_id))
        pid = await eventually(lambda: observer.fetchval(SNAPSHOT))
        await observer.execute("SELECT pg_terminate_backend($1)", pid)
        with pytest.raises(ConnectionLost):
            await running

    assert (await remembered(proven, run_id)).error_code == "connection_lost"
    assert_nothing_came_of(proven, run_id, "connection_lost")
    assert dumps_of(proven) == []


async def test_a_statement_that_somebody_cancels_is_no_lost_connection(proven):
    run_id = new_id()

    async with locked(proven.database_url), beside(proven.database_url) as observer:
        running = asyncio.create_task(run(proven, run_id=run_id))
        pid = await eventually(lambda: observer.fetchval(SNAPSHOT))
        await observer.execute("SELECT pg_cancel_backend($1)", pid)
        with pytest.raises(DumpFailed, match="cancelled"):
            await running

    assert_nothing_came_of(proven, run_id, "dump_failed")


async def test_a_table_that_a_migration_holds_is_named_as_locked(proven, monkeypatch):
    monkeypatch.setattr(snapshots, "LOCK_PATIENCE", "300ms")
    run_id = new_id()

    async with locked(proven.database_url):
        with pytest.raises(TablesLocked):
            await run(proven, run_id=run_id)

    assert (await remembered(proven, run_id)).error_code == "tables_locked"
    assert_nothing_came_of(proven, run_id, "tables_locked")


async def test_a_migration_that_ends_while_the_dump_is_taken_makes_it_none(own):
    run_id = new_id()

    async with locked(own.database_url), beside(own.database_url) as migrator:
        running = asyncio.create_task(run(own, run_id=run_id))
        await waiting_dump(migrator)
        await migrator.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(MigrationRanMeanwhile):
        await running

    assert_nothing_came_of(own, run_id, "migration_ran_meanwhile")


async def test_a_database_that_is_not_there_is_told_to_the_store(proven, make_context, tmp_path):
    context, run_id = make_context(database_url=f"postgresql+asyncpg://nobody@/gone?host={tmp_path}"), new_id()

    with pytest.raises(DatabaseUnavailable):
        await run(context, run_id=run_id)

    assert_nothing_came_of(proven, run_id, "database_unavailable")


UNMIGRATED = {
    "nothing": "SELECT 1",
    "others": "CREATE TABLE public.things (id int)",
    "another service's": (
        "CREATE TABLE public.alembic_version (version_num text); INSERT INTO public.alembic_version VALUES ('theirs')"
    ),
    "begun": "CREATE TABLE public.alembic_version (version_num text)",
}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(content, id=name, marks=[pytest.mark.prove] if name in {"others", "begun"} else [])
        for name, content in UNMIGRATED.items()
    ],
)
async def test_a_database_without_this_services_tables_is_no_backup_however_complete(
    make_context, databases, tmp_path, content
):
    url = databases.create(empty=True)
    try:
        async with beside(url) as connection:
            await connection.execute(content)
        context, run_id = make_context(database_url=url, backup_url=str(tmp_path / "of nothing")), new_id()

        with pytest.raises(SchemaMissing, match=r"booking db upgrade.*DATABASE_URL"):
            await run(context, run_id=run_id)
    finally:
        databases.drop(url)

    assert [(failure.id, failure.code) for failure in look(context).failures] == [(run_id, "schema_missing")]
    assert look(context).backups == ()


async def test_limits_of_the_role_and_the_database_do_not_end_a_backup(own):
    async with beside(own.database_url) as owner:
        for name in ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"):
            await owner.execute(f'ALTER DATABASE "{name_of(own)}" SET {name} = 1')

    await run(own)

    assert look(own).failures == ()


async def test_a_server_that_dies_under_a_backup_is_told_to_the_store_and_the_next_run_succeeds(make_context, tmp_path):
    run_id = new_id()
    with EmbeddedServer(tmp_path / "server", fast=True) as server:
        url = server.create_database("booking")
        await asyncio.to_thread(upgrade, url)
        context = make_context(database_url=url)
        await run(context)
        async with locked(url), beside(url) as observer:
            running = asyncio.create_task(run(context, run_id=run_id))
            await waiting_dump(observer)
            server.kill()
            with pytest.raises(ConnectionLost):
                await running
        assert_nothing_came_of(context, run_id, "connection_lost")
        server.start()

        made = await run(context)

        assert (await remembered(context, run_id)).error_code == "interrupted"
        assert look(context).backups[-1].id == made.id


async def test_a_run_that_is_called_off_is_called_interrupted_and_leaves_no_program(proven):
    run_id = new_id()

    async with locked(proven.database_url), beside(proven.database_url) as observer:
        running = asyncio.create_task(run(proven, run_id=run_id))
        await waiting_dump(observer)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    assert (await remembered(proven, run_id)).error_code == "interrupted"
    assert dumps_of(proven) == []
    assert_nothing_came_of(proven, run_id, "interrupted")


async def test_no_password_is_among_the_words_of_a_program(proven, make_context):
    url = make_url(proven.database_url).set(password="canary-of-a-password").render_as_string(hide_password=False)

    async with locked(url), beside(url) as observer:
        running = asyncio.create_task(run(make_context(database_url=url)))
        await waiting_dump(observer)
        words = [Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in dumps_of(proven)]
    await running

    assert [Path(each[0].decode()).name for each in words] == ["pg_dump"]
    assert not [word for word in words[0] if b"canary" in word or b"://" in word]
