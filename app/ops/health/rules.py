"""From the parts to the whole: what makes the service degraded or unhealthy."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal


class Status(StrEnum):
    """How one component is."""

    operational = "operational"
    degraded = "degraded"
    down = "down"
    unknown = "unknown"
    not_configured = "not_configured"


class Overall(StrEnum):
    """How the service is."""

    healthy = "healthy"
    degraded = "degraded"
    unhealthy = "unhealthy"


ESSENTIAL = frozenset({"database"})
"""Without these no request can be served."""
EXPECTED = frozenset({"twilio", "vapi", "googleCalendar"})
"""Production is not whole without them; elsewhere, and for all others, not being set up is no trouble."""
OF_PRODUCTION = frozenset({"backup"})
"""A laptop has none, and loses nothing by it."""

_WELL = {Status.operational, Status.not_configured, "healthy", "info"}
"""`healthy`, `info`, `warning` and `error` are what a backup says of itself."""

LAG_MS = 500.0
"""At the 99th percentile: then every other request is late, whatever it asks."""
MEMORY_PERCENT = 80.0
DISK_PERCENT = 5.0
"""Less free space degrades."""
PENDING_SECONDS = 300.0
LATE_SECONDS = 120.0
"""A periodic task may begin so long after it is due."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the service is, and why not better: codes `<component>_<status>`, or those that a component gives."""

    overall: Overall
    reasons: tuple[str, ...]


def judge(components: Mapping[str, Mapping[str, Any]], *, production: bool) -> Verdict:
    """Return how the service is, given its components."""
    reasons: list[str] = []
    for name, component in components.items():
        if _counts(name, component["status"], production=production):
            reasons += component.get("reasons") or [f"{_snake(name)}_{component['status']}"]
    broken = any(components[name]["status"] in {Status.down, Status.unknown} for name in ESSENTIAL & components.keys())
    overall = Overall.unhealthy if broken else Overall.degraded if reasons else Overall.healthy
    return Verdict(overall, tuple(reasons))


def _counts(name: str, status: str, *, production: bool) -> bool:
    if status == Status.not_configured:
        return production and name in EXPECTED
    return status not in _WELL and (production or name not in OF_PRODUCTION)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def fails(overall: Overall, *, strict: bool) -> bool:
    """Return whether a monitor should be told by the status code: when unhealthy; strictly, when degraded too."""
    return overall is Overall.unhealthy or (strict and overall is Overall.degraded)


def heartbeat(*, overdue_seconds: float, error_code: str | None) -> Literal["up", "late", "down"]:
    """Return the state of a periodic task that has run: `up`, `late` (nobody began it in time), `down` (it failed)."""
    if overdue_seconds > LATE_SECONDS:
        return "late"
    return "up" if error_code is None else "down"
