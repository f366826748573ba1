"""A folder as a store: on a disk of its own, or synchronised by somebody else."""

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from app.integrations.storage.api import PIECE_BYTES, Stored
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
        path = self.path / key
        with _told():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = path.with_name(f"{DRAFT}{path.name}-{secrets.token_hex(4)}")
            try:
                with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    for piece in pieces:
                        file.write(piece)
                    file.flush()
                    os.fsync(file.fileno())
                path.hardlink_to(draft)
            except FileExistsError:
                raise ObjectExists from None
            finally:
                draft.unlink(missing_ok=True)
            _settle(path.parent)

    def get(self, key: str) -> Iterator[bytes]:
        """Return an object's content; see `Store.get`."""
        with _told(), (self.path / key).open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    def list(self, prefix: str = "") -> dict[str, Stored]:
        """Return all objects whose keys begin so; none where the folder is not there."""
        found = {}
        with _told():
            for path in sorted(self.path.rglob("*")):
                key = path.relative_to(self.path).as_posix()
                if key.startswith(prefix) and not path.name.startswith(DRAFT) and path.is_file():
                    status = path.stat()
                    modified = datetime.fromtimestamp(status.st_mtime, UTC)
                    found[key] = Stored(status.st_size, modified, f"{status.st_ino}-{status.st_mtime_ns}")
        return found

    def delete(self, key: str) -> None:
        """Delete an object, if there is one, and its folder when nothing else is in it."""
        path = self.path / key
        with _told():
            path.unlink(missing_ok=True)
            try:
                path.parent.rmdir()
            except OSError as kept:
                if kept.errno not in {errno.ENOTEMPTY, errno.ENOENT}:
                    raise


@contextmanager
def _told() -> Iterator[None]:
    """Name what the system says."""
    try:
        yield
    except FileNotFoundError:
        raise ObjectMissing from None
    except OSError as failure:
        if failure.errno in FULL:
            raise StoreFull from failure
        raise (StoreRefused if failure.errno in REFUSED else StoreUnreachable) from failure


def _settle(folder: Path) -> None:
    """Force the names in a folder to disk: a file that is on it without its name is lost."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
