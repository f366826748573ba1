"""Whether there is too much to do: the pool, the server's connections, what blocks and what takes long."""

from collections.abc import Iterator

from app.ops.doctor.rules.facts import Facts, found, items, number, words
from app.ops.doctor.rules.findings import Certainty, Finding, Section, Severity
from app.ops.health.rules import LAG_MS

FULL_PERCENT = 80
LEAST_CALLS = 10
"""Of a statement that was run less often, a migration say, nobody suffers."""
IDLE_MS = 10_000
"""A transaction may be between two statements; so long it is forgotten."""
_POOL = "/api/database/connection-limit"


def pool_findings(facts: Facts) -> Iterator[Finding]:
    """Say when requests wait for connections of the pool."""
    for said, path in (
        (facts.answer(_POOL).said, "pool"),
        (facts.answer("/api/health/detailed").said, "database.pool"),
    ):
        utilization, waiting = number(said, f"{path}.utilization"), number(said, f"{path}.waiting")
        if utilization is None:
            continue
        if utilization > FULL_PERCENT or waiting:
            what = f"The pool is at {utilization:g} %, {waiting or 0:g} requests wait for a connection."
            step = facts.ask("/api/performance/queries/slow")
            yield Finding("pool_saturated", Severity.degraded, Certainty.certain, what, step, Section.pool)
        return


def connection_findings(facts: Facts) -> Iterator[Finding]:
    """Say when the server's connections run out, now or by what the configuration allows."""
    said, seen = facts.answer(_POOL).said, facts.database
    percent = number(said, "utilizationPercent")
    if percent is None and seen is not None and seen.connections is not None and seen.usable_connections:
        percent = 100 * seen.connections / seen.usable_connections
    if percent is not None and percent > FULL_PERCENT:
        what = f"The database has {percent:.0f} % of its connections in use."
        yield Finding("connections_high", Severity.degraded, Certainty.certain, what, facts.ask(_POOL), Section.pool)
    if found(said, "code") == "too_many_connections" and (seen is None or seen.reached):
        what = "The service is refused new connections: the database has no free one left."
        yield Finding("database_full", Severity.degraded, Certainty.certain, what, facts.ask(_POOL), Section.pool)
    if found(said, "budget.fits") is False:
        required, most = number(said, "budget.required"), number(said, "budget.limit")
        what = f"All processes together may open {_count(required)} connections of the database's {_count(most)}."
        step = "Lower DB_POOL_MAX or APP_INSTANCES, or take a larger database."
        yield Finding("budget_exceeded", Severity.degraded, Certainty.certain, what, step, Section.pool)


def blocking_findings(facts: Facts) -> Iterator[Finding]:
    """Name the statement that others wait for longest, and the transaction that is left open."""
    said = facts.answer(_POOL).said
    running = items(said, "longRunning")
    idle = [each for each in items(said, "idleInTransaction") if (number(each, "durationMs") or 0) > IDLE_MS]
    blocked = [each for each in running if each.get("blockedBy")]
    if blocked:
        roots = [number(each, "pid") for each in items(said, "blocking")]
        pid = f"{roots[0]:.0f}" if roots and roots[0] else "PID"
        what = f"{len(blocked)} statements wait for locks; pid {pid} waits for nobody and holds up others."
        yield _stop("statements_blocked", what, facts, pid=pid)
    elif running:
        what = (
            f"{len(running)} statements run for long, one since {(number(running[0], 'durationMs') or 0) / 1000:.0f} s."
        )
        yield _stop("statements_long", what, facts)
    if idle:
        what = f"{len(idle)} transactions are open and idle: they hold their locks and keep rows from being cleaned up."
        yield _stop("transactions_idle", what, facts)


def _stop(code: str, what: str, facts: Facts, *, pid: str = "PID") -> Finding:
    step = facts.ask(_POOL) + f"   # its backendStart; then POST /api/database/connections/{pid}/cancel or /terminate"
    return Finding(code, Severity.degraded, Certainty.certain, what, step, Section.pool)


def slow_findings(facts: Facts) -> Iterator[Finding]:
    """Say when statements are slow."""
    found_slow = items(facts.answer("/api/performance/queries/slow").said, "slowQueries")
    slow = [each for each in found_slow if (number(each, "callCount") or 0) >= LEAST_CALLS]
    if slow:
        average, preview = number(slow[0], "avgDuration") or 0, words(slow[0].get("preview", ""), most=80)
        what = f"{len(slow)} kinds of statements are slow; one takes {average:.0f} ms on average: {preview}"
        step = facts.ask("/api/performance/queries/recommendations")
        yield Finding("queries_slow", Severity.degraded, Certainty.likely, what, step, Section.queries)


def process_findings(facts: Facts) -> Iterator[Finding]:
    """Say when the process itself is at its limits: its event loop, its memory."""
    said = facts.answer("/api/health/detailed").said
    lag = number(said, "components.eventLoop.lagMsP99")
    if lag is not None and lag > LAG_MS:
        what = f"The event loop is late by {lag:.0f} ms (p99): something computes where it should wait."
        step = facts.ask("/api/diagnostics/profile?seconds=5")
        yield Finding("event_loop_late", Severity.degraded, Certainty.certain, what, step, Section.cpu)
    used, limit = number(said, "components.memory.usedBytes"), number(said, "components.memory.limitBytes")
    used = used if used is not None else number(said, "components.memory.rssBytes")
    limited = found(said, "components.memory.limited") is not False
    if limited and used and limit and used > limit * FULL_PERCENT / 100:
        what = f"The process uses {100 * used / limit:.0f} % of its memory."
        step = facts.ask("/api/diagnostics/memory")
        yield Finding("memory_high", Severity.degraded, Certainty.certain, what, step, Section.memory)


def _count(value: float | None) -> str:
    return "an unknown number of" if value is None else f"{value:g}"
