"""Read what this process counts, share it with the other processes of its instance, and write it out."""

from datetime import datetime

from app.ops.metrics.rules import put_together
from app.ops.metrics.service.reading import snapshot_of
from app.ops.metrics.service.rendering import render
from app.ops.metrics.service.sharing import WRITE_SECONDS, read_all, write
from app.ops.process import Process

__all__ = ["WRITE_SECONDS", "expose", "share"]


def share(process: Process, *, now: datetime) -> None:
    """Let the other processes of this instance know what this one has counted."""
    directory = process.settings.metrics_directory
    if directory is not None:
        write(directory, process.signals.process_id, snapshot_of(process, now=now))


def expose(process: Process, *, now: datetime) -> bytes:
    """Return the numbers of this instance in Prometheus' text format.

    What is answered was written first, so that no process ever answers less than another one did.
    """
    directory = process.settings.metrics_directory
    if directory is None:
        snapshots = [snapshot_of(process, now=now)]
    else:
        share(process, now=now)
        snapshots = list(read_all(directory))
    return render(put_together(snapshots, now=now.timestamp()))
