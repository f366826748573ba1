"""What detailed health is told of objectives, read every 15 s at most however often it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.ops.process import Process
from app.ops.samples.service import tallies
from app.ops.slo.rules import DAY, MINUTE, Traffic
from app.ops.slo.service import keeping, windows

FRESH, LONG_FRESH = timedelta(seconds=15), timedelta(minutes=5)
"""Of the last five minutes, and of 30 days: adding up a month takes the database half a second."""


@dataclass(slots=True)
class Summary:
    """The objectives in brief, as they were last read."""

    process: Process
    read_at: datetime | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    month: Mapping[str, Traffic] = field(default_factory=dict)
    month_read_at: datetime | None = None

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
            if self.month_read_at is None or abs(now - self.month_read_at) >= LONG_FRESH:
                self.month = await windows.of_all(session, {keeping.ASKED: 30 * DAY}, now=now)
                self.month_read_at = now
            since = windows.begins(now, 5 * MINUTE)
            return keeping.Kept(self.month, await tallies(session, "requests", since=since))


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
