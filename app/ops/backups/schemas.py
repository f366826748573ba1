"""Backups on the wire: the documented members, and what they rest on."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.clock import Instant
from app.core.schemas import Wire
from app.ops.render.schemas import PointInTime
from app.ops.schemas import Reason, Report


class Activity(Wire):
    """How much is going on. It never makes a status better: rows that were written are no evidence of a backup."""

    database_accessible: bool
    recent_activity: bool | None
    hours_since_activity: float | None
    days_since_activity: float | None
    has_any_data: bool | None
    has_active_clients: bool | None
    total_clients: int | None
    has_pending_work: bool | None


class BackupProblem(Wire):
    """What is wrong, how bad it is, and what to do."""

    code: str
    severity: Literal["critical", "warning", "info"]
    hint: str


class Success(Wire):
    """The newest backup that counts."""

    id: UUID
    kind: str
    started_at: Instant
    finished_at: Instant
    duration_seconds: float
    size_bytes: int
    sha256: str
    location: str
    encrypted: bool
    verified_level: int | None = Field(description="0 to 4; null: nothing was proven of it, or something against it.")
    pg_version: str
    tool_version: str


class FailedRun(Wire):
    """The last run that came to nothing."""

    id: UUID
    kind: str
    started_at: Instant | None
    finished_at: Instant
    code: str
    detail: str


class Retention(Wire):
    """How many are kept: the newest of so many days, weeks and months."""

    daily: int
    weekly: int
    monthly: int


class Heartbeat(Wire):
    """How the schedule runs: `up`, `late` (nobody begins it) or `down` (it fails)."""

    name: str
    state: Literal["up", "late", "down"]
    last_began_at: Instant | None
    last_succeeded_at: Instant | None


class Evidence(Wire):
    """The backups that there are."""

    last_success: Success | None = None
    last_failure: FailedRun | None = None
    age_seconds: float | None = None
    rpo_seconds: int
    rpo_met: bool
    count: int = 0
    retention: Retention | None = None
    next_run_at: Instant | None = None
    heartbeat: Heartbeat | None = None
    known_at: Instant | None = Field(default=None, description="When the store showed this.")


class Drill(Wire):
    """The last time that a backup was restored and tried."""

    last_at: Instant | None = None
    result: Literal["passed", "failed"] | None = None
    duration_seconds: float | None = None
    rto_seconds: int
    rto_met: bool | None = None
    tables: int | None = None
    rows_compared: int | None = None
    checksum_mismatches: int | None = None
    mismatches: list[str] = Field(default=[], description="The tables whose rows were not those backed up.")
    code: str | None = None
    backup_id: UUID | None = None


class BackupStatus(Report):
    """The answer of `GET /api/backup-status`."""

    ok: bool = True
    status: Literal["healthy", "info", "warning", "error"]
    message: str
    details: Activity
    backup: Evidence
    drill: Drill
    pitr: PointInTime | None = None
    journal: None = None
    problems: list[BackupProblem]


class WantedBackup(Wire):
    """Why a backup is wanted now."""

    reason: Annotated[Reason, Field(description="For the audit trail.")]


class BackupRunReport(Wire):
    """A run: wanted, going on, done or failed."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: Literal["backup", "verify", "drill", "prune"]
    status: Literal["queued", "running", "succeeded", "failed"]
    requested_by: str
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    backup_id: UUID | None
    bytes: int | None
    sha256: str | None
    location: str | None
    encrypted: bool | None
    level: int | None
    error_code: str | None
    error: str | None
    host: str | None
    tool_version: str | None
    server_version: str | None
    migration: str | None
    lsn: str | None


class BackupRuns(Report):
    """A page of runs, the latest first."""

    items: list[BackupRunReport]
    next_after: str | None = Field(default=None, description="Pass it as `after` to get the next page.")


class BackupRunShown(Report):
    """The answer that shows one run."""

    run: BackupRunReport
