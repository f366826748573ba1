"""Tell what is wrong and which rules there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.controls import Control, Controls
from app.core.controls import Kind as Controlled
from app.core.direct import fetch_first
from app.ops.alerts.rules.catalogue import BY_NAME
from app.ops.alerts.rules.lives import Alert, Status
from app.ops.alerts.rules.pages import Page, anchor, summary
from app.ops.alerts.rules.terms import Measure, Rule, Step
from app.ops.alerts.schemas import AlertOut, Mute, PageOut, RuleOut, StepOut
from app.ops.alerts.service import storing
from app.ops.alerts.service.watching import Watch
from app.ops.samples.service import ALIVE

MOST_RESOLVED = 200
LAST_DAY = timedelta(days=1)

_LEADER = """
SELECT instance, pid, state -> 'alerts' ->> 'evaluated_at' AS evaluated_at FROM processes
WHERE seen_at > $1 AND state -> 'alerts' ->> 'standing' = 'leads' ORDER BY seen_at DESC LIMIT 1
"""
_ENDED = text("""
SELECT count(*) FILTER (WHERE status = 'pending'), count(*) FILTER (WHERE status = 'failed'),
       count(*) FILTER (WHERE status = 'delivered')
FROM alert_pages WHERE created_at > :since
""")


@dataclass(slots=True)
class State:
    """All that is known of alerts; `counts` are messages that are pending, failed and delivered."""

    standing: Sequence[Alert]
    resolved: Sequence[Alert]
    pages: Sequence[Page]
    counts: tuple[int, int, int]
    leader: Mapping[str, Any] = field(default_factory=dict)


async def of_all(session: AsyncSession, *, now: datetime) -> State:
    """Return what the table says."""
    standing = list((await storing.standing(session)).values())
    resolved = await storing.resolved(session, since=now - LAST_DAY, limit=MOST_RESOLVED)
    pending, failed, delivered = (await session.execute(_ENDED, {"since": now - LAST_DAY})).one()
    leader = await fetch_first(session, _LEADER, now - ALIVE)
    pages = await storing.pages_of(session, [*standing, *resolved])
    return State(standing, resolved, pages, (pending, failed, delivered), dict(leader or {}))


def of_process(watch: Watch, *, now: datetime) -> State:
    """Return what one process knows, while the database is away."""
    pages = watch.known_pages()
    statuses = [page.status for page in pages]
    counts = (statuses.count("pending"), statuses.count("failed"), statuses.count("delivered"))
    over = [alert for alert in watch.over.values() if alert.resolved_at and now - alert.resolved_at < LAST_DAY]
    return State(list(watch.alerts.values()), over, pages, counts)


def mutes(controls: Controls, *, now: datetime) -> dict[str, Mute]:
    """Return which rules are mute."""
    return {each.target: shown(each) for each in reversed(controls.in_force(Controlled.mute, now=now))}


def shown(control: Control) -> Mute:
    """Return a mute as it is shown."""
    return Mute(reason=control.reason, actor=control.actor, since=control.created_at, expires_at=control.expires_at)


def alerts_out(
    alerts: Sequence[Alert], pages: Sequence[Page], muted: Mapping[str, Mute], runbook: str
) -> list[AlertOut]:
    """Return alerts as they are shown, the worst first; rules that there are no more are left out."""
    known = [alert for alert in alerts if alert.rule in BY_NAME]
    known.sort(key=lambda alert: (-alert.severity, alert.began_at))
    return [_alert_out(alert, pages, muted.get(alert.rule), runbook) for alert in known]


def _alert_out(alert: Alert, pages: Sequence[Page], muted: Mute | None, runbook: str) -> AlertOut:
    rule = BY_NAME[alert.rule]
    names = ("id", "kind", "status", "attempts", "created_at", "ended_at", "error")
    return AlertOut(
        id=alert.id,
        rule=alert.rule,
        severity=alert.severity.name,
        status=alert.status.value,
        summary=summary(alert, rule),
        value=round(alert.value, 3),
        unit=rule.unit,
        facts=dict(alert.facts),
        since=alert.began_at,
        fired_at=alert.fired_at,
        calm_since=alert.calm_since if alert.status is Status.firing else None,
        resolved_at=alert.resolved_at,
        seen_at=alert.seen_at,
        muted=muted,
        runbook_section=rule.section,
        runbook_url=anchor(rule, runbook),
        next=list(rule.commands),
        pages=[
            PageOut.model_validate({name: getattr(page, name) for name in names})
            for page in pages
            if page.alert_id == alert.id
        ],
    )


def rule_out(rule: Rule, measure: Measure | None, muted: Mute | None, runbook: str) -> RuleOut:
    """Return a rule as it is shown, with what it is held against now."""
    severity = rule.severity(measure) if measure is not None else None
    value = measure.value if measure is not None else None
    return RuleOut(
        name=rule.name,
        title=rule.title,
        unit=rule.unit,
        steps=[_step_out(rule, step) for step in rule.steps],
        evaluations=rule.evaluations,
        calm_seconds=rule.calm_seconds,
        floor=rule.floor,
        known=measure is not None,
        value=None if value is None else round(value, 3),
        enough=measure is not None and measure.enough,
        severity=severity.name if severity is not None else None,
        facts=dict(measure.facts) if measure is not None else {},
        muted=muted,
        runbook_section=rule.section,
        runbook_url=anchor(rule, runbook),
        next=list(rule.commands),
    )


def _step_out(rule: Rule, step: Step) -> StepOut:
    comparison = ("at_or_" if step.reaches else "") + ("below" if rule.falls else "above")
    release = round(step.bound * rule.release, 3)
    return StepOut.model_validate(
        {"severity": step.severity.name, "comparison": comparison, "bound": step.bound, "release": release}
    )
