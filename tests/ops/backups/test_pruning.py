"""Clearing away, on a folder and on an S3 server: what goes, what stays, and what is left when it is killed."""

import json
import os
import secrets
import signal
import subprocess
import sys
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.core.clock import utcnow
from app.integrations.storage.errors import StoreRefused, StoreUnreachable
from app.ops.backups.errors import ClockSetBack, NoSuccess
from app.ops.backups.rules.manifests import Artefact, Failure, Manifest, Proof, Source
from app.ops.backups.rules.names import dump_key, erasure_key, failure_key, manifest_key, proof_key
from app.ops.backups.service.pruning import prune
from tests import s3
from tests.ops.backups.conftest import look

NOW = utcnow().replace(hour=12)
"""Noon: what was made some minutes apart was made on one day."""
DAY = timedelta(days=1)
LATER = NOW + DAY * 2
"""By then nothing of today stays because it is new."""
DUMP = b"a dump of some length"


def write(context, age, *, level=3, passed=True, dump=True, manifest=True):
    """Put a backup of some days ago into the store, as one is found there."""
    at = NOW - DAY * age
    name = UUID(int=int(at.timestamp() * 1000) << 80 | 0x7 << 76 | 0x2 << 62 | secrets.randbits(60))
    key = dump_key(name, encrypted=True)
    if dump:
        context.store.put(key, [DUMP])
    artefact = Artefact(
        key=key, bytes=len(DUMP), sha256="", plain_bytes=9, plain_sha256="", encrypted=True, tool_version="18.1"
    )
    source = Source(
        database="d", server_version="18.1", lsn="0/0", snapshot_at=at, migration="1", commit=None, host="h"
    )
    told = Manifest(
        id=name, started_at=at, finished_at=at, duration_seconds=1, source=source, artefact=artefact,
        tables={}, structure=[], sequences={},
    )  # fmt: skip
    if manifest:
        context.store.put(manifest_key(name), [context.seal.write(told)])
    proof = Proof(id=uuid4(), backup_id=name, level=level, passed=passed, at=at, duration_seconds=1, host="h")
    if manifest and level:
        context.store.put(proof_key(name, proof.id, level, passed=passed), [context.seal.write(proof)])
    return name


def owners(context):
    """The folders that the store has."""
    return {key.partition("/")[0] for key in context.store.list()}


@pytest.fixture(params=["folder", pytest.param("objects", marks=pytest.mark.prove)])
def held(request, make_context):
    """Backups of every day of the last four weeks, in each kind of store."""
    settings = {}
    if request.param == "objects":
        server = request.getfixturevalue("s3_server")
        settings = s3.settings(server.endpoint, f"prune-{secrets.token_hex(6)}")
    context = make_context(database_url="postgresql+asyncpg://nobody@127.0.0.1:1/none", **settings)
    return context, [write(context, age) for age in range(28)]


@pytest.fixture
def behind(make_context, s3_proxy):
    """A store behind the proxy that has bad days, with two backups of one day, one of which may go."""
    context = make_context(**s3.settings(s3_proxy.endpoint, f"prune-{secrets.token_hex(6)}"))
    return context, [write(context, age) for age in (0, 0.001)]


async def test_what_is_no_longer_needed_goes_and_all_else_stays_whole(held):
    context, names = held

    pruned = await prune(context, now=NOW)

    backups = look(context).backups
    assert {each.id for each in backups} == set(pruned.kept) == set(names) - set(pruned.removed)
    assert {each.stored_bytes for each in backups} == {len(DUMP)}
    assert {each.proven_level for each in backups} == {3}
    assert owners(context) == {str(name) for name in pruned.kept}
    assert 9 <= len(pruned.kept) <= 12
    assert pruned.freed_bytes > len(pruned.removed) * len(DUMP)


async def test_a_dry_run_tells_the_same_and_removes_nothing(held):
    context, names = held

    told = await prune(context, now=NOW, dry_run=True)

    assert owners(context) == {str(name) for name in names}
    done = await prune(context, now=NOW)
    assert (told.removed, told.kept, told.freed_bytes) == (done.removed, done.kept, done.freed_bytes)


async def test_the_newest_that_was_drilled_stays(held):
    context, _ = held
    drilled = write(context, 900, level=4)

    pruned = await prune(context, now=NOW)

    assert "proven" in pruned.kept[drilled]
    assert str(drilled) in owners(context)


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        ({"passed": False}, NoSuccess),
        ({"dump": False}, NoSuccess),
        ({"age": -1}, ClockSetBack),
    ],
    ids=["failed", "no dump", "from the future"],
)
async def test_nothing_goes_unless_the_newest_is_good(held, fault, refusal):
    context, names = held
    newest = write(context, **{"age": -0.001, **fault})

    with pytest.raises(refusal):
        await prune(context, now=NOW)

    assert owners(context) == {str(name) for name in (*names, newest)}


