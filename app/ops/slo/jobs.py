"""What detailed health is told of objectives, read at most every 15 s however often it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.ops.process import Process
from app.ops.slo.service import keeping

FRESH = timedelta(seconds=15)


@dataclass(slots=True)
class Summary:
    """The objectives in brief, as they were last read."""

    process: Process
    read_at: datetime | None = None
    told: Mapping[str, Any] = field(default_factory=dict)

    async def read(self, now: datetime) -> Mapping[str, Any]:
        """Return them; of this process alone while the database is away.

        Raises:
            SQLAlchemyError, OSError: the database went away just now.
        """
        if self.read_at is None or abs(now - self.read_at) >= FRESH:
            self.told, self.read_at = brief(await self._kept(now)), now
        return self.told

    async def _kept(self, now: datetime) -> keeping.Kept:
        if not (await self.process.lifeline.check()).up:
            return keeping.of_process(self.process.signals, minutes=5)
        async with self.process.sessions() as session:
            return await keeping.of_all(session, minutes=5, days=30, now=now)


def brief(kept: keeping.Kept) -> dict[str, Any]:
    """Return the last five minutes and the last 30 days in a few numbers."""
    overall, _ = keeping.speeds(kept)
    whole = keeping.availability(kept, 30)
    return {
        "window": "5m",
        "requests": overall.requests,
        "errorRatePercent": overall.error_rate_percent,
        "p95Ms": overall.p95_ms,
        "p99Ms": overall.p99_ms,
        "availability30dPercent": whole.availability_percent if whole else None,
        "errorBudgetRemainingPercent": whole.error_budget_remaining_percent if whole else None,
    }


def attend(process: Process) -> None:
    """Have detailed health tell of objectives."""
    process.parts["slo"] = Summary(process).read
