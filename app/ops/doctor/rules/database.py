"""Whether the database can be reached: as the service sees it, and as seen from here."""

from collections.abc import Iterator

from app.ops.doctor.rules.facts import Facts
from app.ops.doctor.rules.findings import Certainty, Finding, Section, Severity
from app.ops.doctor.rules.refusals import cause

OLDEST_SERVER = 15
_FROM_HERE = " From here it answers: look at the network between them, and at the service's DATABASE_URL."
_SERVED = " The service reaches its own, so DATABASE_URL differs here, or only new connections are refused."


def database_findings(facts: Facts) -> Iterator[Finding]:
    """Say whether the database can be reached."""
    seen = facts.database
    if seen is not None and not seen.reached:
        why = cause(seen)
        severity = Severity.degraded if facts.serving else Severity.down
        what = why.what + (_SERVED if facts.serving else "")
        yield Finding(why.code, severity, why.certainty, what, why.step, Section.connections)
    elif facts.alive and facts.answer("/health/lb").said.get("reason") == "database_unavailable":
        what = "The service does not reach its database." + ("" if seen is None else _FROM_HERE)
        step = facts.ask("/api/health/detailed?component=database")
        yield Finding("database_unavailable", Severity.down, Certainty.certain, what, step, Section.connections)
    if seen is not None and seen.version is not None and seen.version // 10_000 < OLDEST_SERVER:
        what = f"PostgreSQL {seen.version // 10_000} is too old; {OLDEST_SERVER} to 18 are supported."
        step = "Upgrade the server."
        yield Finding("database_too_old", Severity.degraded, Certainty.certain, what, step, Section.connections)
