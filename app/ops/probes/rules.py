"""What each probe means: pure semantics, the same for every way of asking.

A host restarts what is not alive and takes traffic from what is not ready. A restart mends no database, so once a
process has reached it, an outage makes readiness `degraded`, never 503; who wants the strict answer asks `/health/lb`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

STALLED_SECONDS = 5.0
"""An event loop that is late by so much serves nobody."""


class Reason(StrEnum):
    """Why a probe fails."""

    database_unavailable = "database_unavailable"
    shutting_down = "shutting_down"
    starting = "starting"
    migrations_pending = "migrations_pending"
    event_loop_stalled = "event_loop_stalled"


RETRY_AFTER_SECONDS = {
    Reason.database_unavailable: 5,
    Reason.shutting_down: 5,
    Reason.starting: 2,
    Reason.migrations_pending: 10,
    Reason.event_loop_stalled: 5,
}


class Schema(StrEnum):
    """How the database's tables stand to what this version needs."""

    at_head = "at_head"
    ahead = "ahead"
    behind = "behind"


@dataclass(frozen=True, slots=True)
class State:
    """How a process is."""

    started: bool
    draining: bool
    lag_seconds: float
    reached: bool
    """Whether the database has ever answered this process."""
    up: bool
    """Whether it answers now."""
    schema: Schema


def schema(current: object, known: Sequence[str]) -> Schema:
    """Return how a database at a revision stands to a version that knows these, the last one its own.

    One that is not known is of a newer version: while a deploy goes on the old processes serve on, for every
    migration lets the code before it run. No revision at all is an empty database.
    """
    if current == known[-1]:
        return Schema.at_head
    return Schema.behind if current is None or current in known else Schema.ahead


def alive(state: State) -> Reason | None:
    """Return why a process is not alive: nothing outside of it counts."""
    return Reason.event_loop_stalled if state.lag_seconds >= STALLED_SECONDS else None


def ready(state: State) -> Reason | None:
    """Return why a process should get no traffic; an outage of a database that it once reached is no reason."""
    if state.draining:
        return Reason.shutting_down
    if not state.started:
        return Reason.starting
    if not state.reached:
        return Reason.database_unavailable
    return Reason.migrations_pending if state.schema is Schema.behind else alive(state)


def strict(state: State) -> Reason | None:
    """Return why a process cannot serve a request now."""
    return ready(state) or (None if state.up else Reason.database_unavailable)


Probe = Callable[[State], Reason | None]
PROBES: dict[str, Probe] = {"/health/live": alive, "/health/ready": ready, "/health/lb": strict}
