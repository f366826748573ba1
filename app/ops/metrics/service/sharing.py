"""The processes of one instance share a directory: each keeps a file of its own there, and reads those of all.

A file is named for its process, whose number says whether it still lives. What dead ones counted is put together now
and then, lest a process that dies again and again leaves a file each time.
"""

import fcntl
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from app.core.ids import new_id
from app.ops.metrics.rules import Snapshot, put_together

WRITE_SECONDS = 2.0
"""So often each process writes its file: as old are, at most, the numbers of those that do not answer."""

MOST_DEAD = 16
_TRIES = 20


def write(directory: Path, process_id: UUID, snapshot: Snapshot) -> None:
    """Replace this process' file; who reads it sees the old or the new one, never half of either."""
    _write(directory / f"{os.getpid()}-{process_id}.json", snapshot)


def read_all(directory: Path) -> list[Snapshot]:
    """Return what each process of this instance wrote last, since the instance was started.

    Raises:
        FileNotFoundError: files go faster than they can be read.
    """
    for _ in range(_TRIES):
        with suppress(FileNotFoundError):  # it was put together with others meanwhile
            return list(_standing(directory).values())
    return list(_standing(directory).values())


def bury(directory: Path) -> None:
    """Put the files of dead processes together into one, once they are many.

    The one names those that it stands for, so that a reader counts nothing twice while they are removed, nor if they
    never are. Nobody waits for a lock: whoever holds it might be frozen.
    """
    with (directory / "lock").open("ab") as lock, suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        dead = {file: each for file, each in _standing(directory).items() if not _lives(file)}
        if len(dead) > MOST_DEAD:
            whole = put_together(dead.values(), now=float("inf"))
            whole.at = max(snapshot.at for snapshot in dead.values())
            _write(directory / f"0-{new_id()}.json", whole, stands_for=[file.name for file in dead])
            gone = {name for each in _stored(directory).values() for name in each["stands_for"]}
            for name in sorted(gone, reverse=True):  # those that stand for others last
                (directory / name).unlink(missing_ok=True)


def _standing(directory: Path) -> dict[Path, Snapshot]:
    """Return what the files hold, without those that another one stands for."""
    stored = _stored(directory)
    gone = {name for each in stored.values() for name in each["stands_for"]}
    return {file: Snapshot.of_json(each) for file, each in stored.items() if file.name not in gone}


def _stored(directory: Path) -> dict[Path, dict[str, Any]]:
    return {file: orjson.loads(file.read_bytes()) for file in directory.glob("*.json")}


def _write(file: Path, snapshot: Snapshot, *, stands_for: Sequence[str] = ()) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_bytes(orjson.dumps({**snapshot.as_json(), "stands_for": stands_for}))
    fresh.replace(file)


def _lives(file: Path) -> bool:
    """Return whether the process of a file lives; 0 stands for several dead ones."""
    process = int(file.name.partition("-")[0])
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another's, which got the number since; let it be
        return True
    return process != 0
