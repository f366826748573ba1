"""What is asked of the worker."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class BackupWanted:
    """A backup is to be made; its row says by whom it was wanted."""

    run_id: UUID


@dataclass(frozen=True, slots=True)
class DrillWanted:
    """The newest backup is to be restored and tried."""

    run_id: UUID
