"""Each damage is found at the lowest level that can see it, by its name; none is found where none is."""

import re
import shutil
import subprocess

import pyrage
import pytest
from sqlalchemy.engine import make_url

from app.core.clock import utcnow
from app.core.ids import new_id
from app.core.progress import unheard
from app.ops.backups.errors import KeyMissing, ManifestSealedElsewhere, WrongKey
from app.ops.backups.rules.names import manifest_key
from app.ops.backups.service import programs
from app.ops.backups.service.making import make
from app.ops.backups.service.verifying import verify
from tests.ops.backups.conftest import IDENTITY, look, replace
from tests.ops.backups.damage import flipped, foreign_share, plain_dump, remake, remake_plain, seal_again, stored, swap

UNENCRYPTED = {"backup_recipient": None, "backup_identity": None}
KINDS = {"encrypted": ({}, 6), "compressed": (UNENCRYPTED, 6), "flat": (UNENCRYPTED, 0)}


@pytest.fixture(scope="module")
def originals():
    """Two backups of each kind, made when one is asked for first, to be copied by each test."""
    return {}


@pytest.fixture
def pair(tmp_path, tmp_path_factory, make_context, originals):
    """Return a context and two backups of a kind: `await pair("flat")`."""

    async def build(kind):
        settings, compression = KINDS[kind]
        if kind not in originals:
            folder = tmp_path_factory.mktemp(kind) / "store"
            made = make_context(backup_url=str(folder), **settings)
            for _ in range(2):
                await make(made, new_id(), unheard, now=utcnow(), compression=compression)
            originals[kind] = folder
        shutil.copytree(originals[kind], tmp_path / "store")
        context = make_context(**settings)
        return context, *(kept.manifest for kept in look(context).backups)

    return build


async def prove(context, manifest, level=3):
    kept = next(kept for kept in look(context).backups if kept.id == manifest.id)
    return await verify(context, kept, unheard, level=level, now=utcnow())


async def found(context, manifest):
    """Return what a full verification finds, having made sure that the levels below it do not."""
    proof = await prove(context, manifest)
    if not proof.passed and proof.level > 0:
        below = await prove(context, manifest, proof.level - 1)
        assert (below.level, below.passed) == (proof.level - 1, True)
    return proof.level, proof.passed, proof.code


@pytest.mark.parametrize("kind", KINDS)
async def test_an_undamaged_backup_passes(pair, kind):
    context, manifest, _ = await pair(kind)

    assert await found(context, manifest) == (3, True, None)


