"""A folder as a store: on a disk of its own, or synchronised by somebody else."""

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from app.integrations.storage.api import PIECE_BYTES, Source, Stored, checked
from app.integrations.storage.errors import (
    ObjectExists,
    ObjectMissing,
    StoreFull,
    StoreRefused,
    StoreUnreachable,
)

DRAFT = ".draft-"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}


class Folder:
    """Objects are files that only their owner reads; each is written beside its name, forced to disk, then named."""

    offsite = False

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.location = str(self.path)

    def put(self, key: str, pieces: Iterable[bytes]) -> None:
        """Write an object. A crash leaves at most a draft, which no list shows; see `Store.put`."""
        path = self.path / checked(key)
        source = Source(pieces)
        with _told(source):
            if path.exists():
                raise ObjectExists
            draft, file = _draft(path)
            try:
                with file:
                    for piece in source:
                        file.write(piece)
                    file.flush()
                    os.fsync(file.fileno())
                _name(draft, path)
            finally:
                draft.unlink(missing_ok=True)
            _settle(path.parent)

    def get(self, key: str) -> Iterator[bytes]:
        """Return an object's content; see `Store.get`."""
        checked(key)
        with _told(), (self.path / key).open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    def list(self, prefix: str = "") -> dict[str, Stored]:
        """Return all objects whose keys begin so; none where the folder is not there."""
        found = {}
        with _told():
            for path in self._files():
                key = path.relative_to(self.path).as_posix()
                if key.startswith(prefix) and not path.name.startswith(DRAFT):
                    with suppress(FileNotFoundError):  # deleted a moment ago
                        status = path.stat()
                        modified = datetime.fromtimestamp(status.st_mtime, UTC)
                        found[key] = Stored(status.st_size, modified, f"{status.st_ino}-{status.st_ctime_ns}")
        return dict(sorted(found.items()))

    def delete(self, key: str) -> None:
        """Delete an object, if there is one, and its folder when nothing else is in it."""
        path = self.path / checked(key)
        with _told():
            with suppress(FileNotFoundError):
                path.unlink()
                _settle(path.parent)
            self._tidy(path.parent)

    def sweep(self, before: datetime) -> int:
        """Remove the drafts of writers that were killed; see `Store.sweep`."""
        swept = 0
        with _told():
            for path in self._files():
                with suppress(FileNotFoundError):
                    if path.name.startswith(DRAFT) and path.stat().st_mtime < before.timestamp():
                        path.unlink()
                        swept += 1
                        self._tidy(path.parent)
        return swept

    def _files(self) -> Iterator[Path]:
        """Yield every file; a folder that may not be read is no empty one."""
        for folder, _, names in os.walk(self.path, onerror=_unless_gone):
            yield from (Path(folder) / name for name in names)

    def _tidy(self, folder: Path) -> None:
        """Remove a folder below the store's when it is empty."""
        if folder != self.path:
            try:
                folder.rmdir()
            except OSError as kept:
                if kept.errno not in {errno.ENOTEMPTY, errno.ENOENT}:
                    raise


def _draft(path: Path) -> tuple[Path, BinaryIO]:
    """Open a new file beside a path."""
    draft = path.with_name(f"{DRAFT}{path.name}-{secrets.token_hex(4)}")
    while True:
        _provide(path.parent)
        with suppress(FileNotFoundError):  # somebody who cleared up found the folder empty
            return draft, os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _name(draft: Path, path: Path) -> None:
    """Give a draft its name as well, unless that is taken."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise ObjectExists from None


def _provide(folder: Path) -> None:
    """Make a folder that only its owner reads, and those above it that are not there."""
    if not folder.is_dir():
        _provide(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _settle(folder.parent)


def _settle(folder: Path) -> None:
    """Force the names in a folder to disk: a file that is on it without its name is lost."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unless_gone(failure: OSError) -> None:
    if not isinstance(failure, FileNotFoundError):
        raise failure


@contextmanager
def _told(source: Source | None = None) -> Iterator[None]:
    """Name what the system says."""
    try:
        yield
    except OSError as failure:
        if source and source.failure:
            raise
        if isinstance(failure, FileNotFoundError) and source is None:
            raise ObjectMissing from None
        if failure.errno in FULL:
            raise StoreFull from failure
        why = os.strerror(failure.errno or 0)
        if failure.errno in REFUSED:
            raise StoreRefused(
                f"The folder of backups is not open to this user ({why}): look at who owns it."
            ) from failure
        raise StoreUnreachable(
            f"The folder of backups cannot be used ({why}): look at APP_BACKUP_URL and its disk."
        ) from failure
