"""Stores into which somebody else writes: whatever lies there, good backups are still seen."""

import orjson
import pytest

from app.core.clock import utcnow
from app.core.ids import new_id
from app.core.progress import unheard
from app.ops.backups.errors import ErasuresUnreadable
from app.ops.backups.restores.service.erasures import since
from app.ops.backups.rules.names import manifest_key
from app.ops.backups.service.pruning import prune
from app.ops.backups.service.verifying import verify
from tests.ops.backups.conftest import look

DASHES = "-" * 36
NO_ID = "0123456789abcdef0123456789abcdef0123"
PROOF = f"proof-{DASHES}-L3-passed.json"


async def test_names_that_only_look_like_ours_hide_no_backup(context, backup):
    for name in (f"{DASHES}/manifest.json", f"{NO_ID}/manifest.json", f"{NO_ID}/{PROOF}", f"{DASHES}/backup.dump"):
        context.store.put(name, [b"{}"])

    assert [kept.id for kept in look(context).backups] == [backup.id]
    assert (await planned(context)).removed == ()


async def planned(context):
    await verify(context, look(context).backups[-1], unheard, now=utcnow())
    return await prune(context, now=utcnow(), dry_run=True)


async def test_a_manifest_nested_deeper_than_anybody_reads_is_damaged_and_hides_no_backup(context, backup):
    seal = orjson.dumps({"key": context.seal.name, "hmac": "0" * 64}).decode()
    for depth in (300, 900, 2_000, 400_000):
        nested = "[" * depth + "]" * depth
        context.store.put(manifest_key(new_id()), [f'{{"id": {nested}, "seal": {seal}}}'.encode()])

    shown = look(context).backups

    assert [kept.problem for kept in shown] == ["manifest_damaged"] * 4 + [None]
    assert shown[-1].id == backup.id


ANYTHING = (
    *(b"1e999", b"NaN", b'{"seal": {"key": 1e999}}', b"[]", b"null", b'{"seal": null}', b"\xff\xfe", b"", b'"\\ud800"'),
    b'{"id": 123456789012345678901234567890, "seal": {"key": "KEY", "hmac": null}}',
    b'{"id": [1e308], "seal": {"key": "KEY", "hmac": "\xc3\xa4"}}',
)


async def test_a_manifest_of_anything_hides_no_backup(context, backup):
    for content in ANYTHING:
        context.store.put(manifest_key(new_id()), [content.replace(b"KEY", context.seal.name.encode())])

    shown = look(context).backups

    assert [kept.id for kept in shown if kept.manifest] == [backup.id]
    assert len(shown) == 1 + len(ANYTHING)


async def test_an_erasure_of_no_day_stops_a_restore_in_words_and_no_clearing_away(context, backup):
    key = f"erasures/99999999T000000000000Z-{new_id()}.json"
    context.store.put(key, [b"{}"])

    with pytest.raises(ErasuresUnreadable, match="99999999"):
        await since(context, utcnow(), trust=False)
    assert (await planned(context)).erasures == ()
