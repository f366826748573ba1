"""What each way in which a database does not answer means, and what to do about it."""

from typing import NamedTuple

from app.ops.doctor.rules.facts import DatabaseSeen, Failure, words
from app.ops.doctor.rules.findings import Certainty

_DASHBOARD = (
    "See the database in Render's dashboard: a free one is suspended 30 days after it was made; resume or upgrade it."
)
_VARIABLE = "Correct DATABASE_URL (Render: the database's internal URL) and deploy again."
_TRY = 'psql "$DATABASE_URL" -c "SELECT 1"'


class Cause(NamedTuple):
    """Why a database does not answer; `what` names it by `{place}`. `hosted`: the host's dashboard knows more."""

    code: str
    certainty: Certainty
    what: str
    step: str
    hosted: bool = False


def _certain(code: str, what: str, step: str, *, hosted: bool = False) -> Cause:
    return Cause(code, Certainty.certain, what, step, hosted)


def _likely(code: str, what: str, step: str, *, hosted: bool = False) -> Cause:
    return Cause(code, Certainty.likely, what, step, hosted)


_BY_STATE = {
    "28P01": _certain("database_password_refused", "The database refuses the password of DATABASE_URL.", _VARIABLE),
    "28000": _certain("database_user_refused", "The database does not let this user in from here.", _VARIABLE),
    "3D000": _certain("database_missing", "The server has no database of the name in DATABASE_URL.", _VARIABLE),
    "53300": _certain(
        "database_full",
        "The database has no free connection left (too many clients).",
        "Lower DB_POOL_MAX or the number of instances; see GET /api/database/connection-limit for who holds them.",
    ),
    "57P03": _certain(
        "database_not_accepting",
        "The database server runs and takes no connections: it starts, stops, recovers, or is paused.",
        "Wait a minute and look again; then read the server's log.",
        hosted=True,
    ),
}

_BY_FAILURE = {
    Failure.refused: _certain(
        "database_refused",
        "Nothing takes connections at {place}: the database is stopped, or DATABASE_URL has the wrong port.",
        "Start the server, or correct DATABASE_URL; pg_isready -h HOST -p PORT tells when it is there.",
        hosted=True,
    ),
    Failure.name_unknown: _certain(
        "database_name_unknown",
        "The host of {place} does not resolve from here: misspelt, deleted, suspended, or of another network.",
        _VARIABLE,
    ),
    Failure.tls: _certain("database_tls", "No encrypted connection to {place} came about.", _TRY),
    Failure.closed: _likely(
        "database_closes",
        "{place} closes connections at once: an address off the allow list, or a suspended database.",
        "Add this machine's address to the database's allow list, or correct DATABASE_URL.",
        hosted=True,
    ),
    Failure.other: _likely("database_unreachable", "The database at {place} cannot be used.", _TRY),
}

_ENCRYPTION = _certain(
    "database_wants_tls",
    "The database takes only encrypted connections.",
    "Add ?sslmode=require to DATABASE_URL.",
)
_FROZEN = _likely(
    "database_frozen",
    "{place} takes connections and answers none: the server is frozen or overloaded.",
    "Look at its machine: load, memory, a full disk; restart the server if it does not come back.",
    hosted=True,
)
_UNROUTED = _likely(
    "database_silent",
    "No packet comes back from {place}: a firewall, an allow list, or a machine that is gone.",
    "Check the firewall, the allow list, and that the machine runs.",
    hosted=True,
)


def cause(seen: DatabaseSeen) -> Cause:
    """Return why a database that was not reached does not answer."""
    why = _cause(seen)
    on_render = seen.place.startswith("dpg-") or ".render.com:" in seen.place
    step = _DASHBOARD if why.hosted and on_render else why.step
    return why._replace(what=why.what.replace("{place}", words(seen.place)), step=step)


def _cause(seen: DatabaseSeen) -> Cause:
    if seen.sqlstate in {"28000", "28P01"} and seen.encryption_wanted:
        return _ENCRYPTION
    if seen.sqlstate is not None:
        state = "57P03" if seen.sqlstate.startswith(("57P", "55000")) else seen.sqlstate
        unnamed = _certain("database_refuses", f"The database refuses with {words(seen.sqlstate, most=20)}.", _TRY)
        return _BY_STATE.get(state, unnamed)
    if seen.failure is Failure.silent:
        return _FROZEN if seen.port_open else _UNROUTED
    return _BY_FAILURE[seen.failure or Failure.other]
