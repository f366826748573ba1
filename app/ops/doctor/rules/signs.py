"""What the service itself complains of: alerts, backups, jobs, caches, limits, components."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.ops.doctor.rules.facts import Facts, found, items, number, word, words
from app.ops.doctor.rules.findings import Certainty, Finding, Section, Severity

MOST_ALERTS = 10
WAITED_TOO_LONG_SECONDS = 300
TOLD_APART = frozenset({"database", "cache", "jobs", "backup", "backups", "eventLoop", "memory"})
"""Components of which other findings speak."""


def alert_findings(facts: Facts) -> Iterator[Finding]:
    """Repeat each alert that fires, with its own next command."""
    said = facts.answer("/api/alerts").said
    firing = items(said, "firing") or [each for each in items(said, "alerts") if each.get("state") == "firing"]
    for alert in firing[:MOST_ALERTS]:
        name = words(alert.get("rule") or alert.get("name") or alert.get("id"), most=60)
        what = f"Alert {name} fires: {words(_first(alert, 'summary', 'message', 'what'))}"
        step = words(_first(alert, "nextCommand", "next", "command") or facts.ask("/api/alerts"))
        section = words(_first(alert, "runbookSection", "runbook", "section") or Section.alerts, most=80)
        yield Finding("alert_firing", Severity.degraded, Certainty.certain, what, step, section)


def backup_findings(facts: Facts) -> Iterator[Finding]:
    """Say when there is no proven backup, or only an old one."""
    said = facts.answer("/api/backup-status").said
    if word(said, "status") not in {"error", "warning"}:
        return
    problems = items(said, "problems")
    age = number(said, "backup.ageSeconds")
    code = "backup_missing" if age is None else "backup_stale"
    known = f" The last one is {age / 3600:.0f} h old." if age is not None else ""
    what = words(
        problems[0].get("hint") if problems else said.get("message", "The backups are not in order."), most=300
    )
    yield Finding(
        code, Severity.degraded, Certainty.certain, what + known, facts.ask("/api/backup-status"), Section.backups
    )


def job_findings(facts: Facts) -> Iterator[Finding]:
    """Say when jobs were given up, or nobody works on them."""
    seen = facts.database
    if seen is not None and seen.schema is not None and seen.revision is None:
        return
    if seen is None or seen.schema is None:
        status = word(facts.answer("/api/health/detailed").said, "components.jobs.status")
        if status in {"degraded", "down"}:
            what = f"The service finds its jobs {status}."
            yield Finding(
                "jobs_troubled", Severity.degraded, Certainty.certain, what, "booking jobs list", Section.errors
            )
        return
    if seen.held_jobs:
        what = f"{seen.held_jobs} jobs were given up and are held for a person."
        yield Finding("jobs_held", Severity.degraded, Certainty.certain, what, "booking jobs list", Section.errors)
    worked, waited = seen.worked_seconds, seen.waiting_seconds
    if worked is None or worked > WAITED_TOO_LONG_SECONDS:
        ago = "ever" if worked is None else f"for {worked / 60:.0f} minutes"
        what = f"No worker has begun a periodic task {ago}: holds do not expire and nothing is sent."
        yield Finding("worker_gone", Severity.degraded, Certainty.likely, what, "booking worker", Section.errors)
    elif waited is not None and waited > WAITED_TOO_LONG_SECONDS:
        what = f"A job has waited for {waited / 60:.0f} minutes: the workers do not keep up."
        yield Finding("jobs_late", Severity.degraded, Certainty.certain, what, "booking jobs list", Section.errors)


def cache_findings(facts: Facts) -> Iterator[Finding]:
    """Say when the caches do not serve; a cold one is only worth knowing."""
    said = facts.answer("/api/cache/stats").said
    rate = number(said, "hitRatePercent")
    if word(said, "state") == "warm" and rate is not None and rate < 70:
        what = f"The caches answer {rate:.0f} % of what is asked of them; 70 is usual."
        step = facts.ask("/api/cache/stats")
        yield Finding("cache_misses", Severity.degraded, Certainty.likely, what, step, Section.slow)
    elif word(said, "state") in {"cold", "warming"}:
        what = "The caches are not warm yet; the first requests after a start or a clearing are slower."
        yield Finding("cache_cold", Severity.note, Certainty.certain, what, facts.ask("/api/cache/stats"), Section.slow)


def limit_findings(facts: Facts) -> Iterator[Finding]:
    """Say when requests are refused for their number, or each process counts alone."""
    said = facts.answer("/api/rate-limit/status").said
    step = facts.ask("/api/rate-limit/status")
    if said and (found(said, "storage.healthy") is False or found(said, "storage.fallback")):
        what = "The shared counters (REDIS_URL) are away: each process counts alone, so limits are looser."
        yield Finding("limits_alone", Severity.degraded, Certainty.certain, what, step, Section.errors)
    rejected = number(said, "systemStats.rejected5m")
    if rejected:
        what = f"{rejected:g} requests were over their limit in the last 5 minutes."
        yield Finding("limits_refuse", Severity.note, Certainty.possible, what, step, Section.errors)


def component_findings(facts: Facts) -> Iterator[Finding]:
    """Name the other components that the service finds unwell."""
    components = facts.answer("/api/health/detailed").said.get("components")
    for name, component in components.items() if isinstance(components, Mapping) else ():
        status = word(component, "status") if isinstance(component, Mapping) else None
        if name not in TOLD_APART and status in {"degraded", "down"}:
            what = f"The service finds {words(name, most=40)} {status}."
            step = facts.ask(f"/api/health/detailed?component={words(name, most=40)}")
            yield Finding("component_unwell", Severity.degraded, Certainty.certain, what, step, Section.errors)


def _first(alert: Mapping[str, Any], *names: str) -> Any:
    return next((alert[name] for name in names if alert.get(name)), "")
