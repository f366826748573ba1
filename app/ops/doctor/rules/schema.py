"""Whether the database is at the migration that this code needs, and the settings are such that it can start."""

from collections.abc import Iterator

from app.ops.doctor.rules.facts import Facts, found, word
from app.ops.doctor.rules.findings import Certainty, Finding, Section, Severity
from app.ops.probes.rules import Schema

_UPGRADE = "booking db upgrade"


def schema_findings(facts: Facts) -> Iterator[Finding]:
    """Say when the database lacks migrations, or has such as this code does not know."""
    severity = Severity.degraded if facts.answer("/health/ready").status == 200 else Severity.down
    seen = facts.database
    if seen is not None and seen.schema is not None and seen.revision is None:
        what = "The database has no schema: no migration has run there."
        yield Finding("schema_missing", Severity.down, Certainty.certain, what, _UPGRADE, Section.connections)
    elif seen is not None and seen.schema is Schema.behind:
        what = f"The database is at migration {seen.revision}, behind what this code needs."
        yield Finding("schema_behind", severity, Certainty.certain, what, _UPGRADE, Section.connections)
    elif seen is not None and seen.schema is Schema.ahead:
        what = f"The database is at migration {seen.revision}, which the code here is too old to know."
        step = "Deploy the newer code again; migrations are made so that the version before can still run."
        yield Finding("schema_ahead", Severity.degraded, Certainty.certain, what, step, Section.connections)
    elif seen is None or seen.schema is None:
        yield from _as_the_service_says(facts, severity)


def _as_the_service_says(facts: Facts, severity: Severity) -> Iterator[Finding]:
    ready = facts.answer("/health/ready")
    detailed = facts.answer("/api/health/detailed").said
    known = word(detailed, "database.migration.current") is not None
    at_head = found(detailed, "database.migration.atHead") if known else None
    if ready.said.get("reason") == "migrations_pending" or at_head is False:
        what = "The service finds its database at another migration than its code needs."
        yield Finding("schema_behind", severity, Certainty.certain, what, _UPGRADE, Section.connections)


def settings_findings(facts: Facts) -> Iterator[Finding]:
    """Name each setting that is missing or malformed where the doctor runs."""
    severity = Severity.degraded if facts.alive else Severity.down
    for problem in facts.settings_problems:
        what = f"{problem}. With this environment the service does not start."
        step = "booking settings   # every setting, its default and meaning"
        yield Finding("setting_invalid", severity, Certainty.certain, what, step, Section.connections)
    if not facts.settings_problems and not facts.alive and facts.database is None:
        what = "DATABASE_URL is not set here, so the database could not be asked beside the service."
        yield Finding(
            "database_unknown",
            Severity.note,
            Certainty.certain,
            what,
            f"export DATABASE_URL=...; {facts.again}",
            Section.connections,
        )
