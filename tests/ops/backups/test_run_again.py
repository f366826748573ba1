"""A worker that is told to stop in the middle of a run has it made again, under the same name: nothing good is lost."""

import asyncio
from dataclasses import replace

import pytest

from app.core.clock import utcnow
from app.core.ids import new_id
from app.integrations.storage.errors import StoreUnreachable
from app.integrations.storage.folder import Folder
from app.ops.backups.service.pruning import prune
from tests.ops.backups.conftest import look
from tests.ops.backups.disturbing import remembered, run


async def stopped_at(stage, context, run_id):
    """Begin a run, and end it politely as soon as it has come so far."""
    loop, waiting = asyncio.get_running_loop(), True

    def stop(seen, _done=0, _total=None, /):
        nonlocal waiting
        if seen == stage and waiting:
            waiting = False
            loop.call_soon_threadsafe(attempt.cancel)

    attempt = asyncio.create_task(run(context, run_id=run_id, report=stop))
    with pytest.raises(asyncio.CancelledError):
        await attempt


@pytest.mark.parametrize(
    "stage", ["dumping", *(pytest.param(stage, marks=pytest.mark.prove) for stage in ("manifest", "verifying"))]
)
async def test_a_run_that_was_stopped_at_any_stage_is_made_good_by_the_next_attempt(context, stage):
    run_id = new_id()
    await stopped_at(stage, context, run_id)

    await run(context, run_id=run_id)

    assert [(each.id, each.proven_level) for each in look(context).backups] == [(run_id, 3)]
    row = await remembered(context, run_id)
    assert (row.status, row.level, row.error_code) == ("succeeded", 3, None)


async def test_a_finished_backup_is_neither_written_over_nor_removed_by_a_run_of_its_name(context):
    run_id = new_id()
    first = await run(context, run_id=run_id)

    again = await run(context, run_id=run_id)

    assert again == first
    assert [(each.id, each.proven_level) for each in look(context).backups] == [(run_id, 3)]


async def test_a_stop_after_the_manifest_does_not_keep_the_next_attempt_from_clearing_away(context):
    run_id = new_id()
    await stopped_at("manifest", context, run_id)

    await run(context, run_id=run_id)

    assert (await prune(context, now=utcnow())).kept.keys() == {run_id}


class Mute(Folder):
    """A folder that takes a manifest, and whose answer to that is lost."""

    def put(self, key, pieces):
        super().put(key, pieces)
        if key.endswith("manifest.json"):
            raise StoreUnreachable


async def test_a_manifest_whose_answer_was_lost_does_not_outlive_its_dump(context):
    mute = replace(context, store=Mute(context.store.path))

    with pytest.raises(StoreUnreachable):
        await run(mute)

    assert [key for key in context.store.list() if not key.startswith("failures/")] == []
