"""Verification: what each level looks at, what is kept of it, and what proves nothing."""

import asyncio
import threading
from dataclasses import replace as with_other
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.clock import utcnow
from app.core.ids import new_id
from app.core.progress import unheard
from app.integrations.storage.errors import StoreRefused, StoreUnreachable
from app.integrations.storage.objects import Objects
from app.ops.backups.errors import ProgramsTooOld, VerificationStopped
from app.ops.backups.rules.evidence import Kept
from app.ops.backups.rules.manifests import Proof
from app.ops.backups.rules.names import dump_key, manifest_key, proof_of
from app.ops.backups.rules.verifying import missing_tables, unusual
from app.ops.backups.service import programs
from app.ops.backups.service.making import make
from app.ops.backups.service.verifying import verify
from tests import s3
from tests.ops.backups.conftest import look, replace
from tests.ops.backups.damage import flipped, remake, stored


def proofs_in(context) -> list[str]:
    return [key for key in context.store.list() if proof_of(key)]


async def test_a_good_backup_passes_every_level_that_is_asked_for(context, backup):
    kept = look(context).backups[0]

    proofs = [await verify(context, kept, unheard, level=level, now=utcnow()) for level in range(4)]

    assert [(proof.level, proof.passed, proof.code) for proof in proofs] == [(n, True, None) for n in range(4)]
    assert [proof.tables for proof in proofs] == [0, 0, len(backup.tables), len(backup.tables)]


async def test_what_was_found_lies_beside_the_backup_sealed(context, backup):
    proof = await verify(context, look(context).backups[0], unheard, now=(now := utcnow()))

    (key,) = proofs_in(context)
    kept = look(context).backups[0]

    assert (kept.proofs, kept.proven_level) == ((proof,), 3)
    assert context.seal.read(Proof, stored(context, key)) == proof
    assert (proof.at, proof.migration, proof.backup_id) == (now, backup.source.migration, backup.id)


async def test_a_failure_revokes_what_was_proven_and_mending_proves_it_again(context, backup):
    content, key = stored(context, backup.artefact.key), backup.artefact.key
    levels = []
    for present in (content, flipped(content, 5000), content):
        replace(context.store, key, present)
        await verify(context, look(context).backups[0], unheard, now=utcnow())
        levels.append(look(context).backups[0].proven_level)

    assert levels == [3, None, 3]


async def test_progress_is_told_in_bytes_up_to_all_of_them(context, backup):
    told = []

    await verify(context, look(context).backups[0], lambda *word: told.append(word), now=utcnow())

    assert told[-1] == ("verifying", backup.artefact.bytes, backup.artefact.bytes)


async def test_an_unusual_size_is_told_and_passes(context, backup):
    for _ in range(3):
        smaller = remake_elsewhere(context, backup, b"x" * (backup.artefact.bytes // 4))
        context.store.put(manifest_key(smaller.id), [context.seal.write(smaller)])

    proof = await verify(context, next(each for each in look(context).backups if each.id == backup.id), unheard,
                         level=0, now=utcnow())  # fmt: skip

    assert (proof.passed, proof.size_unusual) == (True, True)


def remake_elsewhere(context, backup, content):
    """Return the manifest of another backup with this dump, which is in the store."""
    other = new_id()
    artefact = backup.artefact.model_copy(update={"key": dump_key(other, encrypted=True), "bytes": len(content)})
    context.store.put(artefact.key, [content])
    return backup.model_copy(update={"id": other, "artefact": artefact})


@pytest.mark.parametrize(
    ("size", "others", "odd"),
    [
        (1, [], False),
        (1, [100, 100], False),
        (50, [100, 100, 100], False),
        (49, [100, 100, 100], True),
        (150, [100, 100, 100], False),
        (151, [100, 100, 100], True),
        (100, [1, 100, 5000], False),
        (90, [10, 20, 100, 110], False),
        (91, [10, 20, 100, 110], True),
    ],
)
def test_a_size_is_unusual_when_it_is_more_than_half_off_the_median_of_three_or_more(size, others, odd):
    assert unusual(size, others) is odd


def test_a_table_is_there_when_the_contents_list_its_rows():
    contents = """
;
; Selected TOC Entries:
;
215; 1259 16390 TABLE public bookings owner
3456; 0 16390 TABLE DATA public bookings owner
3457; 0 16391 TABLE DATA public order owner of all
3458; 0 16392 TABLE DATA other Odd "one" owner
3459; 0 16393 TABLE DATA public bookings_old owner
"""
    tables = [
        "public.bookings",
        'public."order"',
        'other."Odd ""one"""',
        "public.claims",
        "public.booking",
        "other.bookings",
    ]

    assert missing_tables(contents, tables) == ["public.claims", "public.booking", "other.bookings"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=5000), data=st.data())
async def test_any_changed_byte_is_found_at_level_1(context, backup, content, data):
    manifest = remake(context, backup, content)
    kept = Kept(backup.id, manifest, None, len(content), ())
    assert (await verify(context, kept, unheard, level=1, now=utcnow())).passed
    at, mask = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(1, 255))
    replace(context.store, manifest.artefact.key, flipped(content, at, mask))

    proof = await verify(context, kept, unheard, level=1, now=utcnow())

    assert (proof.level, proof.passed, proof.code) == (1, False, "artefact_damaged")


