"""Which requests count, and what of the promise is left: pure arithmetic on tallies of requests.

Good / valid events as the SRE workbook has them ("Implementing SLOs", "Alerting on SLOs"): what the caller got wrong
(4xx, 429 among them) is no valid event, and what machines and operators ask about the service is none either.
"""

from collections.abc import Iterable
from dataclasses import dataclass

OBJECTIVE_PERCENT = 99.9
"""So much of all valid requests is to be answered without a failure of ours, over 30 days."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400
WINDOWS = {"5m": 5 * MINUTE, "30m": 30 * MINUTE, "1h": HOUR, "6h": 6 * HOUR, "3d": 3 * DAY, "30d": 30 * DAY}
"""The windows that burn rates are told for, in seconds."""

OPERATIONAL = (
    *("/health/", "/metrics", "/api/health/", "/api/database/", "/api/performance/", "/api/cache/", "/api/rate-limit/"),
    *("/api/backup-status", "/api/backups", "/api/errors", "/api/diagnostics/", "/api/alerts", "/api/slo"),
    *("/api/integrity", "/api/outbound", "/api/jobs"),
)
"""What the paths of operational routes begin with: a 503 of theirs is a true report, not a failed request."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Valid requests of some time, and how many of them failed."""

    valid: int = 0
    failed: int = 0

    @property
    def error_percent(self) -> float | None:
        """The share that failed, in percent; None where there was none."""
        return 100 * self.failed / self.valid if self.valid else None

    @property
    def burn_rate(self) -> float | None:
        """How many times faster than allowed the error budget is used up; 1 uses it up in just 30 days."""
        return None if self.error_percent is None else self.error_percent / (100 - OBJECTIVE_PERCENT)

    @property
    def budget_left_percent(self) -> float | None:
        """What is left of the error budget of this time; negative where more was used than there was."""
        return None if self.burn_rate is None else 100 * (1 - self.burn_rate)


def is_valid(key: str) -> bool:
    """Return whether requests count that were tallied under `METHOD /template STATUS`."""
    _, route, status = key.rsplit(" ", 2)
    return not status.startswith("4") and not route.startswith(OPERATIONAL)


def traffic(counts: Iterable[tuple[str, int, int]]) -> Traffic:
    """Return the valid requests among `(key, count, failed)`."""
    valid = failed = 0
    for key, count, wrong in counts:
        if is_valid(key):
            valid += count
            failed += wrong
    return Traffic(valid, failed)