SIZES = {
    "truncated": (lambda content: content[: len(content) * 6 // 10], "artefact_truncated"),
    "cut by a byte": (lambda content: content[:-1], "artefact_truncated"),
    "grown": (lambda content: content + b"\0", "artefact_truncated"),
    "empty": (lambda content: b"", "artefact_empty"),
}


@pytest.mark.parametrize("damage", SIZES)
@pytest.mark.parametrize("kind", ["encrypted", "flat"])
async def test_a_dump_of_another_size_is_found_at_level_0(pair, kind, damage):
    context, manifest, _ = await pair(kind)
    change, code = SIZES[damage]
    replace(context.store, manifest.artefact.key, change(stored(context, manifest.artefact.key)))

    assert await found(context, manifest) == (0, False, code)


async def test_a_deleted_dump_is_found_at_level_0(pair):
    context, manifest, _ = await pair("encrypted")
    context.store.delete(manifest.artefact.key)

    assert await found(context, manifest) == (0, False, "artefact_missing")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_flipped_bit_is_found_at_level_1(pair, kind):
    context, manifest, _ = await pair(kind)
    content = stored(context, manifest.artefact.key)
    replace(context.store, manifest.artefact.key, flipped(content, len(content) // 2))

    assert await found(context, manifest) == (1, False, "artefact_damaged")


async def test_a_header_that_opens_to_no_key_any_more_is_damage_and_no_wrong_key(pair):
    context, manifest, _ = await pair("encrypted")
    damaged = foreign_share(stored(context, manifest.artefact.key))
    with pytest.raises(pyrage.DecryptError, match="No matching keys"):
        pyrage.decrypt(damaged, [IDENTITY])
    replace(context.store, manifest.artefact.key, damaged)

    assert await found(context, manifest) == (1, False, "artefact_damaged")


async def test_swapped_dumps_of_one_size_are_found_at_level_1_and_name_each_other(pair):
    context, one, other = await pair("flat")
    other = remake(context, other, flipped(stored(context, one.artefact.key), one.artefact.bytes // 2))
    swap(context, one, other)

    proofs = [await prove(context, manifest) for manifest in (one, other)]

    assert [(proof.level, proof.code) for proof in proofs] == [(1, "artefact_swapped")] * 2
    assert str(other.id) in (proofs[0].detail or "")
    assert str(one.id) in (proofs[1].detail or "")


async def test_swapped_dumps_of_different_sizes_are_found_at_level_0_and_name_each_other(pair):
    context, one, other = await pair("encrypted")
    other = remake(context, other, stored(context, other.artefact.key)[:-100])
    swap(context, one, other)

    proofs = [await prove(context, manifest) for manifest in (one, other)]

    assert [(proof.level, proof.code) for proof in proofs] == [(0, "artefact_swapped")] * 2
    assert str(other.id) in (proofs[0].detail or "")
    assert str(one.id) in (proofs[1].detail or "")


async def test_bytes_that_are_only_as_many_as_in_another_dump_are_no_swap(pair):
    context, one, other = await pair("flat")
    remake(context, other, stored(context, other.artefact.key)[:-100])
    replace(context.store, one.artefact.key, flipped(stored(context, one.artefact.key)[:-100], 5000))

    assert await found(context, one) == (0, False, "artefact_truncated")


# From here on the manifest was made again to match the damage, as a fault before the digest was taken would have it.


@pytest.mark.parametrize("kind", ["encrypted", "compressed", "flat"])
async def test_a_dump_cut_before_it_was_digested_is_found_at_level_3(pair, kind):
    context, manifest, _ = await pair(kind)
    dump = plain_dump(context, manifest)
    remake_plain(context, manifest, dump[: len(dump) * 95 // 100])

    assert await found(context, manifest) == (3, False, "artefact_unreadable")


@pytest.mark.parametrize("kind", ["encrypted", "compressed"])
async def test_a_bit_flipped_in_compressed_rows_before_they_were_digested_is_found_at_level_3(pair, kind):
    context, manifest, _ = await pair(kind)
    dump = plain_dump(context, manifest)
    remake_plain(context, manifest, flipped(dump, len(dump) * 8 // 10))

    assert await found(context, manifest) == (3, False, "artefact_unreadable")


async def test_a_digit_flipped_in_uncompressed_rows_before_they_were_digested_is_seen_by_no_level_below_4(pair):
    context, manifest, _ = await pair("flat")
    dump = plain_dump(context, manifest)
    last_digit_of_a_phone = next(found.end() for found in re.finditer(rb"\t\+\d{8,}", dump)) - 1
    remake_plain(context, manifest, flipped(dump, last_digit_of_a_phone))

    assert await found(context, manifest) == (3, True, None)


@pytest.mark.parametrize("kind", KINDS)
async def test_contents_that_cannot_be_listed_are_found_at_level_2(pair, kind):
    context, manifest, _ = await pair(kind)
    remake_plain(context, manifest, b"x" + plain_dump(context, manifest)[1:])

    assert await found(context, manifest) == (2, False, "artefact_unreadable")


async def test_a_dump_without_the_rows_of_a_table_is_found_at_level_2_and_names_it(pair, filled_url):
    context, manifest, _ = await pair("encrypted")
    major = int(manifest.source.server_version.partition(".")[0])
    tools = programs.for_server(major, None)
    dump = subprocess.run(
        tools.call("pg_dump", "-Fc", "--exclude-table-data=public.bookings"),
        env=programs.environment(filled_url, database=make_url(filled_url).database),
        capture_output=True,
        check=True,
    ).stdout
    remake_plain(context, manifest, dump)

    assert await found(context, manifest) == (2, False, "tables_missing")
    assert (await prove(context, manifest)).detail == "The dump of this backup lacks public.bookings."


async def test_a_bit_flipped_in_what_is_encrypted_before_it_was_digested_is_found_at_level_2(pair):
    context, manifest, _ = await pair("encrypted")
    content = stored(context, manifest.artefact.key)
    remake(context, manifest, flipped(content, len(content) - 1))

    assert await found(context, manifest) == (2, False, "artefact_damaged")


async def test_another_dump_encrypted_for_us_is_found_at_level_2(pair):
    context, manifest, _ = await pair("encrypted")
    dump = plain_dump(context, manifest)
    remade = remake_plain(context, manifest, flipped(dump, 10))
    digests = {"plain_sha256": manifest.artefact.plain_sha256}
    seal_again(context, remade, stored(context, manifest.artefact.key), digests)

    assert await found(context, manifest) == (2, False, "artefact_damaged")


MANIFESTS = {
    "a figure changed": (lambda text: text.replace(b'"rows": 300', b'"rows": 299'), "manifest_edited"),
    "cut": (lambda text: text[: len(text) // 2], "manifest_damaged"),
    "emptied": (lambda text: b"", "manifest_damaged"),
    "no object": (lambda text: b"[]", "manifest_damaged"),
    "unsealed": (lambda text: text.replace(b'"seal"', b'"meal"'), "manifest_damaged"),
}


@pytest.mark.parametrize("damage", MANIFESTS)
async def test_a_damaged_manifest_is_named_by_the_store_and_fails_level_0(pair, damage):
    context, manifest, other = await pair("encrypted")
    change, code = MANIFESTS[damage]
    before = stored(context, manifest_key(manifest.id))
    assert change(before) != before
    replace(context.store, manifest_key(manifest.id), change(before))

    problems = {kept.id: kept.problem for kept in look(context).backups}
    proof = await prove(context, manifest)

    assert problems == {manifest.id: code, other.id: None}
    assert (proof.level, proof.passed, proof.code) == (0, False, code)


async def test_the_genuine_manifest_of_another_backup_counts_as_edited(pair):
    context, manifest, other = await pair("encrypted")
    replace(context.store, manifest_key(manifest.id), stored(context, manifest_key(other.id)))

    assert {kept.id: kept.problem for kept in look(context).backups} == {manifest.id: "manifest_edited", other.id: None}


async def test_a_deleted_manifest_leaves_a_stray_and_no_backup(pair):
    context, manifest, other = await pair("encrypted")
    context.store.delete(manifest_key(manifest.id))

    evidence = look(context)

    assert [kept.id for kept in evidence.backups] == [other.id]
    assert [(each.id, each.counted) for each in evidence.strays] == [(manifest.id, False)]


async def test_a_manifest_sealed_under_another_secret_is_named_and_proves_nothing(pair, make_context):
    _, manifest, _ = await pair("encrypted")
    elsewhere = make_context(secret_key="another-secret-of-the-same-service-since-then")

    with pytest.raises(ManifestSealedElsewhere):
        await prove(elsewhere, manifest)

    assert {kept.problem for kept in look(elsewhere).backups} == {"manifest_sealed_elsewhere"}
    assert all(not kept.proofs for kept in look(elsewhere).backups)


@pytest.mark.parametrize("level", [2, 3])
async def test_a_wrong_key_is_told_and_proves_nothing(pair, make_context, level):
    _, manifest, _ = await pair("encrypted")
    other = make_context(backup_identity=str(pyrage.x25519.Identity.generate()))

    with pytest.raises(WrongKey):
        await prove(other, manifest, level)

    assert all(not kept.proofs for kept in look(other).backups)


async def test_without_the_key_only_what_is_stored_can_be_verified(pair, make_context):
    _, manifest, _ = await pair("encrypted")
    without = make_context(backup_identity=None)

    with pytest.raises(KeyMissing):
        await prove(without, manifest, 2)

    assert [kept.proven_level for kept in look(without).backups] == [None, None]
    assert (await prove(without, manifest, 1)).passed


async def test_without_the_key_a_lost_dump_is_still_found(pair, make_context):
    context, manifest, _ = await pair("encrypted")
    context.store.delete(manifest.artefact.key)

    assert await found(make_context(backup_identity=None), manifest) == (0, False, "artefact_missing")
