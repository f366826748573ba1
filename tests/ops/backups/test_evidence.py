"""What the store shows: each document is read once, no document counts for another, and a failure stands."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import pytest

from app.core.clock import utcnow
from app.core.ids import new_id
from app.integrations.storage.api import Store, Stored
from app.integrations.storage.errors import StoreUnreachable
from app.integrations.storage.folder import Folder
from app.integrations.storage.objects import Objects
from app.ops.backups.rules.damages import damages
from app.ops.backups.rules.evidence import Kept
from app.ops.backups.rules.manifests import Failure, Proof
from app.ops.backups.rules.names import failure_key, manifest_key, proof_key
from app.ops.backups.service.evidence import LARGEST_BYTES, Reader
from app.ops.backups.service.verifying import keep
from tests import s3
from tests.ops.backups.conftest import replace

HOST = "here"


class Counting:
    """A store that counts what is fetched from it, and can be told to answer no more, or to lose what is asked for."""

    def __init__(self, store: Store) -> None:
        self.store, self.location, self.offsite = store, store.location, store.offsite
        self.fetched: Counter[str] = Counter()
        self.answers_left: int | None = None
        self.losing = ""

    def put(self, key: str, pieces: Iterable[bytes]) -> None:
        self.store.put(key, pieces)

    def get(self, key: str) -> Iterator[bytes]:
        if self.answers_left == 0:
            raise StoreUnreachable
        self.answers_left = None if self.answers_left is None else self.answers_left - 1
        if key == self.losing:
            self.store.delete(key)
        self.fetched[key] += 1
        return self.store.get(key)

    def list(self, prefix: str = "") -> dict[str, Stored]:
        return self.store.list(prefix)

    def delete(self, key: str) -> None:
        self.store.delete(key)

    def sweep(self, *args: Any, **options: Any) -> Any:
        return self.store.sweep(*args, **options)


@pytest.fixture
def counting(context):
    return Counting(context.store)


@pytest.fixture
def reader(counting, context):
    return Reader(counting, context.seal)


def proof_of(backup_id: UUID, level: int, *, passed: bool = True) -> Proof:
    return Proof(
        id=new_id(), backup_id=backup_id, level=level, passed=passed, at=utcnow(), duration_seconds=1, host=HOST
    )


def key_of(proof: Proof) -> str:
    return proof_key(proof.backup_id, proof.id, proof.level, passed=proof.passed)


def failure() -> Failure:
    return Failure(
        id=new_id(),
        kind="backup",
        started_at=utcnow(),
        finished_at=utcnow(),
        code="store_full",
        detail="There was no room.",
        host=HOST,
    )


async def test_documents_are_fetched_once_and_dumps_never(context, backup, reader, counting):
    keep(context, proof := proof_of(backup.id, 1))
    context.store.put(failure_key((failed := failure()).id), [context.seal.write(failed)])

    first, second = reader.look(now=utcnow()), reader.look(now=utcnow())

    assert counting.fetched == {manifest_key(backup.id): 1, key_of(proof): 1, failure_key(failed.id): 1}
    assert (first.backups, first.failures) == (second.backups, second.failures)
    assert (first.backups[0].proofs, first.failures) == ((proof,), (failed,))


async def test_an_object_that_changed_under_its_key_is_read_anew_and_no_other(context, backup, reader, counting):
    keep(context, proof := proof_of(backup.id, 1))
    good = b"".join(context.store.get(manifest_key(backup.id)))
    reader.look(now=utcnow())

    replace(context.store, manifest_key(backup.id), good.replace(b'"rows": 300', b'"rows": 301'))
    edited = reader.look(now=utcnow())
    replace(context.store, manifest_key(backup.id), good)
    mended = reader.look(now=utcnow())

    assert [edited.backups[0].problem, mended.backups[0].problem] == ["manifest_edited", None]
    assert counting.fetched == {manifest_key(backup.id): 3, key_of(proof): 1}


async def test_an_edit_in_place_that_keeps_size_and_instant_is_seen(context, backup, reader):
    reader.look(now=utcnow())
    assert isinstance(context.store, Folder)
    path = context.store.path / manifest_key(backup.id)
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b'"rows": 300', b'"rows": 301'))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert reader.look(now=utcnow()).backups[0].problem == "manifest_edited"


async def test_in_an_s3_store_too_what_changed_is_read_anew(make_context, s3_server):
    made = make_context(**s3.settings(s3_server.endpoint, f"evidence-{new_id()}"))
    assert isinstance(made.store, Objects)
    counting = Counting(made.store)
    reader, failed = Reader(counting, made.seal), failure()
    made.store.put(failure_key(failed.id), [made.seal.write(failed)])
    seen = [reader.look(now=utcnow()).failures for _ in range(2)]
    other = failed.model_copy(update={"code": "store_refuse"})

    replace(made.store, failure_key(failed.id), made.seal.write(other))
    seen.append(reader.look(now=utcnow()).failures)

    assert seen == [(failed,), (failed,), (other,)]
    assert counting.fetched.total() == 2


async def test_a_look_that_broke_off_forgets_nothing_and_shows_nothing(context, backup, reader, counting):
    keep(context, proof := proof_of(backup.id, 1))
    reader.look(now=utcnow())
    keep(context, proof_of(backup.id, 2))
    counting.answers_left = 0

    with pytest.raises(StoreUnreachable):
        reader.look(now=utcnow())
    counting.answers_left = None

    assert reader.look(now=utcnow()).backups[0].proven_level == 2
    assert (counting.fetched[manifest_key(backup.id)], counting.fetched[key_of(proof)]) == (1, 1)


async def test_a_backup_that_is_removed_during_the_look_is_none(context, backup, reader, counting):
    counting.losing = manifest_key(backup.id)

    assert reader.look(now=utcnow()).backups == ()


async def test_a_document_too_large_for_one_is_not_even_fetched(context, backup, reader, counting):
    replace(context.store, manifest_key(backup.id), bytes(LARGEST_BYTES + 1))

    assert reader.look(now=utcnow()).backups[0].problem == "manifest_damaged"
    assert counting.fetched == {}


async def test_no_genuine_proof_counts_elsewhere_or_for_more_than_it_says(context, backup, reader):
    proof, failed = proof_of(backup.id, 1), proof_of(backup.id, 1, passed=False)
    other = proof_of(new_id(), 4)
    context.store.put(proof_key(backup.id, proof.id, 4, passed=True), [context.seal.write(proof)])
    context.store.put(proof_key(backup.id, failed.id, 1, passed=True), [context.seal.write(failed)])
    context.store.put(proof_key(backup.id, other.id, 4, passed=True), [context.seal.write(other)])

    assert reader.look(now=utcnow()).backups[0].proofs == ()


async def test_an_edited_proof_counts_for_nothing(context, backup, reader):
    proof = proof_of(backup.id, 1)
    content = context.seal.write(proof).replace(b'"level": 1', b'"level": 4')
    context.store.put(proof_key(backup.id, proof.id, 4, passed=True), [content])

    assert reader.look(now=utcnow()).backups[0].proven_level is None


@pytest.mark.parametrize(
    ("history", "level", "failed"),
    [
        ([], None, None),
        (["0+"], 0, None),
        (["1+", "3+"], 3, None),
        (["3+", "1+"], 3, None),
        (["3+", "1-"], None, 1),
        (["3+", "4-"], None, 4),
        (["4-", "1+"], None, 4),
        (["4-", "3+", "4+"], 4, None),
        (["4+", "1-", "1+"], 1, None),
        (["4-", "1-", "1+"], None, 4),
        (["4-", "1-", "4+"], 4, None),
        (["4-", "1-"], None, 1),
        (["1-", "3+"], 3, None),
    ],
)
async def test_a_failure_stands_until_its_level_or_a_higher_one_is_passed_again(backup, history, level, failed):
    proofs = tuple(proof_of(backup.id, int(each[0]), passed=each[1] == "+") for each in history)
    kept = Kept(backup.id, backup, None, backup.artefact.bytes, proofs)

    assert (kept.proven_level, kept.failed and kept.failed.level) == (level, failed)


@pytest.mark.parametrize("stored", [None, 0, 17])
async def test_what_was_proven_of_a_dump_is_void_once_the_listing_shows_another_or_none(backup, stored):
    kept = Kept(backup.id, backup, None, stored, (proof_of(backup.id, 4),))

    assert kept.proven_level is None


async def test_nothing_is_proven_of_a_backup_whose_manifest_is_not_to_be_trusted(backup):
    assert Kept(backup.id, None, "manifest_edited", 10, (proof_of(backup.id, 4),)).proven_level is None


async def test_a_failed_drill_is_named_also_after_a_weaker_verification_passed(backup):
    drilled = proof_of(backup.id, 4, passed=False).model_copy(update={"code": "rows_differ", "detail": "Other rows."})
    kept = Kept(backup.id, backup, None, backup.artefact.bytes, (drilled, proof_of(backup.id, 1)))

    assert [problem.code for problem in damages((kept,), now=utcnow())] == ["rows_differ"]


async def test_a_manifest_that_was_deleted_is_missed_where_a_genuine_proof_tells_of_it(context, backup, reader):
    store, passed, failed = context.store, proof_of(backup.id, 1), proof_of(backup.id, 3, passed=False)

    def left():
        return [(each.id, each.counted) for each in reader.look(now=utcnow()).strays]

    assert left() == []
    store.delete(manifest_key(backup.id))
    keep(context, failed)
    store.put(proof_key(backup.id, new_id(), 4, passed=True), [b"{}"])
    assert left() == [(backup.id, False)]
    keep(context, passed)
    store.delete(backup.artefact.key)
    assert left() == [(backup.id, True)]