# What only this machine, its programs, its store or its network cannot do proves nothing.


async def on_s3(make_context, server, proxy):
    """Return a context of a proxied store, and what it shows of one backup in it."""
    prefix = f"verifying-{new_id()}"
    direct = make_context(**s3.settings(server.endpoint, prefix))
    await make(direct, new_id(), unheard, now=utcnow())
    proxied = make_context(**s3.settings(proxy.endpoint, prefix))
    return proxied, direct, look(direct).backups[0]


async def test_a_store_that_refuses_the_proof_is_told_with_what_was_found(make_context, s3_server, s3_proxy):
    proxied, direct, kept = await on_s3(make_context, s3_server, s3_proxy)
    s3_proxy.deny("PUT ")

    with pytest.raises(StoreRefused, match="passed level 3, but the proof could not be written"):
        await verify(proxied, kept, unheard, now=utcnow())
    replace(direct.store, kept.manifest.artefact.key, b"")
    with pytest.raises(StoreRefused, match=r"failed level 0 \(artefact_empty\), but the proof could not be written"):
        await verify(proxied, kept, unheard, now=utcnow())

    assert proofs_in(direct) == []


async def test_a_store_that_breaks_off_is_no_damage(make_context, s3_server, s3_proxy):
    proxied, direct, kept = await on_s3(make_context, s3_server, s3_proxy)
    assert isinstance(proxied.store, Objects)
    s3_proxy.cut(500, "backup.dump")  # however often it goes on from there

    with pytest.raises(StoreUnreachable):
        await verify(proxied, kept, unheard, now=utcnow())

    assert proofs_in(direct) == []


async def test_a_store_that_is_gone_is_no_missing_dump(make_context, s3_server, s3_proxy):
    proxied, direct, kept = await on_s3(make_context, s3_server, s3_proxy)
    s3_proxy.stop()

    with pytest.raises(StoreUnreachable):
        await verify(proxied, kept, unheard, now=utcnow())

    assert proofs_in(direct) == []


@pytest.mark.parametrize("ending", ["kill -9 $$", "exit 127", "head -c 1000 >/dev/null; kill -9 $$"])
async def test_a_pg_restore_that_is_ended_from_outside_proves_nothing(tmp_path, make_context, backup, context, ending):
    broken = make_context(postgres_programs=str(with_pg_restore(tmp_path, ending)))

    with pytest.raises(VerificationStopped):
        await verify(broken, look(broken).backups[0], unheard, now=utcnow())

    assert proofs_in(context) == []


def with_pg_restore(tmp_path: Path, script: str) -> Path:
    """Return a folder with PostgreSQL's programs, but for pg_restore, which is a script."""
    real = max(programs.installed(None), key=lambda each: each.major).folder
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("pg_dump", "psql"):
        (folder / name).symlink_to(real / name)
    (folder / "pg_restore").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "pg_restore").chmod(0o755)
    return folder


async def test_a_dump_of_a_newer_pg_dump_asks_for_that_version(context, backup):
    newer = backup.model_copy(update={"artefact": backup.artefact.model_copy(update={"tool_version": "99.1"})})

    with pytest.raises(ProgramsTooOld, match=r"made by pg_dump 99\.1"):
        await verify(context, with_other(look(context).backups[0], manifest=newer), unheard, now=utcnow())

    assert proofs_in(context) == []


async def test_a_verification_that_is_called_off_ends_its_programs_and_proves_nothing(context, backup):
    halfway, gone_on = threading.Event(), threading.Event()

    def wait_for_the_end(_stage, _done=0, _total=None, /):
        halfway.set()
        gone_on.wait(20)

    task = asyncio.create_task(verify(context, look(context).backups[0], wait_for_the_end, now=utcnow()))
    await asyncio.to_thread(halfway.wait, 20)
    while "pg_restore" not in names_of_children():  # noqa: ASYNC110 - it begins as `nice`, and nothing tells of it
        await asyncio.sleep(0.01)
    task.cancel()
    gone_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert "pg_restore" not in names_of_children()
    assert proofs_in(context) == []


def names_of_children() -> set[str]:
    return {child.name() for child in psutil.Process().children(recursive=True)}
