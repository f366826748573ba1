"""Put what the server says of its connections together with what this process knows of its own."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import asyncpg

from app.core.errors import Unavailable
from app.core.handlers import DatabaseUnavailable
from app.core.lifeline import TOO_MANY
from app.core.patience import within
from app.ops.database.errors import TooManyConnections
from app.ops.database.rules import activity as rules
from app.ops.database.rules.advice import THRESHOLD_PERCENT, Figures, advise
from app.ops.database.rules.budget import Budget
from app.ops.database.schemas import BudgetReport, ConnectionLimit, SessionReport
from app.ops.database.service import activity, pool
from app.ops.database.service.activity import Room
from app.ops.process import Process
from app.ops.schemas import about

DEADLINE_SECONDS = 2.5
_FAILURES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


@dataclass(slots=True)
class Memory:
    """What was last answered, for the time when nobody answers; `at` is in seconds of a monotonic clock."""

    report: ConnectionLimit | None = None
    at: float = 0.0


async def connection_limit(process: Process, memory: Memory, *, least_ms: float, now: datetime) -> ConnectionLimit:
    """Return the connections of the server as they are now, and what they mean.

    Raises:
        DatabaseUnavailable: it does not answer; the problem says what is known without it.
        TooManyConnections: it takes no more, and the connection kept for this was lost as well.
    """
    try:
        seen = await within(DEADLINE_SECONDS, _ask(process))
    except _FAILURES as failure:
        full = getattr(failure, "sqlstate", None) == TOO_MANY
        raise _unavailable(process, memory, full=full) from None
    if seen is None:
        last = process.lifeline.last
        raise _unavailable(process, memory, full=last is not None and last.full)
    room, sessions = seen
    report = _report(process, room, sessions, least_ms=least_ms, now=now)
    memory.report, memory.at = report, process.lifeline.clock()
    return report


async def _ask(process: Process) -> tuple[Room, list[rules.Session]] | None:
    if not (await process.lifeline.check()).up:
        return None
    return await activity.room(process.lifeline), await activity.sessions(process.lifeline)


def _unavailable(process: Process, memory: Memory, *, full: bool) -> Unavailable:
    known = None if memory.report is None else memory.report.model_dump(mode="json", exclude={"pool"})
    age = None if memory.report is None else round(process.lifeline.clock() - memory.at, 1)
    pooled = pool.report(process).model_dump(mode="json")
    kind = TooManyConnections if full else DatabaseUnavailable
    return kind(success=False, pool=pooled, last_known=known, age_seconds=age)


def budget(process: Process, room: Room) -> Budget:
    """Return the budget of connections of the whole service, as its settings give it."""
    settings = process.settings
    return Budget(settings.instances, settings.web_concurrency, settings.db_pool_max, room.ordinary)


def _report(
    process: Process, room: Room, sessions: list[rules.Session], *, least_ms: float, now: datetime
) -> ConnectionLimit:
    percent = 100 * len(sessions) / room.most
    pooled, planned = pool.report(process), budget(process, room)
    idle, roots = rules.idle_in_transaction(sessions), rules.blockers(sessions)
    figures = Figures(
        used_percent=percent,
        pool_percent=pooled.utilization,
        waiting=pooled.waiting,
        blocking=len(roots),
        longest_idle_ms=max((each.duration_ms or 0 for each in idle), default=0),
    )
    return ConnectionLimit.model_validate(
        {
            **about(process, now=now, scope="cluster"),
            **_counted(room, sessions, percent),
            "pool": pooled,
            "budget": _budget_report(planned),
            "long_running": [_session(each) for each in rules.long_running(sessions, least_ms=least_ms)],
            "idle_in_transaction": [_session(each) for each in idle],
            "blocking": [asdict(each) for each in roots],
            "threshold_percent": THRESHOLD_PERCENT,
            "alert": percent > THRESHOLD_PERCENT,
            "recommendations": [asdict(each) for each in advise(figures, planned)],
        }
    )


def _counted(room: Room, sessions: list[rules.Session], percent: float) -> dict[str, Any]:
    return {
        "max_connections": room.most,
        "current_connections": len(sessions),
        "connections_by_state": [{"state": state, "count": count} for state, count in rules.by_state(sessions)],
        "utilization": f"{percent:.1f}",
        "utilization_percent": round(percent, 1),
        "reserved": {"superuser": room.superuser, "other": room.other},
        "available": max(0, room.ordinary - len(sessions)),
        "by_source": [
            {"application_name": name, "client_addr": address, "user": user, "count": count}
            for (name, address, user), count in rules.by_source(sessions)
        ],
    }


def _budget_report(planned: Budget) -> BudgetReport:
    return BudgetReport(
        instances=planned.instances,
        processes=planned.processes,
        per_process=planned.per_process,
        deploy_overlap_factor=planned.deploy_overlap_factor,
        worker=planned.worker,
        backup=planned.backup,
        cron=planned.cron,
        admin=planned.admin,
        required=planned.required,
        limit=planned.limit,
        fits=planned.fits,
    )


def _session(session: rules.Session) -> SessionReport:
    return SessionReport(
        pid=session.pid,
        backend_start=session.backend_start,
        state=session.state,
        duration_ms=_rounded(session.duration_ms),
        transaction_ms=_rounded(session.transaction_ms),
        wait_event=session.wait_event,
        query_preview=rules.preview(session.query),
        application_name=session.application_name,
        user=session.user,
        blocked_by=list(session.blocked_by),
    )


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(max(0.0, milliseconds), 1)
