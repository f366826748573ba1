"""`booking backup drill` as a person runs it, and as one who is killed."""

import asyncio
import json
import os
import signal
import sys

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from app.cli import app
from app.core.clock import utcnow
from app.core.db import create_engine, create_sessions
from app.core.ids import new_id
from app.core.progress import unheard
from app.ops.backups.drills.service.drilling import drill
from app.ops.backups.drills.service.running import run_drill
from app.ops.backups.errors import KeyMissing
from app.ops.backups.models import BackupRun
from tests.ops.backups.conftest import IDENTITY, SECRET, look, replace
from tests.ops.backups.damage import flipped, stored
from tests.ops.backups.drills.conftest import scratches


def variables(context):
    return {
        "PATH": os.environ["PATH"],
        "APP_ENV": "test",
        "DATABASE_URL": context.database_url,
        "APP_BACKUP_URL": context.store.location,
        "APP_BACKUP_IDENTITY": str(IDENTITY),
        "APP_SECRET_KEY": SECRET,
    }


async def run(context, *words):
    """Start the command in a process of its own."""
    command = [sys.executable, "-m", "app.cli", "backup", "drill", *words]
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=variables(context))


async def test_the_proof_comes_as_json_and_progress_beside_it(context, backup):
    process = await run(context, "latest", "--json")
    said, beside = await process.communicate()

    assert process.returncode == 0
    proof = json.loads(said)
    assert (proof["backupId"], proof["level"], proof["passed"]) == (str(backup.id), 4, True)
    stages = [json.loads(line)["stage"] for line in beside.splitlines() if b'"stage"' in line]
    assert list(dict.fromkeys(stages)) == list(proof["steps"])


@pytest.mark.prove
async def test_a_backup_that_is_not_good_ends_with_one_and_says_why(context, backup):
    dump = stored(context, backup.artefact.key)
    replace(context.store, backup.artefact.key, flipped(dump, len(dump) // 2))

    process = await run(context, str(backup.id))
    said, _ = await process.communicate()

    assert process.returncode == 1
    assert f"Backup {backup.id} FAILED its drill" in said.decode()
    assert "(artefact_damaged)" in said.decode()


@pytest.mark.parametrize(
    ("word", "environment", "expected"),
    [
        ("00000000-0000-0000-0000-000000000000", {}, "backup_not_found"),
        ("latest", {"APP_BACKUP_IDENTITY": ""}, "key_missing"),
    ],
)
def test_what_cannot_be_drilled_is_told_in_one_line_with_its_code(context, backup, word, environment, expected):
    words = ["backup", "drill", word]
    done = CliRunner().invoke(app, words, env={**variables(context), **environment})

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].endswith(f"({expected})")


@pytest.mark.parametrize(
    ("how", "left"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, 1)], ids=["asked", "Ctrl-C", "killed"]
)
@pytest.mark.prove
async def test_a_drill_that_is_ended_drops_its_database_or_has_the_next_one_drop_it(
    context, backup, filled_url, how, left
):
    process = await run(context)
    assert process.stderr is not None
    async for line in process.stderr:
        if b'"restoring"' in line:
            break
    process.send_signal(how)
    await process.communicate()

    assert process.returncode != 0
    assert len(await scratches(filled_url)) == left
    assert (await drill(context, look(context).backups[-1], unheard, now=utcnow())).passed
    assert await scratches(filled_url) == []


@pytest.fixture
async def sessions(context):
    engine = create_engine(context.settings, role="test")
    yield create_sessions(engine)
    await engine.dispose()


async def remembered(sessions, run_id):
    async with sessions() as session:
        return (await session.scalars(select(BackupRun).where(BackupRun.id == run_id))).one()


async def drilled(context, sessions, run_id):
    kept = look(context).backups[-1]
    return await run_drill(context, sessions, kept, run_id=run_id, requested_by="test", report=unheard, now=utcnow())


async def test_a_drill_is_remembered_with_its_level(context, backup, sessions):
    run_id = new_id()

    await drilled(context, sessions, run_id)

    row = await remembered(sessions, run_id)
    assert (row.kind, row.status, row.level, row.backup_id) == ("drill", "succeeded", 4, backup.id)


async def test_a_drill_that_found_something_is_remembered_as_failed(context, backup, sessions):
    run_id, dump = new_id(), stored(context, backup.artefact.key)
    replace(context.store, backup.artefact.key, flipped(dump, len(dump) // 2))

    await drilled(context, sessions, run_id)

    row = await remembered(sessions, run_id)
    assert (row.status, row.level, row.error_code) == ("failed", 4, "artefact_damaged")
    assert look(context).failures == ()  # the proof says it; that the drill itself could be held is no failure


async def test_a_drill_that_could_not_be_held_stands_beside_the_backups(make_context, backup, sessions):
    context, run_id = make_context(backup_identity=None), new_id()

    with pytest.raises(KeyMissing):
        await drilled(context, sessions, run_id)

    assert (await remembered(sessions, run_id)).error_code == "key_missing"
    assert [(each.id, each.kind, each.code) for each in look(context).failures] == [(run_id, "drill", "key_missing")]


async def test_while_the_database_is_gone_a_backup_is_proven_on_another_server(make_context, backup, filled_url):
    gone = "postgresql+asyncpg://nobody@127.0.0.1:1/gone"
    context = make_context(database_url=gone, drill_database_url=filled_url)
    engine = create_engine(context.settings, role="test")

    proof = await drilled(context, create_sessions(engine), new_id())
    await engine.dispose()

    assert proof.passed
