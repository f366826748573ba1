"""What works beside the requests: jobs, the worker, backups."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.ops.backups.rules import RPO_SECONDS
from app.ops.doctor.rules.facts import DatabaseSeen, Facts, found, items, number, texts, word, words
from app.ops.doctor.rules.findings import Certainty, Finding, Section, Severity

TOO_LONG_SECONDS = 300
"""The most frequent periodic task runs every minute."""
_LIST = "booking jobs list"


def job_findings(facts: Facts) -> Iterator[Finding]:
    """Say when jobs were given up, or nobody works on them: as the database shows, else as the service tells."""
    seen = facts.database
    if seen is None or seen.schema is None:
        yield from _as_the_service_tells(found(facts.answer("/api/health/detailed").said, "components.jobs"))
    elif seen.revision is not None:
        yield from _as_the_database_shows(seen)


def _as_the_database_shows(seen: DatabaseSeen) -> Iterator[Finding]:
    if seen.held_jobs:
        what = f"{seen.held_jobs} jobs were given up and are held for a person."
        yield Finding("jobs_held", Severity.degraded, Certainty.certain, what, _LIST, Section.errors)
    worked, waited = seen.worked_seconds, seen.waiting_seconds
    if worked is None or worked > TOO_LONG_SECONDS:
        since = "No worker has ever begun" if worked is None else f"For {worked / 60:.0f} minutes no worker has begun"
        what = f"{since} a periodic task: holds do not expire and nothing is sent."
        yield Finding("worker_gone", Severity.degraded, Certainty.likely, what, "booking worker", Section.errors)
    elif waited is not None and waited > TOO_LONG_SECONDS:
        what = f"A job has waited for {waited / 60:.0f} minutes: the workers do not keep up."
        yield Finding("jobs_late", Severity.degraded, Certainty.certain, what, _LIST, Section.errors)


def _as_the_service_tells(jobs: Any) -> Iterator[Finding]:
    if isinstance(jobs, Mapping) and word(jobs, "status") in {"degraded", "down"}:
        codes = ", ".join(texts(jobs, "reasons")[:5])
        what = f"The service finds its jobs {word(jobs, 'status')}: {codes or 'it does not say why'}."
        yield Finding("jobs_troubled", Severity.degraded, Certainty.certain, what, _LIST, Section.errors)


def backup_findings(facts: Facts) -> Iterator[Finding]:
    """Say when there is no backup, an old one, or one that proves nothing; where none counts it is worth knowing."""
    said = facts.answer("/api/backup-status").said
    if word(said, "status") not in {"error", "warning"}:
        return
    problems, age = items(said, "problems"), number(said, "backup.ageSeconds")
    hint = problems[0].get("hint") if problems else said.get("message", "The backups are not in order.")
    others = len(problems) - 1
    known = (f" The last one is {age / 3600:.0f} h old." if age is not None else "") + (
        f" And {others} more." if others > 0 else ""
    )
    code = "backup_missing" if age is None else "backup_stale" if age > RPO_SECONDS else "backup_unwell"
    step = facts.ask("/api/backup-status")
    what = words(hint, most=300) + known
    severity = Severity.degraded if _backups_count(facts) else Severity.note
    yield Finding(code, severity, Certainty.certain, what, step, Section.backups)


def _backups_count(facts: Facts) -> bool:
    """Return whether the service counts it that its backups are not in order; what it does not tell counts."""
    detailed = facts.answer("/api/health/detailed").said
    reasons = texts(detailed, "components.backup.reasons")
    return not reasons or bool({*reasons} & {*texts(detailed, "degradedReasons")})
