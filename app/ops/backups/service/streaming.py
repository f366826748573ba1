"""Bytes on their way: hashed, encrypted, decrypted, never whole in memory. Blocking; runs in threads."""

import os
import threading
from collections.abc import Callable, Generator, Iterable
from hashlib import sha256
from typing import IO, Any, BinaryIO

import pyrage

from app.integrations.storage.api import PIECE_BYTES
from app.ops.backups.errors import ArtefactDamaged, KeyMissing, WrongKey


class Tally:
    """How many bytes went by, and their SHA-256."""

    def __init__(self, watch: Callable[[int], None] | None = None) -> None:
        self.bytes = 0
        self._hash = sha256()
        self._watch = watch

    def add(self, piece: bytes) -> None:
        """Count a piece."""
        self.bytes += len(piece)
        self._hash.update(piece)
        if self._watch:
            self._watch(self.bytes)

    @property
    def sha256(self) -> str:
        """The digest in hexadecimal."""
        return self._hash.hexdigest()


class _Reader:
    """A file to read from that counts what was read."""

    def __init__(self, file: BinaryIO, tally: Tally) -> None:
        self._file, self._tally = file, tally
        self.failure: Exception | None = None
        """What kept the file from being read: the library that reads tells it as an error of its own."""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        try:
            piece = self._file.read(size)
        except Exception as failure:
            self.failure = failure
            raise
        self._tally.add(piece)
        return piece


class _Pieces:
    """Pieces as a file to read from, counted."""

    def __init__(self, pieces: Iterable[bytes], tally: Tally) -> None:
        self._pieces = iter(pieces)
        self._tally = tally
        self._rest = memoryview(b"")
        self.failure: Exception | None = None
        """What kept the pieces from coming: the library that reads tells it as an error of its own."""

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes; none at the end."""
        while not self._rest:
            try:
                piece = next(self._pieces, None)
            except Exception as failure:
                self.failure = failure
                raise
            if piece is None:
                return b""
            self._tally.add(piece)
            self._rest = memoryview(piece)
        end = size if size >= 0 else len(self._rest)
        taken, self._rest = bytes(self._rest[:end]), self._rest[end:]
        return taken

    def drain(self) -> None:
        """Count the pieces that nobody read."""
        for piece in self._pieces:
            self._tally.add(piece)


class _Sink:
    """A file to write to that hands on to a function."""

    def __init__(self, give: Callable[[bytes], Any]) -> None:
        self._give = give
        self.failure: Exception | None = None

    def write(self, piece: bytes) -> int:
        """Hand a piece on."""
        try:
            self._give(bytes(piece))
        except Exception as failure:
            self.failure = failure
            raise
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""


def encrypted(source: BinaryIO, recipients: list[Any], plain: Tally, stored: Tally) -> Generator[bytes, None, None]:
    """Yield what a file holds, encrypted for the recipients where there are any, counting both sides.

    Whoever stops before the end closes it, and sees to it that reading from the source comes to an end.

    Raises:
        OSError: the source cannot be read.
    """
    if not recipients:
        while piece := source.read(PIECE_BYTES):
            plain.add(piece)
            stored.add(piece)
            yield piece
        return
    encryption = _Encryption(_Reader(source, plain), recipients)
    try:
        with encryption.output() as pipe:
            while piece := _filled(pipe):
                stored.add(piece)
                yield piece
    finally:  # with nobody to read, its next write fails
        encryption.join(timeout=60)
    if failure := encryption.failure:
        raise failure


class _Encryption(threading.Thread):
    """Encrypts what it reads into a pipe."""

    def __init__(self, reader: _Reader, recipients: list[Any]) -> None:
        super().__init__(daemon=True)
        self._reader, self._recipients = reader, recipients
        self.failure: BaseException | None = None

    def output(self) -> IO[bytes]:
        """Begin; return the pipe's other end."""
        reading, self._writing = os.pipe()
        self.start()
        return os.fdopen(reading, "rb", buffering=0)

    def run(self) -> None:
        """Encrypt to the end, which is the pipe's end too; what failed has to be known before that is seen."""
        with os.fdopen(self._writing, "wb", buffering=0) as pipe:
            try:
                pyrage.encrypt_io(self._reader, pipe, self._recipients)
            except BaseException as failure:
                self.failure = self._reader.failure or failure


def _filled(pipe: Any) -> bytes:
    """Read until a piece is full or the end is reached: a pipe gives 64 KiB at most."""
    parts, size = [], 0
    while size < PIECE_BYTES and (part := pipe.read(PIECE_BYTES - size)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def decrypt(
    pieces: Iterable[bytes],
    identities: list[Any] | None,
    give: Callable[[bytes], Any],
    *,
    stored: Tally,
    plain: Tally,
) -> None:
    """Hand on what pieces hold, decrypted unless `identities` is None, counting both sides.

    Raises:
        KeyMissing: there is no private key.
        WrongKey: none of them opens it.
        ArtefactDamaged: it was changed or cut; what was handed on before that is good, what would follow is not.

    Bytes changed in the header look like a wrong key. Also then all pieces are counted: the digest tells which it was.
    """

    def pass_on(piece: bytes) -> None:
        plain.add(piece)
        give(piece)

    if identities is None:
        for piece in pieces:
            stored.add(piece)
            pass_on(piece)
        return
    if not identities:
        raise KeyMissing
    source, sink = _Pieces(pieces, stored), _Sink(pass_on)
    try:
        pyrage.decrypt_io(source, sink, identities)
    except (pyrage.DecryptError, OSError) as failure:
        if ours := source.failure or sink.failure:
            raise ours from None
        source.drain()
        raise (WrongKey if "matching" in str(failure).lower() else ArtefactDamaged) from failure
