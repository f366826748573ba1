"""To which instants Render can bring the database back, and what was last known of that."""

from dataclasses import dataclass
from datetime import datetime

from app.core.errors import AppError
from app.integrations.render.api import Render
from app.ops.render.rules import recoverable_to
from app.ops.render.schemas import PointInTime, RecoveryStatus

STATUSES: dict[str, RecoveryStatus] = {
    "AVAILABLE": "AVAILABLE",
    "BACKUP_NOT_READY": "BACKUP_NOT_READY",
    "NOT_AVAILABLE": "NOT_AVAILABLE",
}


async def window(render: Render, postgres: str, *, now: datetime) -> PointInTime:
    """Ask Render to which instants it can bring a database back.

    Raises:
        RenderKeyRefused, RenderLacksIt, RenderRefused, RenderBusy, RenderUnreachable, RenderUnintelligible: it did
            not say.
    """
    said = await render.recovery(postgres)
    status = STATUSES.get(said.recovery_status, "UNKNOWN")
    last = recoverable_to(now)
    if status != "AVAILABLE" or said.starts_at is None or said.starts_at > last:
        return PointInTime(status=status, recoverable_from=said.starts_at, age_seconds=0.0)
    return PointInTime(status=status, recoverable_from=said.starts_at, recoverable_to=last, age_seconds=0.0)


@dataclass(slots=True)
class Recoverable:
    """What this process was last told of the window; nothing, where Render is not set up."""

    told: PointInTime | None = None
    told_at: datetime | None = None
    error: str | None = None

    async def ask(self, render: Render, postgres: str, *, now: datetime) -> None:
        """Ask anew; where no answer comes, what was told before stays, and says so."""
        try:
            self.told, self.told_at, self.error = await window(render, postgres, now=now), now, None
        except AppError as failure:
            self.error = failure.code
            self.told = self.told or PointInTime(status="UNKNOWN")

    def known(self, *, now: datetime) -> PointInTime | None:
        """Return what is known with its age; None where Render is not set up, or was not asked yet."""
        if self.told is None:
            return None
        age = None if self.told_at is None else max(0.0, (now - self.told_at).total_seconds())
        return self.told.model_copy(update={"age_seconds": age, "error": self.error})
