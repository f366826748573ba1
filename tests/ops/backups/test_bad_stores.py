"""Runs whose store has a bad day: they end in time, have a name, and cost no older backup."""

from datetime import timedelta

import pytest

from app.core.clock import utcnow
from app.core.ids import new_id
from app.core.progress import unheard
from app.integrations.storage.errors import StoreRefused, StoreUnreachable
from app.ops.backups.service.verifying import verify
from tests import s3
from tests.ops.backups.conftest import look
from tests.ops.backups.disturbing import dumps_of, remembered, run

pytestmark = pytest.mark.prove  # once more from within: each fault is tried with its name in test_stores_bad_days.py


@pytest.fixture
async def good(make_context, s3_server, s3_proxy):
    """A store with a good backup, reached by a proxy that may have bad days."""
    prefix = f"runs-{new_id()}"
    await run(make_context(**s3.settings(s3_server.endpoint, prefix)))
    return make_context(**s3.settings(s3_proxy.endpoint, prefix))


async def assert_the_older_one_is_well(context, *, code, run_id):
    """After a bad day the older backup is there and proves well, and no part of the new one counts."""
    assert (await remembered(context, run_id)).error_code == code
    assert dumps_of(context) == []
    kept = look(context).backups
    assert [(each.id == run_id, each.proven_level) for each in kept] == [(False, 3)]
    assert (await verify(context, kept[0], unheard, level=3, now=utcnow())).passed


async def test_a_store_that_takes_no_dump_ends_the_run_by_name(good, s3_proxy):
    run_id = new_id()
    s3_proxy.cut(500, f"PUT /{s3.BUCKET}/")

    with pytest.raises(StoreUnreachable):
        await run(good, run_id=run_id)

    s3_proxy.heal()
    await assert_the_older_one_is_well(good, code="store_unreachable", run_id=run_id)


async def test_a_store_that_takes_the_dump_and_not_the_manifest_has_no_backup(good, s3_proxy):
    run_id = new_id()
    s3_proxy.answer(403, "manifest.json")

    with pytest.raises(StoreRefused):
        await run(good, run_id=run_id)

    s3_proxy.heal()
    await assert_the_older_one_is_well(good, code="store_refused", run_id=run_id)
    assert [failure.code for failure in look(good).failures] == ["store_refused"]


async def test_a_store_whose_keys_may_not_delete_takes_backups_all_the_same(good, s3_proxy):
    s3_proxy.deny("DELETE ")

    made = await run(good, now=utcnow() + timedelta(days=400))  # when one of the two may go

    kept = look(good)
    assert [each.proven_level for each in kept.backups] == [3, 3]
    assert kept.backups[-1].id == made.id
    assert [(failure.kind, failure.code) for failure in kept.failures] == [("prune", "store_refused")]
