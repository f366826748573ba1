"""Whether the database can be reached, and why not: what each refusal means."""

from collections.abc import Iterator

from app.ops.doctor.rules.facts import DatabaseSeen, Facts, Failure
from app.ops.doctor.rules.findings import Certainty, Finding, Section, Severity

OLDEST_SERVER = 15
_DASHBOARD = (
    "See the database in Render's dashboard: a free one is suspended 30 days after it was made; resume or upgrade it."
)
_VARIABLE = "Correct DATABASE_URL (Render: the database's internal URL) and deploy again."
_IS_READY = "Start the server at {place} (pg_isready tells when it is there), or correct DATABASE_URL."
_TRY = 'psql "$DATABASE_URL" -c "SELECT 1"'

Cause = tuple[str, Certainty, str, str]

_BY_STATE: dict[str, Cause] = {
    "28P01": (
        "database_password_refused",
        Certainty.certain,
        "The database refuses the password of DATABASE_URL.",
        _VARIABLE,
    ),
    "28000": (
        "database_user_refused",
        Certainty.certain,
        "The database does not let this user in from here.",
        _VARIABLE,
    ),
    "3D000": (
        "database_missing",
        Certainty.certain,
        "The server has no database of the name in DATABASE_URL.",
        _VARIABLE,
    ),
    "53300": (
        "database_full",
        Certainty.certain,
        "The database has no free connection left (too many clients).",
        "Lower DB_POOL_MAX or the number of instances; see GET /api/database/connection-limit for who holds them.",
    ),
    "57P03": (
        "database_not_accepting",
        Certainty.certain,
        "The database server runs and takes no connections: it starts, stops, recovers, or is paused.",
        "Wait a minute and look again; then the database in the host's dashboard.",
    ),
}

_BY_FAILURE: dict[Failure, Cause] = {
    Failure.refused: (
        "database_refused",
        Certainty.certain,
        "Nothing takes connections at {place}: the database is stopped, or DATABASE_URL has the wrong port.",
        _DASHBOARD,
    ),
    Failure.name_unknown: (
        "database_name_unknown",
        Certainty.certain,
        "The host of {place} does not resolve from here: misspelt, deleted, suspended, or of another network.",
        _VARIABLE,
    ),
    Failure.tls: ("database_tls", Certainty.certain, "No encrypted connection to {place} came about.", _TRY),
    Failure.closed: (
        "database_closes",
        Certainty.likely,
        "{place} closes connections at once: on Render an address off the allow list, or a suspended database.",
        _DASHBOARD,
    ),
    Failure.other: ("database_unreachable", Certainty.likely, "The database at {place} cannot be used.", _TRY),
}

_ENCRYPTION = (
    "database_wants_tls",
    Certainty.certain,
    "The database takes only encrypted connections.",
    "Add ?sslmode=require to DATABASE_URL.",
)
_FROZEN = (
    "database_frozen",
    Certainty.likely,
    "{place} takes connections and answers none: the server is frozen or overloaded.",
    _DASHBOARD,
)
_UNROUTED = (
    "database_silent",
    Certainty.likely,
    "No packet comes back from {place}: a firewall, an allow list, or a machine that is gone.",
    _DASHBOARD,
)


def database_findings(facts: Facts) -> Iterator[Finding]:
    """Say whether the database can be reached, as the service sees it and as seen from here."""
    seen = facts.database
    if seen is not None and not seen.reached:
        code, certainty, what, step = _cause(seen)
        severity = Severity.down
        if facts.serving:
            severity = Severity.degraded
            what += " The service reaches its own, so DATABASE_URL differs here, or only new connections are refused."
        step = (
            _IS_READY.format(place=seen.place.partition("/")[0])
            if step is _DASHBOARD and not _on_render(seen)
            else step
        )
        yield Finding(code, severity, certainty, what.format(place=seen.place), step, Section.connections)
    elif facts.alive and facts.answer("/health/lb").said.get("reason") == "database_unavailable":
        beside = (
            ""
            if seen is None
            else " From here it answers: look at the network between them, and at the service's DATABASE_URL."
        )
        what = f"The service does not reach its database.{beside}"
        step = facts.ask("/api/health/detailed?component=database")
        yield Finding("database_unavailable", Severity.down, Certainty.certain, what, step, Section.connections)
    if seen is not None and seen.version is not None and seen.version // 10_000 < OLDEST_SERVER:
        what = f"PostgreSQL {seen.version // 10_000} is too old; {OLDEST_SERVER} to 18 are supported."
        yield Finding(
            "database_too_old", Severity.degraded, Certainty.certain, what, "Upgrade the server.", Section.connections
        )


def _on_render(seen: DatabaseSeen) -> bool:
    return seen.place.startswith("dpg-") or ".render.com:" in seen.place


def _cause(seen: DatabaseSeen) -> Cause:
    if seen.sqlstate in {"28000", "28P01"} and seen.encryption_wanted:
        return _ENCRYPTION
    if seen.sqlstate is not None:
        state = "57P03" if seen.sqlstate.startswith(("57P", "55000")) else seen.sqlstate
        unnamed = (f"The database refuses with {seen.sqlstate}.", _TRY)
        return _BY_STATE.get(state, ("database_refuses", Certainty.certain, *unnamed))
    if seen.failure is Failure.silent:
        return _FROZEN if seen.port_open else _UNROUTED
    return _BY_FAILURE[seen.failure or Failure.other]
