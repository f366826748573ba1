"""How an alert lives: pending, firing, resolved; and when somebody is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.ops.alerts.rules.terms import Measure, Rule, Severity


class Status(StrEnum):
    """How far an alert is."""

    pending = "pending"
    firing = "firing"
    resolved = "resolved"


class Kind(StrEnum):
    """What a message is about."""

    fired = "fired"
    raised = "raised"
    resolved = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    """One spell of a rule. `value` is the latest; `severity` of a pending one is what it would fire as."""

    id: UUID
    rule: str
    status: Status
    severity: Severity
    value: float
    began_at: datetime
    seen_at: datetime
    """When it was last evaluated."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    streaks: tuple[int, ...] = (0, 0, 0)
    """Evaluations in a row that were as bad as info, warning, critical, or worse."""
    fired_at: datetime | None = None
    calm_since: datetime | None = None
    resolved_at: datetime | None = None
    told: Severity | None = None
    """The severity that people were told of; None: they know nothing of this alert."""


def advance(standing: Alert | None, rule: Rule, measure: Measure, *, now: datetime, new_id: UUID) -> Alert | None:
    """Return a rule's alert after one more evaluation; None where nothing was wrong, nor is.

    One that was resolved is over: pass None after it.
    """
    severity = rule.severity(measure)
    if standing is None:
        if severity is None:
            return None
        standing = Alert(new_id, rule.name, Status.pending, severity, 0.0, now, now)
    streaks = tuple(
        streak + 1 if severity is not None and severity >= each else 0
        for each, streak in zip(Severity, standing.streaks, strict=True)
    )
    value = standing.value if measure.value is None else measure.value
    alert = replace(standing, streaks=streaks, value=value, facts=measure.facts, seen_at=now)
    held = [each for each, streak in zip(Severity, streaks, strict=True) if streak >= rule.evaluations]
    reached = max(held, default=None)
    if alert.status is Status.pending:
        if reached is not None:
            return replace(alert, status=Status.firing, severity=reached, fired_at=now)
        return None if severity is None else replace(alert, severity=severity)
    if reached is not None and reached > alert.severity:
        return replace(alert, severity=reached, calm_since=None)
    return _calmed(alert, rule, measure, now)


def _calmed(alert: Alert, rule: Rule, measure: Measure, now: datetime) -> Alert:
    """Return a firing alert, less severe or resolved if it has been calm for long enough."""
    held = rule.severity(measure, standing=alert.severity)
    if held is not None and held >= alert.severity:
        return replace(alert, calm_since=None)
    since = alert.calm_since or now
    if now - since < timedelta(seconds=rule.calm_seconds):
        return replace(alert, calm_since=since)
    if held is None:
        return replace(alert, status=Status.resolved, calm_since=since, resolved_at=now)
    told = None if alert.told is None else min(alert.told, held)
    return replace(alert, severity=held, calm_since=None, told=told)


def due(alert: Alert, *, muted: bool) -> Kind | None:
    """Return what people are to be told of an alert now: once a severity, and of its end if they know of it.

    While it is mute nobody is told; of what then still fires they are told when that is over.
    """
    if muted or alert.status is Status.pending:
        return None
    if alert.status is Status.resolved:
        return None if alert.told is None else Kind.resolved
    if alert.told is None:
        return Kind.fired
    return Kind.raised if alert.severity > alert.told else None
