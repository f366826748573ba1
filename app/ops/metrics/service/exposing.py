"""What one process shares, and what it answers for its whole instance."""

from dataclasses import dataclass, field
from datetime import datetime

from app.ops.metrics.rules import Snapshot, put_together
from app.ops.metrics.service.reading import Memory, snapshot_of
from app.ops.metrics.service.sharing import bury, read_all, write
from app.ops.process import Process


@dataclass(slots=True)
class Exposition:
    """The numbers of one process, shared in a directory where its instance has several."""

    process: Process
    _memory: Memory = field(default_factory=dict)

    def share(self, *, now: datetime) -> None:
        """Let the other processes of this instance know what this one has counted."""
        directory = self.process.settings.metrics_directory
        if directory is not None:
            write(directory, self.process.signals.process_id, snapshot_of(self.process, self._memory, now=now))

    def bury(self) -> None:
        """Put together what dead processes of this instance have left."""
        if self.process.settings.metrics_directory is not None:
            bury(self.process.settings.metrics_directory)

    def whole(self, *, now: datetime) -> Snapshot:
        """Return the numbers of this instance.

        What is answered was written first, so that no process ever answers less than another one did.
        """
        directory = self.process.settings.metrics_directory
        if directory is None:
            snapshots = [snapshot_of(self.process, self._memory, now=now)]
        else:
            self.share(now=now)
            snapshots = read_all(directory)
        return put_together(snapshots, now=now.timestamp())
