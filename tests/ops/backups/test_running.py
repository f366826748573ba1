"""A backup run: remembered from beginning to end, verified as far as the keys here allow, and told when it fails."""

from datetime import timedelta

import pyrage
import pytest

from app.core.clock import utcnow
from app.core.db import create_engine, create_sessions
from app.core.ids import new_id
from app.integrations.storage.errors import StoreRefused
from app.ops.backups.errors import BackupRunning, VerificationFailed, WrongKey
from app.ops.backups.rules.names import dump_key
from app.ops.backups.service import recording
from app.ops.backups.service.recording import Run, at_work
from app.ops.backups.service.snapshots import alone
from tests.ops.backups.conftest import look
from tests.ops.backups.disturbing import beside, remembered, run


async def test_a_run_is_remembered_with_what_it_made_and_proven_to_the_highest_level(context):
    run_id = new_id()

    manifest = await run(context, run_id=run_id)

    row = await remembered(context, run_id)
    assert (row.kind, row.status, row.requested_by, row.error_code) == ("backup", "succeeded", "test", None)
    assert (row.level, row.encrypted, row.location) == (3, True, manifest.artefact.key)
    assert (row.bytes, row.sha256) == (manifest.artefact.bytes, manifest.artefact.sha256)
    assert row.finished_at >= row.started_at
    assert [(kept.id, kept.proven_level) for kept in look(context).backups] == [(run_id, 3)]


async def test_without_the_private_key_a_run_succeeds_and_is_proven_by_its_bytes(make_context):
    context = make_context(backup_identity=None)

    await run(context)

    assert [kept.proven_level for kept in look(context).backups] == [1]


async def test_without_keys_at_all_a_run_is_proven_to_the_highest_level_and_says_that_it_is_not_encrypted(make_context):
    context = make_context(backup_identity=None, backup_recipient=None)

    manifest = await run(context)

    assert manifest.artefact.encrypted is False
    assert [kept.proven_level for kept in look(context).backups] == [3]


async def test_a_recipient_that_is_none_is_refused_before_any_work(make_context):
    context, run_id = make_context(backup_recipient="age1nobody"), new_id()

    with pytest.raises(WrongKey, match="APP_BACKUP_RECIPIENT"):
        await run(context, run_id=run_id)

    assert (await remembered(context, run_id)).error_code == "wrong_key"
    assert [(failure.id, failure.code) for failure in look(context).failures] == [(run_id, "wrong_key")]
    assert look(context).strays == ()


OTHERS = str(pyrage.x25519.Identity.generate())


@pytest.mark.parametrize("identity", [OTHERS, "no key at all"], ids=["of others", "no key"])
async def test_a_private_key_that_does_not_fit_costs_the_proof_and_not_the_backup(make_context, identity):
    context, run_id = make_context(backup_identity=identity), new_id()

    await run(context, run_id=run_id)

    row = await remembered(context, run_id)
    assert (row.status, row.level, row.error_code) == ("succeeded", 1, None)
    assert [(kept.id, kept.proven_level) for kept in look(context).backups] == [(run_id, 1)]
    assert [(failure.kind, failure.code) for failure in look(context).failures] == [("verify", "wrong_key")]


async def test_of_two_at_once_the_second_is_refused_and_told_why(context):
    run_id = new_id()

    async with alone(context.database_url, "backup"):
        with pytest.raises(BackupRunning):
            await run(context, run_id=run_id)

    assert (await remembered(context, run_id)).error_code == "backup_running"
    assert look(context).failures == ()


async def test_runs_that_were_killed_are_called_interrupted_by_the_next_one(context):
    killed, now = Run(new_id(), "backup", "schedule", utcnow() - timedelta(hours=1)), utcnow()
    engine = create_engine(context.settings, role="command")
    await recording.begin(create_sessions(engine), killed)
    await engine.dispose()

    await run(context, now=now)

    row = await remembered(context, killed.id)
    assert (row.status, row.error_code, row.finished_at) == ("failed", "interrupted", now)


async def test_who_really_is_at_work_shows_by_the_lock(context):
    engine = create_engine(context.settings, role="command")

    async def asked():
        async with create_sessions(engine)() as session:
            return await at_work(session, "backup"), await at_work(session, "drill")

    async with alone(context.database_url, "drill"):
        during = await asked()
    after = await asked()
    await engine.dispose()

    assert (during, after) == ((False, True), (False, False))


async def test_a_run_that_is_tried_again_begins_where_nothing_was(context):
    run_id = new_id()
    context.store.put(dump_key(run_id, encrypted=True), [b"half of a dump"])

    manifest = await run(context, run_id=run_id)

    assert [(kept.id, kept.stored_bytes) for kept in look(context).backups] == [(run_id, manifest.artefact.bytes)]


async def test_a_backup_that_the_store_gives_back_otherwise_is_a_failed_run(context):
    run_id = new_id()

    def spoil(stage, _done=0, _total=None):
        if stage == "manifest":
            path = context.store.path / dump_key(run_id, encrypted=True)
            content = path.read_bytes()
            path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    with pytest.raises(VerificationFailed) as failure:
        await run(context, run_id=run_id, report=spoil)

    row = await remembered(context, run_id)
    assert (failure.value.code, row.error_code, row.status) == ("artefact_damaged", "artefact_damaged", "failed")
    assert look(context).backups[-1].proven_level is None


async def test_a_clock_that_was_set_back_costs_no_backup_new_or_old(proven):
    await run(proven, now=utcnow() - timedelta(days=400))

    assert [kept.proven_level for kept in look(proven).backups] == [3, 3]
    assert [(failure.kind, failure.code) for failure in look(proven).failures] == [("prune", "clock_set_back")]


async def test_after_a_success_what_is_no_longer_needed_goes(proven):
    [older] = look(proven).backups
    first = await run(proven)

    await run(proven, now=utcnow() + timedelta(days=400))

    assert {older.id, first.id}.isdisjoint(kept.id for kept in look(proven).backups)


async def test_a_store_that_refuses_deletes_costs_no_backup_and_is_told(proven, monkeypatch):
    def refuse(_key):
        raise StoreRefused

    monkeypatch.setattr(proven.store, "delete", refuse)

    await run(proven, now=utcnow() + timedelta(days=400))

    assert [kept.proven_level for kept in look(proven).backups] == [3, 3]
    assert [(failure.kind, failure.code) for failure in look(proven).failures] == [("prune", "store_refused")]


async def test_a_run_that_fails_clears_nothing_away(proven):
    before = look(proven).backups

    with pytest.raises(BackupRunning):
        async with alone(proven.database_url, "backup"):
            await run(proven, now=utcnow() + timedelta(days=400))

    assert [kept.id for kept in look(proven).backups] == [kept.id for kept in before]


async def test_before_there_is_a_table_of_runs_a_backup_is_made_all_the_same(make_context, own_url):
    context = make_context(database_url=own_url)
    async with beside(own_url) as connection:
        await connection.execute("DROP TABLE backup_runs")

    await run(context)

    assert [kept.proven_level for kept in look(context).backups] == [3]
