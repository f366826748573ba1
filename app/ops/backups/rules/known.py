"""What is known of backups at an instant, and what is made of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.ops.backups.rules.evidence import Evidence, Kept
from app.ops.backups.rules.manifests import Proof
from app.ops.backups.rules.problems import Problem

Status = Literal["healthy", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Setup:
    """How this service is set up to make backups."""

    configured: bool
    """Whether there is a store."""
    scheduled: bool
    """Whether backups are made by themselves."""
    drills: bool = True
    """Whether a private key is where the schedule runs."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the database remembers it."""

    id: UUID
    kind: str
    status: str
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Beat:
    """How the schedule runs: `up`, `late` (nobody begins it), `down` (it fails)."""

    state: Literal["up", "late", "down"]
    began_at: datetime | None
    succeeded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that a judgement rests on. None: it could not be found out."""

    setup: Setup
    evidence: Evidence | None = None
    """What the store showed when it last showed something."""
    store_failure: str | None = None
    """Why it shows nothing now: the code of the failure."""
    runs: tuple[Run, ...] | None = None
    """The latest first."""
    beat: Beat | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A run that came to nothing."""

    id: UUID
    kind: str
    started_at: datetime | None
    at: datetime
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """How the backups are: `problems` say why, the worst first."""

    status: Status
    message: str
    problems: tuple[Problem, ...]
    last: Kept | None = None
    """The newest backup that counts: its manifest can be trusted and is not from the future."""
    age_seconds: float | None = None
    """Since its snapshot: what was written after that would be lost."""
    count: int = 0
    proven: bool = False
    """Whether a backup was read to its end in the last 35 days."""
    last_failure: Failed | None = None
    failed_in_a_row: int = 0
    """Backups that failed since one last succeeded."""
    drill: Proof | None = None
    began_at: datetime | None = None
    """When the last backup was begun, whatever came of it."""
    next_run_at: datetime | None = None

    def codes(self, *severities: str) -> list[str]:
        """Return the codes of the problems of some severities."""
        return [each.code for each in self.problems if each.severity in severities]
