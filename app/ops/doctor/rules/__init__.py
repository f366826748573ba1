"""From what was seen to what is wrong: pure, a finding from each rule that has something to say."""

from collections.abc import Callable, Iterable

from app.ops.doctor.rules import database, load, reaching, schema, signs, work
from app.ops.doctor.rules.facts import Facts
from app.ops.doctor.rules.findings import Finding

RULES: tuple[Callable[[Facts], Iterable[Finding]], ...] = (
    schema.settings_findings,
    reaching.service_findings,
    database.database_findings,
    schema.schema_findings,
    reaching.key_findings,
    signs.alert_findings,
    load.pool_findings,
    load.connection_findings,
    load.blocking_findings,
    load.slow_findings,
    load.process_findings,
    work.job_findings,
    work.backup_findings,
    signs.component_findings,
    signs.limit_findings,
    signs.cache_findings,
    reaching.gaps,
)


def diagnose(facts: Facts) -> list[Finding]:
    """Return what is wrong, the worst first, and of equally bad things the cause before its consequences."""
    findings = [finding for rule in RULES for finding in rule(facts)]
    return sorted(findings, key=lambda finding: -finding.severity)
