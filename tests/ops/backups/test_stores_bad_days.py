"""Bad days of the store while a backup is made: each is named, nothing half-written counts, nothing good is lost."""

import json
import secrets
from dataclasses import replace as with_other
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.core.clock import utcnow
from app.core.ids import new_id
from app.integrations.storage.errors import StoreRefused, StoreUnreachable
from app.integrations.storage.objects import Objects
from app.ops.backups.rules.names import dump_key, manifest_key
from tests import s3
from tests.fixtures.database import in_a_thread
from tests.ops.backups.conftest import IDENTITY, SECRET, look, replace
from tests.ops.backups.disturbing import run

PATIENCE = timedelta(milliseconds=400)


@pytest.fixture
def prefix():
    return f"days-{secrets.token_hex(6)}"


@pytest.fixture
def behind(make_context, proven, seen, s3_proxy, prefix):
    """Backups behind the proxy that has bad days, with little patience; there is a good one."""
    for key in proven.store.list():
        seen.store.put(key, proven.store.get(key))
    context = make_context(**s3.settings(s3_proxy.endpoint, prefix))
    return with_other(context, store=Objects(s3.BUCKET, prefix, context.settings, patience=PATIENCE))


@pytest.fixture
def seen(make_context, s3_server, prefix):
    """The same backups, seen by a way that has no faults."""
    return make_context(**s3.settings(s3_server.endpoint, prefix))


FAULTS = {
    "gone before": (lambda proxy: proxy.answer(503), StoreUnreachable),
    "hangs at the dump": (lambda proxy: proxy.hang("PUT "), StoreUnreachable),
    "breaks off at the dump": (lambda proxy: proxy.cut(1_000, "backup.dump"), StoreUnreachable),
    "refuses the dump": (lambda proxy: proxy.deny("backup.dump"), StoreRefused),
    "refuses the manifest": (lambda proxy: proxy.deny("manifest.json"), StoreRefused),
    "loses the manifest": (lambda proxy: proxy.cut(10, "manifest.json"), StoreUnreachable),
}


@pytest.mark.parametrize(("fault", "refusal"), FAULTS.values(), ids=FAULTS)
async def test_a_store_that_fails_a_backup_is_named_and_the_older_one_stays(behind, seen, s3_proxy, fault, refusal):
    run_id = new_id()
    fault(s3_proxy)

    with pytest.raises(refusal):
        await run(behind, run_id=run_id)

    s3_proxy.heal()
    shown = look(seen)
    assert [(kept.id == run_id, kept.proven_level) for kept in shown.backups] == [(False, 3)]
    assert manifest_key(run_id) not in seen.store.list()


async def test_a_store_that_stumbles_once_at_each_step_costs_nothing(behind, seen, s3_proxy):
    for step in ("backup.dump", "manifest.json", "proof-"):
        s3_proxy.answer(500, step, times=1)
    run_id = new_id()

    await run(behind, run_id=run_id)

    assert {kept.id: kept.proven_level for kept in look(seen).backups}[run_id] == 3


async def test_a_store_that_denies_deletes_still_takes_backups_and_is_told_of(behind, seen, s3_proxy):
    s3_proxy.deny("DELETE ")
    later = utcnow() + timedelta(days=400)  # when one of the two may go

    await run(behind, now=later)

    shown = look(seen)
    assert [kept.proven_level for kept in shown.backups] == [3, 3]
    assert [(failure.kind, failure.code) for failure in shown.failures] == [("prune", "store_refused")]
    s3_proxy.heal()
    await run(behind, now=later)
    assert look(seen).failures == ()


async def test_a_store_that_loses_a_dump_shows_it(behind, seen):
    kept = look(seen).backups[0]
    seen.store.delete(dump_key(kept.id, encrypted=True))

    assert [(each.id, each.stored_bytes) for each in look(behind).backups] == [(kept.id, None)]


def made_long_ago(context):
    """Have two backups be of one day that is so long ago that only the newer of them has to stay."""
    noon = (utcnow() - timedelta(days=3)).replace(hour=12)
    for hour, kept in enumerate(look(context).backups):
        assert kept.manifest
        source = kept.manifest.source.model_copy(update={"snapshot_at": noon + timedelta(hours=hour)})
        made = kept.manifest.model_copy(update={"source": source})
        replace(context.store, manifest_key(kept.id), context.seal.write(made))


async def test_prune_tells_what_stays_what_goes_and_what_keeps_it_from_going(behind, seen, s3_proxy, prefix):
    def call(*words):
        given = {
            "APP_SECRET_KEY": SECRET,
            "APP_BACKUP_URL": f"s3://{s3.BUCKET}/{prefix}",
            "APP_BACKUP_S3_ENDPOINT": s3_proxy.endpoint,
            "AWS_ACCESS_KEY_ID": s3.ACCESS,
            "AWS_SECRET_ACCESS_KEY": s3.SECRET,
            "APP_BACKUP_RECIPIENT": str(IDENTITY.to_public()),
        }
        done = in_a_thread(lambda: CliRunner().invoke(app, ["backup", "prune", *words], env=given))
        return done.exit_code, done.stdout, done.stderr

    older = str(look(seen).backups[0].id)
    s3_proxy.deny("DELETE ")
    await run(behind, now=utcnow() + timedelta(days=400))  # when one of the two may go
    newer = str(look(seen).backups[-1].id)
    made_long_ago(seen)

    code, out, _ = call("--dry-run", "--json")
    assert (code, json.loads(out)["removed"], list(json.loads(out)["kept"])) == (0, [older], [newer])
    code, out, err = call()
    assert (code, out) == (1, "")
    assert "refuses this (AccessDenied)" in err
    assert "(store_refused)" in err
    assert s3.SECRET not in err
    s3_proxy.heal()
    code, out, _ = call()
    assert code == 0
    assert newer in out
    assert "Removed 1 backups, 1 failures" in out
    assert [str(kept.id) for kept in look(seen).backups] == [newer]
