"""Backups on the wire: the documented members, and what they rest on."""

from typing import Literal

from app.core.schemas import Wire
from app.ops.schemas import Report


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


class Evidence(Wire):
    """The backups that there are."""

    last_success: None = None
    last_failure: None = None
    age_seconds: float | None = None
    rpo_seconds: int
    rpo_met: bool
    count: int = 0
    retention: None = None
    next_run_at: None = None
    heartbeat: None = None


class Drill(Wire):
    """The last time that a backup was restored and tried."""

    last_at: None = None
    result: None = None
    duration_seconds: float | None = None
    rto_seconds: int
    rto_met: bool | None = None


class BackupStatus(Report):
    """The answer of `GET /api/backup-status`."""

    ok: bool = True
    status: Literal["healthy", "info", "warning", "error"]
    message: str
    details: Activity
    backup: Evidence
    drill: Drill
    pitr: None = None
    journal: None = None
    problems: list[BackupProblem]
