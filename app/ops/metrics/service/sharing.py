"""The processes of one instance share a directory: each keeps a file of its own there, and reads those of all."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import orjson

from app.ops.metrics.rules import Snapshot

WRITE_SECONDS = 2.0
"""So often each process writes its file: as old are, at most, the numbers of those that do not answer."""


def write(directory: Path, process_id: UUID, snapshot: Snapshot) -> None:
    """Replace a process' file; who reads it sees the old or the new one, never half of either."""
    fresh = directory / f"{process_id}.new"
    fresh.write_bytes(orjson.dumps(snapshot.as_json()))
    fresh.replace(directory / f"{process_id}.json")


def read_all(directory: Path) -> Iterator[Snapshot]:
    """Yield what each process of this instance wrote last, since the instance was started."""
    for file in sorted(directory.glob("*.json")):
        with suppress(FileNotFoundError):
            yield Snapshot.of_json(orjson.loads(file.read_bytes()))
