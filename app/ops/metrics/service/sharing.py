"""The processes of one instance share a directory: each keeps a file of its own there, and reads those of all.

A file is named for its process, whose number says whether it still lives. What dead ones counted is put together now
and then, lest a process that dies again and again leaves a file each time.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import orjson

from app.core.ids import new_id
from app.ops.metrics.rules import Snapshot, put_together

WRITE_SECONDS = 2.0
"""So often each process writes its file: as old are, at most, the numbers of those that do not answer."""

MOST_DEAD = 16


def write(directory: Path, process_id: UUID, snapshot: Snapshot) -> None:
    """Replace this process' file; who reads it sees the old or the new one, never half of either."""
    _write(directory / f"{os.getpid()}-{process_id}.json", snapshot)


def read_all(directory: Path) -> list[Snapshot]:
    """Return what each process of this instance wrote last, since the instance was started."""
    with _locked(directory, fcntl.LOCK_SH):
        return [_read(file) for file in directory.glob("*.json")]


def bury(directory: Path) -> None:
    """Put the files of dead processes together into one, once they are many."""
    with _locked(directory, fcntl.LOCK_EX):
        dead = [file for file in directory.glob("*.json") if not _lives(int(file.name.partition("-")[0]))]
        if len(dead) > MOST_DEAD:
            snapshots = [_read(file) for file in dead]
            whole = put_together(snapshots, now=float("inf"))
            whole.at = max(snapshot.at for snapshot in snapshots)
            _write(directory / f"0-{new_id()}.json", whole)
            for file in dead:
                file.unlink()


def _write(file: Path, snapshot: Snapshot) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_bytes(orjson.dumps(snapshot.as_json()))
    fresh.replace(file)


def _read(file: Path) -> Snapshot:
    return Snapshot.of_json(orjson.loads(file.read_bytes()))


def _lives(process: int) -> bool:
    """Return whether a process lives; of 0, which stands for several dead ones, that it does not."""
    if process:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return process != 0


@contextmanager
def _locked(directory: Path, how: int) -> Iterator[None]:
    """Hold the directory's lock; the others have it for milliseconds at most."""
    with (directory / "lock").open("ab") as lock:
        fcntl.flock(lock, how)
        yield