async def test_nothing_goes_when_a_run_has_failed_since(held):
    context, names = held
    failed = Failure(
        id=uuid4(), kind="backup", started_at=NOW, finished_at=NOW + DAY / 24, code="dump_failed", detail="x", host="h"
    )
    context.store.put(failure_key(failed.id), [context.seal.write(failed)])

    with pytest.raises(NoSuccess):
        await prune(context, now=NOW)

    assert owners(context) == {*map(str, names), "failures"}


async def test_what_runs_left_and_what_is_over_goes_in_time(held):
    context, names = held
    left = write(context, 0, manifest=False)
    old, needed = erasure_key(NOW - DAY * 300, uuid4()), erasure_key(NOW - DAY, uuid4())
    failure = Failure(
        id=uuid4(), kind="drill", started_at=NOW, finished_at=NOW, code="rows_differ", detail="x", host="h"
    )
    context.store.put(failure_key(failure.id), [context.seal.write(failure)])
    for key in (old, needed):
        context.store.put(key, [b"{}"])

    at_once = await prune(context, now=NOW)
    assert (at_once.leftovers, at_once.failures, at_once.erasures) == ((), (), (old,))
    fresh = write(context, -40)
    later = await prune(context, now=NOW + DAY * 40)

    assert later.leftovers == (dump_key(left, encrypted=True),)
    assert later.failures == (failure_key(failure.id),)
    listed = context.store.list()
    assert needed in listed
    assert not {old, dump_key(left, encrypted=True), failure_key(failure.id)} & listed.keys()
    assert str(fresh) in owners(context)
    assert names[0] in later.kept


async def test_a_store_that_denies_deletes_is_named_and_loses_nothing(behind, s3_proxy):
    context, names = behind
    s3_proxy.deny("DELETE ")

    with pytest.raises(StoreRefused, match=r"\(AccessDenied\)"):
        await prune(context, now=LATER)

    assert {each.id for each in look(context).backups} == set(names)
    s3_proxy.heal()
    assert (await prune(context, now=LATER)).removed == (names[1],)


async def test_a_store_that_goes_away_between_deletes_leaves_no_backup_without_its_dump(behind, s3_proxy):
    context, names = behind
    going = str(names[1])
    s3_proxy.answer(500, f"{going}/backup.dump")

    with pytest.raises(StoreUnreachable):
        await prune(context, now=LATER)

    shown = look(context)
    assert [(each.id, each.stored_bytes) for each in shown.backups] == [(names[0], len(DUMP))]
    assert [(each.id, each.counted) for each in shown.strays] == [(names[1], False)]
    s3_proxy.heal()
    await prune(context, now=NOW + DAY * 36)
    assert owners(context) == {str(names[0])}


CLEARING = """
import asyncio, json, sys
from datetime import datetime
from app.core.config import Settings
from app.ops.backups.service.context import open_context
from app.ops.backups.service.pruning import prune

context = open_context(Settings.model_validate(json.loads(sys.argv[2])))
asyncio.run(prune(context, now=datetime.fromisoformat(sys.argv[1])))
"""


@pytest.mark.parametrize("deleted", [1, *(pytest.param(deleted, marks=pytest.mark.prove) for deleted in (0, 2, 4))])
async def test_killed_between_deletes_it_leaves_only_whole_backups(make_context, s3_proxy, deleted):
    given = {
        "env": "test",
        "secret_key": "a-secret-of-tests-that-seals-manifests",
        "database_url": "postgresql+asyncpg://nobody@127.0.0.1:1/none",
        **s3.settings(s3_proxy.endpoint, f"prune-{secrets.token_hex(6)}"),
    }
    context = make_context(**given)
    newest, *_ = [write(context, age) for age in (0, 0.001, 0.002)]
    s3_proxy.hang("DELETE ", after=deleted)

    with subprocess.Popen([sys.executable, "-c", CLEARING, LATER.isoformat(), json.dumps(given)]) as clearing:
        assert s3_proxy.hung.wait(30)
        os.kill(clearing.pid, signal.SIGKILL)
    s3_proxy.heal()

    shown = look(context)
    assert len(shown.backups) == 3 - (deleted + 1) // 3
    assert not any(each.counted for each in shown.strays)
    assert {each.stored_bytes for each in shown.backups} == {len(DUMP)}
    await prune(context, now=NOW + DAY * 36)  # a dump beside a proof may be a backup that lost its manifest
    assert owners(context) == {str(newest)}
