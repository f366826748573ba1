"""Put what was seen together into the answer."""

from datetime import datetime
from typing import Any

from app.core.clock import iso
from app.core.controls import ACTS, Kind
from app.core.migrations import revisions
from app.core.signals import Tally
from app.ops.alerts.rules.catalogue import BY_NAME
from app.ops.database.schemas import PoolReport
from app.ops.database.service import pool
from app.ops.health.errors import ComponentNotFound
from app.ops.health.rules import Overall, Status, Verdict, judge
from app.ops.health.schemas import ComponentHealth, DatabaseHealth, Health, Migration
from app.ops.health.service.looking import Sight
from app.ops.process import Process
from app.ops.schemas import about

POOL_EXHAUSTED = "pool_exhausted"
SERVICES = ("twilio", "vapi", "googleCalendar", "email", "redis")
"""Shown in short, too; the first three are documented."""


def health(process: Process, sight: Sight, *, version: str, now: datetime) -> Health:
    """Return the whole answer."""
    pooled = pool.report(process)
    components = {**sight.components, "database": _with_pool(sight.components["database"], pooled)}
    verdict = _judged(process, components)
    return Health(
        **about(process, now=sight.at, scope="instance"),
        healthy=verdict.overall is Overall.healthy,
        overall=verdict.overall,
        status=verdict.overall,
        uptime_seconds=round(max(0.0, (now - process.started_at).total_seconds()), 1),
        version=version,
        database=_database(components["database"], pooled),
        services={name: str(components[name]["status"]) for name in SERVICES},
        components=dict(components),
        slo=_slo(process, sight),
        alerts=_alerts(sight, verdict),
        incidents=sight.parts.get("incidents") or {"open": []},
        controls=_controls(process, now=now),
        degraded_reasons=list(verdict.reasons),
    )


def component(process: Process, sight: Sight, name: str) -> ComponentHealth:
    """Return the answer for one component.

    Raises:
        ComponentNotFound: there is none of this name.
    """
    if name not in sight.components:
        raise ComponentNotFound
    found = sight.components[name]
    verdict = _judged(process, {name: found})
    return ComponentHealth(
        **about(process, now=sight.at, scope="instance"),
        healthy=verdict.overall is Overall.healthy,
        overall=verdict.overall,
        name=name,
        component=found,
        degraded_reasons=list(verdict.reasons),
    )


def _judged(process: Process, components: Any) -> Verdict:
    return judge(components, production=process.settings.env == "production")


def _database(seen: dict[str, Any], pooled: PoolReport) -> DatabaseHealth:
    head = revisions()[-1]
    return DatabaseHealth(
        status="connected" if seen["status"] in {"operational", "degraded"} else "disconnected",
        latency_ms=seen.get("latencyMs"),
        pool=pooled,
        server_version=seen.get("serverVersion"),
        migration=Migration(**(seen.get("migration") or {"current": None, "head": head, "atHead": False})),
        replication_lag_seconds=seen.get("replicationLagSeconds"),
    )


def _slo(process: Process, sight: Sight) -> dict[str, Any]:
    """Return the objectives as their room knows them, else what this process saw in the last five minutes."""
    told = sight.parts.get("slo")
    if told and "error" not in told:
        return dict(told)
    whole, failed = Tally(), 0
    for key, tally in process.signals.requests.window(pool.MINUTES).items():
        whole.merge(tally)
        failed += tally.count if key.status >= 500 else 0
    return {
        "window": "5m",
        "requests": whole.count,
        "errorRatePercent": round(100 * failed / whole.count, 2) if whole.count else None,
        "p95Ms": _rounded(whole.sketch.quantile(0.95)),
        "p99Ms": _rounded(whole.sketch.quantile(0.99)),
        "availability30dPercent": None,
        "errorBudgetRemainingPercent": None,
    }


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 1)


def _with_pool(seen: dict[str, Any], pooled: PoolReport) -> dict[str, Any]:
    """Return the database's component with what the pool says now: nobody has to be asked for that."""
    if seen["status"] not in {Status.operational, Status.degraded} or not pooled.waiting or pooled.active < pooled.max:
        return seen
    return {**seen, "status": Status.degraded, "reasons": [*seen["reasons"], POOL_EXHAUSTED]}


def _alerts(sight: Sight, verdict: Verdict) -> list[dict[str, Any]]:
    """Return what fires; an exhausted pool at once, before any rule has waited for a second look."""
    told = sight.parts.get("alerts")
    firing = list(told) if isinstance(told, list) else []
    if POOL_EXHAUSTED in verdict.reasons and all(alert.get("rule") != POOL_EXHAUSTED for alert in firing):
        rule = BY_NAME[POOL_EXHAUSTED]
        seen = {"severity": rule.steps[0].severity.name, "summary": "Requests wait for a database connection"}
        firing.append({"rule": rule.name, **seen, "since": iso(sight.at), "next": list(rule.commands)})
    return firing


def _controls(process: Process, *, now: datetime) -> dict[str, Any]:
    """Return what operators have set for a while."""
    overrides = [
        {"kind": each.kind, "target": each.target, "value": each.value, "expiresAt": each.expires_at}
        for kind in Kind
        if kind not in ACTS
        for each in process.controls.in_force(kind, now=now)
    ]
    return {"maintenance": "off", "disabledFeatures": [], "overrides": overrides}
