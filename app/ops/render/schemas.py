"""What `booking render` tells, and the recovery window in the backup status."""

from typing import Literal

from app.core.clock import Instant
from app.core.schemas import Wire

RecoveryStatus = Literal["AVAILABLE", "BACKUP_NOT_READY", "NOT_AVAILABLE", "UNKNOWN"]


class PointInTime(Wire):
    """To which instants the host can bring the database back, as it was when it was asked."""

    provider: Literal["render"] = "render"
    status: RecoveryStatus
    recoverable_from: Instant | None = None
    recoverable_to: Instant | None = None
    age_seconds: float | None = None
    error: str | None = None
    """Why the host did not say the last time that it was asked; what stands above is older then."""


class Restored(Wire):
    """A database that was made as the present one was at an instant."""

    id: str
    name: str
    status: str
    restored_to: Instant
    dashboard_url: str | None
    next: list[str]


class ShownExport(Wire):
    """A logical export. `url` opens the whole database to whoever has it, so it is shown only when asked for."""

    id: str
    created_at: Instant
    expires_at: Instant
    ready: bool
    url: str | None = None


class Downloaded(Wire):
    """An export in a file of this machine."""

    export: ShownExport
    file: str
    bytes: int
    sha256: str


class Version(Wire):
    """A deploy and what it was made of."""

    deploy: str
    commit: str
    message: str


class RolledBack(Wire):
    """A service that is back at an earlier deploy."""

    service: str
    before: Version
    now: Version
    deploy: str
    status: str
    auto_deploy: Literal["off"] = "off"
    next: list[str]


class AutoDeploy(Wire):
    """What a service deploys by itself: `off`, `commit` or `checksPass`."""

    service: str
    name: str
    trigger: str
