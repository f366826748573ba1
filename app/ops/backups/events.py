"""What is asked of the worker."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class BackupWanted:
    """A backup is to be made; its row says by whom it was wanted."""

    run_id: UUID


@dataclass(frozen=True, slots=True)
class DrillWanted:
    """The newest backup is to be restored and tried."""

    run_id: UUID


@dataclass(frozen=True, slots=True)
class ErasureUnwritten:
    """A customer was forgotten, and the store did not take the word of it."""

    client_id: UUID
    customer_id: UUID
    at: datetime
