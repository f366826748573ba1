"""SIGKILL of a backup at any point, and a full disk: never half a backup that counts, never a good one lost."""

import asyncio
import json
import os
import random
import resource
import secrets
import signal
import subprocess
import sys
import time

import pytest

from app.core.clock import utcnow
from app.core.progress import unheard
from app.ops.backups.service.verifying import verify
from tests.cli.processes import ROOT
from tests.ops.backups.conftest import SECRET, look
from tests.ops.backups.disturbing import beside, dumps_of, eventually, locked, remembered, run, waiting_dump

LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (\
SELECT oid FROM pg_database WHERE datname = current_database())"


@pytest.fixture
def start(proven, tmp_path):
    """Start `booking backup run` on the same database and store; what still runs at the end is ended."""
    started = []

    def begin(**options):
        settings = proven.settings
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DATABASE_URL": settings.database_url,
            "APP_SECRET_KEY": SECRET,
            "APP_BACKUP_URL": settings.backup_url,
            "APP_BACKUP_RECIPIENT": settings.backup_recipient,
            "APP_BACKUP_IDENTITY": settings.backup_identity.get_secret_value(),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "backup", "run", "--json"],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


async def assert_all_is_well(context, *, older):
    """Whatever is there is whole, what was there still is, nothing is left running, and the next run succeeds."""
    async with beside(context.database_url) as observer:
        await eventually(lambda: nobody(observer, context))
    evidence = look(context)
    assert older <= {kept.id for kept in evidence.backups}
    for kept in evidence.backups:
        proof = await verify(context, kept, unheard, level=3, now=utcnow())
        assert (proof.passed, proof.level) == (True, 3), proof
    made = await run(context)
    assert look(context).backups[-1].id == made.id


async def nobody(observer, context):
    return not dumps_of(context) and not await observer.fetchval(LOCKS)


def killed_at(process, stage):
    """Kill a command as soon as it says that it has come to a stage."""
    for line in process.stderr:
        if json.loads(line)["stage"] == stage:
            break
    process.kill()
    return process.wait()


@pytest.mark.parametrize("stage", ["manifest", pytest.param("verifying", marks=pytest.mark.prove)])
async def test_a_command_that_is_killed_at_a_stage_leaves_whole_backups_only(proven, start, stage):
    older = {kept.id for kept in look(proven).backups}

    assert await asyncio.to_thread(killed_at, start(), stage) == -9

    await assert_all_is_well(proven, older=older)


async def test_a_command_that_is_killed_while_pg_dump_waits_leaves_no_program_and_no_lock(proven, start):
    older = {kept.id for kept in look(proven).backups}

    async with locked(proven.database_url), beside(proven.database_url) as observer:
        process = start()
        await waiting_dump(observer)
        process.kill()
        process.wait()
        async with asyncio.timeout(5):  # half of what pg_dump waits for a lock
            await eventually(lambda: nobody(observer, proven))

    assert look(proven).strays == ()
    await assert_all_is_well(proven, older=older)


async def test_a_command_that_is_asked_to_end_says_that_it_was_interrupted(proven, start):
    async with locked(proven.database_url), beside(proven.database_url) as observer:
        process = start()
        await waiting_dump(observer)
        process.terminate()
        out, _ = await asyncio.to_thread(process.communicate)

    failed = look(proven).failures
    assert (process.returncode, out) == (128 + signal.SIGTERM, "")
    assert [failure.code for failure in failed] == ["interrupted"]
    assert (await remembered(proven, failed[0].id)).error_code == "interrupted"


@pytest.mark.prove
@pytest.mark.timeout(300)
async def test_a_command_that_is_killed_at_random_instants_leaves_whole_backups_only(proven, start):
    seed = int(os.environ.get("PROVE_SEED") or secrets.randbelow(2**32))
    print(f"\nPROVE_SEED={seed}")  # noqa: T201 - tells how to repeat it
    instants = random.Random(seed)
    for _ in range(25):
        older = {kept.id for kept in look(proven).backups}
        process = start()
        time.sleep(instants.uniform(0.3, 2.0))
        process.kill()
        await asyncio.to_thread(process.communicate)
        await assert_all_is_well(proven, older=older)


async def test_a_disk_that_is_full_is_called_so_and_leaves_nothing_that_counts(proven, start):
    older = look(proven).backups

    process = start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, 8_192)))
    out, err = await asyncio.to_thread(process.communicate)

    evidence = look(proven)
    assert (process.returncode, out) == (1, "")
    assert err.splitlines()[-1].startswith("booking: The disk of the store is full")
    assert err.splitlines()[-1].endswith("(store_full)")
    assert [kept.id for kept in evidence.backups] == [kept.id for kept in older]
    assert [failure.code for failure in evidence.failures] == ["store_full"]
    assert (await remembered(proven, evidence.failures[0].id)).error_code == "store_full"
    assert [key for key in proven.store.list() if key.startswith(str(evidence.failures[0].id))] == []
    await assert_all_is_well(proven, older={kept.id for kept in older})
