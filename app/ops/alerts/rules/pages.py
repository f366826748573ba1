"""What people are told of an alert, and how often it is tried."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.ops.alerts.rules.lives import Alert, Kind, Status
from app.ops.alerts.rules.terms import Measure, Rule

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900))
"""Before each further attempt; after the last one it is given up."""


@dataclass(frozen=True, slots=True)
class Page:
    """One message. `body` is what is sent, byte by byte, so a repetition is one."""

    id: UUID
    alert_id: UUID
    kind: Kind
    body: str
    created_at: datetime
    status: str = "pending"
    """`pending`, `delivered`, `failed` (given up) or `logged` (there is nowhere to send it)."""
    attempts: int = 0
    next_at: datetime | None = None
    ended_at: datetime | None = None
    error: str | None = None

    def delivered(self, now: datetime) -> "Page":
        """Return it after an attempt that was taken."""
        return replace(self, status="delivered", attempts=self.attempts + 1, ended_at=now, error=None)

    def logged(self) -> "Page":
        """Return it where there is nowhere to send it: its line in the log is all."""
        return replace(self, status="logged", ended_at=self.created_at)

    def refused(self, error: str, now: datetime) -> "Page":
        """Return it after an attempt that was not."""
        attempts = self.attempts + 1
        if attempts > len(PAUSES):
            return replace(self, status="failed", attempts=attempts, ended_at=now, error=error)
        return replace(self, attempts=attempts, next_at=now + PAUSES[attempts - 1], error=error)


def told(number: float) -> str:
    """Return a value as people read it: at most two decimals."""
    return f"{number:,.2f}".rstrip("0").rstrip(".")


def summary(alert: Alert, rule: Rule) -> str:
    """Return what is wrong in a sentence; where the value is back within its bounds, what is not so any longer."""
    if alert.status is Status.resolved or rule.severity(Measure(alert.value), standing=alert.severity) is None:
        return f"No longer: {rule.wrong}"
    value = told(alert.value)
    return rule.single if rule.single and value == "1" else rule.title.format(value=value)


def anchor(rule: Rule, runbook: str) -> str:
    """Return where the rule stands in the operations manual."""
    return f"{runbook}#{rule.name}"


def compose(alert: Alert, rule: Rule, kind: Kind, *, page_id: UUID, now: datetime, origin: Mapping[str, Any]) -> Page:
    """Return the message about an alert; `origin` tells which service says so, and where its manual is (`runbook`)."""
    sentence, severity = summary(alert, rule), alert.severity.name
    heading = "RESOLVED" if kind is Kind.resolved else severity.upper()
    data = {
        **{"id": str(alert.id), "rule": alert.rule, "severity": severity, "status": alert.status},
        **{"summary": sentence, "value": alert.value, "unit": rule.unit, "facts": dict(alert.facts)},
        **{"since": _iso(alert.began_at), "firedAt": _iso(alert.fired_at), "resolvedAt": _iso(alert.resolved_at)},
        **{"runbookSection": rule.section, "runbookUrl": anchor(rule, origin["runbook"]), "next": list(rule.commands)},
        **{name: value for name, value in origin.items() if name != "runbook"},
    }
    body = {"type": f"alert.{kind}", "timestamp": _iso(now), "text": f"[{heading}] {sentence}", "data": data}
    return Page(page_id, alert.id, kind, json.dumps(body), now)


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
