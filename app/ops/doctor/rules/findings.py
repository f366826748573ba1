"""A finding: what the doctor says, as data."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, IntEnum


class Severity(IntEnum):
    """How bad it is; the worst one is the command's exit code."""

    note = 0
    degraded = 1
    down = 2


class Certainty(Enum):
    """How sure it is: seen directly, the usual cause of what was seen, or one of several."""

    certain = "certain"
    likely = "likely"
    possible = "possible"


class Section:
    """Headings of the runbook."""

    pool = "High Connection Pool Utilization"
    connections = "Database Connection Failures"
    queries = "Query Performance Issues"
    errors = "High Error Rates"
    slow = "Slow Response Times"
    memory = "Memory Leaks"
    cpu = "CPU Spikes"
    backups = "Automated Backups"
    failure = "Complete System Failure"
    alerts = "Alert Thresholds"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing; `next` is a command or the step to take."""

    code: str
    severity: Severity
    certainty: Certainty
    what: str
    next: str
    runbook: str


def worst(findings: Iterable[Finding]) -> Severity:
    """Return the worst severity; a note where there is nothing."""
    return max((finding.severity for finding in findings), default=Severity.note)
