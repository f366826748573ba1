"""A dump out of the store: decrypted, checked, in a file without a name. Blocking; runs in threads."""

import errno
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

from app.core.errors import AppError
from app.core.progress import Progress
from app.integrations.storage.errors import ObjectMissing, StoreUnreachable
from app.ops.backups.errors import (
    ArtefactDamaged,
    ArtefactEmpty,
    ArtefactMissing,
    ArtefactTruncated,
    KeyMissing,
    UnpackingFull,
    WrongKey,
)
from app.ops.backups.rules.manifests import Artefact, Manifest
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.streaming import Tally, decrypt

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Abandoned(Exception):
    """Nobody wants it any more."""


@contextmanager
def unpacked(
    context: BackupContext, manifest: Manifest, report: Progress, stopping: threading.Event | None = None
) -> Iterator[BinaryIO]:
    """Open the dump of a backup as it was before it was encrypted, at its beginning.

    It is whole and checked against both digests, and in a file that has no name: nothing of it stays behind, however
    this process ends.

    Raises:
        ArtefactMissing, ArtefactEmpty, ArtefactTruncated, ArtefactDamaged: it is not what was written.
        KeyMissing, WrongKey: it cannot be decrypted here.
        UnpackingFull: there is no room for it.
        StoreUnreachable, StoreRefused: the store does not give it.
        Abandoned: `stopping` was set.
    """
    artefact = manifest.artefact
    identities = context.identities() if artefact.encrypted else None
    _look_at_size(context, manifest, keyless=identities == [])
    stored, plain = Tally(lambda done: report("unpacking", done, artefact.bytes)), Tally()
    with _passing_file() as file:

        def give(piece: bytes) -> None:
            if stopping is not None and stopping.is_set():
                raise Abandoned
            file.write(piece)

        try:
            with _told_truly(artefact, stored, plain):
                decrypt(context.store.get(artefact.key), identities, give, stored=stored, plain=plain)
            file.flush()
        except ObjectMissing:
            raise ArtefactMissing from None
        except OSError as failure:
            if failure.errno in FULL:
                raise UnpackingFull from failure
            raise
        file.seek(0)
        yield file


@contextmanager
def _passing_file() -> Iterator[BinaryIO]:
    """Open a file without a name.

    Raises:
        UnpackingFull: no folder for such files takes one.
    """
    try:
        file = tempfile.TemporaryFile(prefix="booking-restore-")  # noqa: SIM115 - closed below
    except FileNotFoundError as failure:  # what the library says where none of them takes a byte
        raise UnpackingFull from failure
    try:
        yield cast("BinaryIO", file)
    finally:
        with suppress(OSError):  # what did not fit is in its buffer still
            file.close()


@contextmanager
def _told_truly(artefact: Artefact, stored: Tally, plain: Tally) -> Iterator[None]:
    """Hold what came against what was written, before anything is made of its not being decrypted.

    Raises:
        StoreUnreachable: not all of it came, which tells nothing of the backup.
        ArtefactDamaged: it is not what was written. Bytes changed in the header look like a wrong key.
        WrongKey: it is, and is encrypted for another.
    """
    undecrypted: AppError | None = None
    try:
        yield
    except (WrongKey, ArtefactDamaged) as failure:
        undecrypted = failure
    if stored.bytes != artefact.bytes:
        raise StoreUnreachable(f"The store gave {stored.bytes} of {artefact.bytes} bytes: try once more.")
    if stored.sha256 != artefact.sha256:
        raise ArtefactDamaged
    if undecrypted or plain.sha256 != artefact.plain_sha256:
        raise undecrypted or ArtefactDamaged()


def _look_at_size(context: BackupContext, manifest: Manifest, *, keyless: bool) -> None:
    """Say at once what needs no fetching: a cut dump would fail to decrypt, under a name less true."""
    if keyless:
        raise KeyMissing
    there = context.store.list(manifest.artefact.key).get(manifest.artefact.key)
    if there is None:
        raise ArtefactMissing
    if there.size == 0:
        raise ArtefactEmpty
    if there.size != manifest.artefact.bytes:
        raise ArtefactTruncated
