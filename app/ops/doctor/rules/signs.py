"""What the service itself complains of: alerts, caches, limits, components."""

from collections.abc import Iterator, Mapping

from app.ops.doctor.rules.facts import Facts, found, items, number, texts, word, words
from app.ops.doctor.rules.findings import Certainty, Finding, Section, Severity

MOST_ALERTS = 10
_NOT_THERE = "_not_configured"
TOLD_APART = frozenset({"database", "cache", "jobs", "backup", "eventLoop", "memory"})
"""Components of which other findings speak."""


def alert_findings(facts: Facts) -> Iterator[Finding]:
    """Repeat each alert that fires, with its own next command."""
    said = facts.answer("/api/alerts").said
    for alert in items(said, "firing")[:MOST_ALERTS]:
        muted = alert.get("muted") is not None
        severity = Severity.note if muted else Severity.degraded
        rule, summary = words(alert.get("rule"), most=60), words(alert.get("summary"))
        what = f"Alert {rule} fires{', muted' if muted else ''}: {summary}"
        steps = alert.get("next")
        others = [each for each in steps if each != "booking ops doctor"] if isinstance(steps, list) else []
        step = words(others[0], most=300) if others else facts.ask("/api/alerts")
        section = words(alert.get("runbookSection") or Section.alerts, most=80)
        yield Finding("alert_firing", severity, Certainty.certain, what, step, section)
    lost = number(said, "delivery.failedLastDay")
    if lost:
        what = f"{lost:g} messages about alerts could not be delivered in the last 24 hours."
        step = facts.ask("/api/alerts") + "   # delivery, and the pages of each alert"
        yield Finding("pages_lost", Severity.degraded, Certainty.certain, what, step, Section.alerts)


def cache_findings(facts: Facts) -> Iterator[Finding]:
    """Say when the caches do not serve; a cold one is only worth knowing."""
    said = facts.answer("/api/cache/stats").said
    rate = number(said, "hitRate5mPercent")
    if found(said, "alert.firing") is True:
        share = "too little" if rate is None else f"{rate:.0f} %"
        what = f"The caches answer {share} of what is asked of them; 70 % is usual."
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
    """Name the other components that the service finds unwell, and what production lacks."""
    said = facts.answer("/api/health/detailed").said
    lacking = [code for code in texts(said, "degradedReasons") if code.endswith(_NOT_THERE)]
    if lacking:
        names = ", ".join(code.removesuffix(_NOT_THERE) for code in lacking)
        what = f"Not set up, and expected in production: {names}."
        step = "booking settings   # every setting, its default and meaning"
        yield Finding("not_configured", Severity.degraded, Certainty.certain, what, step, Section.errors)
    components = said.get("components")
    for name, component in components.items() if isinstance(components, Mapping) else ():
        status = word(component, "status") if isinstance(component, Mapping) else None
        if name not in TOLD_APART and status in {"degraded", "down"}:
            what = f"The service finds {words(name, most=40)} {status}."
            step = facts.ask(f"/api/health/detailed?component={words(name, most=40)}")
            yield Finding("component_unwell", Severity.degraded, Certainty.certain, what, step, Section.errors)
