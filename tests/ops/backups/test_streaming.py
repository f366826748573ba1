"""Bytes on their way: the same at the other end, and nothing left behind when either end fails."""

import io
import os
import threading
import tracemalloc
from pathlib import Path

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.integrations.storage.errors import StoreUnreachable
from app.ops.backups.errors import ArtefactDamaged, KeyMissing, WrongKey
from app.ops.backups.service.streaming import Tally, decrypt, encrypted
from tests.ops.backups.conftest import IDENTITY
from tests.ops.backups.damage import flipped

RECIPIENTS = [IDENTITY.to_public()]


class Source(io.BytesIO):
    """A file that fails once so many bytes are read."""

    def __init__(self, content: bytes, failure: Exception, after: int) -> None:
        super().__init__(content)
        self.failure, self.after = failure, after

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= self.after:
            raise self.failure
        return super().read(size)


def sealed(content: bytes) -> bytes:
    return b"".join(encrypted(io.BytesIO(content), RECIPIENTS, Tally(), Tally()))


def opened(pieces, identities=(IDENTITY,)) -> tuple[bytes, Tally, Tally]:
    out, stored, plain = io.BytesIO(), Tally(), Tally()
    decrypt(pieces, list(identities), out.write, stored=stored, plain=plain)
    return out.getvalue(), stored, plain


def in_pieces(content: bytes, size: int):
    return (content[at : at + size] for at in range(0, len(content), size))


def left_behind() -> tuple[int, int]:
    """Return how many threads and open files there are."""
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


@settings(max_examples=40, deadline=None)
@given(content=st.binary(max_size=200_000) | st.integers(0, 300_000).map(bytes), size=st.integers(1, 70_000))
def test_what_is_encrypted_and_decrypted_is_what_it_was_however_it_comes(content, size):
    plain, stored = Tally(), Tally()
    kept = b"".join(encrypted(io.BytesIO(content), RECIPIENTS, plain, stored))

    again, stored_again, plain_again = opened(in_pieces(kept, max(size, len(kept) // 500)))

    assert again == content
    assert (stored.bytes, stored.sha256) == (len(kept), stored_again.sha256)
    assert (plain.bytes, plain.sha256) == (len(content), plain_again.sha256)


def test_without_recipients_it_passes_as_it_is():
    plain, stored = Tally(), Tally()

    kept = b"".join(encrypted(io.BytesIO(b"all of it"), [], plain, stored))

    assert kept == b"all of it"
    assert plain.sha256 == stored.sha256


@pytest.mark.parametrize("failure", [OSError(5, "no disk"), ValueError("closed"), StoreUnreachable()])
@pytest.mark.parametrize("after", [0, 300_000])
@pytest.mark.parametrize("recipients", [RECIPIENTS, []], ids=["encrypted", "not encrypted"])
def test_a_source_that_fails_is_heard_by_its_own_words_and_leaves_nothing(recipients, after, failure):
    before = left_behind()

    with pytest.raises(type(failure)) as heard:
        list(encrypted(Source(bytes(3_000_000), failure, after), recipients, Tally(), Tally()))

    assert heard.value is failure
    assert left_behind() == before


def test_a_reader_that_stops_early_leaves_nothing():
    before = left_behind()
    pieces = encrypted(io.BytesIO(bytes(9_000_000)), RECIPIENTS, Tally(), Tally())
    next(pieces)

    pieces.close()

    assert left_behind() == before


@pytest.mark.parametrize("failure", [OSError(28, "no room"), ValueError("closed"), StoreUnreachable()])
@pytest.mark.parametrize("identities", [[IDENTITY], None], ids=["encrypted", "not encrypted"])
def test_a_sink_that_fails_is_heard_by_its_own_words(identities, failure):
    def refuse(_piece):
        raise failure

    with pytest.raises(type(failure)) as heard:
        decrypt(in_pieces(sealed(bytes(500_000)), 1000), identities, refuse, stored=Tally(), plain=Tally())

    assert heard.value is failure


@pytest.mark.parametrize("after", [0, 1, 400])
@pytest.mark.parametrize("failure", [OSError(5, "no disk"), StoreUnreachable()])
def test_a_store_that_fails_halfway_is_no_damage(failure, after):
    def pieces():
        for count, piece in enumerate(in_pieces(sealed(bytes(500_000)), 100)):
            if count == after:
                raise failure
            yield piece

    with pytest.raises(type(failure)) as heard:
        opened(pieces())

    assert heard.value is failure


def test_without_a_private_key_nothing_is_handed_on():
    with pytest.raises(KeyMissing):
        opened([sealed(b"secret")], [])


def test_another_key_is_told_from_damage_and_all_that_is_stored_is_counted():
    kept, stored = sealed(bytes(500_000)), Tally()

    with pytest.raises(WrongKey):
        decrypt(in_pieces(kept, 100), [pyrage.x25519.Identity.generate()], print, stored=stored, plain=Tally())

    assert stored.bytes == len(kept)


@pytest.mark.parametrize("size", [0, 1, 100, 250, 1000, 65_800, 500_000])
def test_what_was_cut_is_damaged_wherever_that_was(size):
    kept = sealed(bytes(500_000))
    assert size < len(kept)

    with pytest.raises(ArtefactDamaged):
        opened([kept[:size]])


def test_what_is_handed_on_before_the_damage_is_good_and_all_that_is_stored_is_counted():
    content = os.urandom(500_000)
    kept = flipped(sealed(content), 300_000)
    handed_on, stored = io.BytesIO(), Tally()

    with pytest.raises(ArtefactDamaged):
        decrypt(in_pieces(kept, 1000), [IDENTITY], handed_on.write, stored=stored, plain=Tally())

    assert content.startswith(handed_on.getvalue())
    assert stored.bytes == len(kept)


def test_a_dump_is_never_whole_in_memory():
    class Zeros(io.BytesIO):
        left = 40 << 20

        def read(self, size: int | None = -1, /) -> bytes:
            given = min(self.left, size or 0)
            self.left -= given
            return bytes(given)

    plain = Tally()
    tracemalloc.start()
    try:
        pieces = encrypted(Zeros(), RECIPIENTS, Tally(), Tally())
        decrypt(pieces, [IDENTITY], lambda _piece: None, stored=Tally(), plain=plain)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert plain.bytes == 40 << 20
    assert peak < 10 << 20
