"""What every store does alike, a folder and an S3 server."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from app.integrations.storage.errors import KeyInvalid, ObjectExists, ObjectMissing
from app.integrations.storage.objects import PART_BYTES
from tests.fixtures.database import in_a_thread
from tests.integrations.storage.conftest import content

SMALL, LARGE = b"a manifest", bytes(range(256)) * ((PART_BYTES + 5_000_000) // 256)


class Broken(Exception):
    """What the source of an object may say."""


def pieces(whole, size=1 << 20):
    return (whole[start : start + size] for start in range(0, len(whole), size))


def breaking_off(whole, failure):
    yield from pieces(whole)
    raise failure


@pytest.mark.parametrize("whole", [b"", SMALL, LARGE], ids=["empty", "small", "large"])
def test_what_was_put_comes_back(store, whole):
    store.put("a/one", pieces(whole))

    assert content(store, "a/one") == whole
    assert {key: stored.size for key, stored in store.list().items()} == {"a/one": len(whole)}


def test_a_listing_tells_when_an_object_was_written(store):
    store.put("a/one", [SMALL])

    written = store.list()["a/one"].modified_at

    assert abs(datetime.now(UTC) - written) < timedelta(minutes=1)


def test_another_object_under_the_same_key_has_another_version(store):
    store.put("a/one", [SMALL])
    before = store.list()["a/one"].version
    store.delete("a/one")
    store.put("a/one", [SMALL.upper()])

    assert store.list()["a/one"].version != before


@pytest.mark.parametrize("whole", [SMALL, LARGE], ids=["small", "large"])
def test_nothing_is_written_over_another_object(store, whole):
    store.put("a/one", [SMALL])

    with pytest.raises(ObjectExists):
        store.put("a/one", pieces(whole))

    assert content(store, "a/one") == SMALL


@pytest.mark.parametrize("failure", [Broken("half"), FileNotFoundError("pg_dump"), OSError(28, "elsewhere")], ids=repr)
@pytest.mark.parametrize("whole", [SMALL, LARGE], ids=["small", "large"])
def test_a_source_that_breaks_off_leaves_nothing_and_says_why(store, whole, failure):
    with pytest.raises(type(failure)) as told:
        store.put("a/one", breaking_off(whole, failure))

    assert str(told.value) == str(failure)
    assert store.list() == {}
    store.put("a/one", [SMALL])
    assert content(store, "a/one") == SMALL


def test_an_object_is_not_there_before_all_of_it_is(store):
    seen = []

    def watched():
        for piece in pieces(LARGE):
            seen.append(in_a_thread(store.list))
            yield piece

    store.put("a/one", watched())

    assert len(seen) > 8
    assert not any(seen)
    assert list(store.list()) == ["a/one"]


def test_what_is_not_there_is_missing(store):
    store.put("a/one", [SMALL])

    with pytest.raises(ObjectMissing):
        content(store, "a/two")


def test_deleting_twice_is_as_good_as_once(store):
    store.put("a/one", [SMALL])
    store.put("a/two", [SMALL])

    store.delete("a/one")
    store.delete("a/one")
    store.delete("b/never")

    assert list(store.list()) == ["a/two"]


def test_an_empty_store_lists_nothing(store):
    assert store.list() == {}


def test_a_listing_takes_what_begins_with_a_text(store):
    for key in ("ab/one", "ab/two", "abc/one", "b/one"):
        store.put(key, [SMALL])

    assert sorted(store.list("ab")) == ["ab/one", "ab/two", "abc/one"]
    assert sorted(store.list("ab/")) == ["ab/one", "ab/two"]
    assert sorted(store.list("ab/t")) == ["ab/two"]
    assert store.list("none/") == {}


HOSTILE = (
    "../x", "a/../../x", "/etc/passwd", "a//b", "a/", "", ".", "..", "a/.draft-b", ".hidden", "a\\..\\b", "a\0b",
    "a/\n", "a b", "%2e%2e/x", "ä", "a" * 501,
)  # fmt: skip


@pytest.mark.parametrize("key", HOSTILE, ids=repr)
def test_keys_that_might_lead_elsewhere_are_refused(store, key):
    for act in (lambda: store.put(key, [SMALL]), lambda: content(store, key), lambda: store.delete(key)):
        with pytest.raises(KeyInvalid):
            act()

    assert store.list() == {}


def test_of_several_writers_of_one_key_all_leave_one_whole_object(folder):
    writers = [bytes([number]) * 300_000 for number in range(8)]
    results = []
    gate = threading.Barrier(len(writers))

    def write(whole):
        gate.wait()
        try:
            folder.put("a/one", pieces(whole, 10_000))
            results.append(whole)
        except ObjectExists:
            pass

    threads = [threading.Thread(target=write, args=(whole,)) for whole in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == 1
    assert content(folder, "a/one") == results[0]
