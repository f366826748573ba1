"""Answer about statements: of all processes, and where the database is away, of this one."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from app.core.handlers import database_problem
from app.core.patience import within
from app.ops.process import Process
from app.ops.queries.rules.choosing import Wanted
from app.ops.queries.schemas import QueryStats, ServerView, SlowQueries, Window
from app.ops.queries.service.everywhere import Everywhere
from app.ops.queries.service.here import Here
from app.ops.queries.service.server import Server, ServerStatements
from app.ops.queries.service.slow import slowest
from app.ops.queries.service.stats import figures
from app.ops.queries.service.views import View
from app.ops.schemas import Scope, about

__all__ = ["LONG", "Server", "slow", "stats"]

T = TypeVar("T")

LONG = timedelta(hours=1)
"""The window, unless another is asked for."""
PATIENCE_SECONDS = 2.0
"""So long the database may take before this process answers for itself."""
GONE = "database_unavailable"
_READ_ONLY = "25006"
"""SQLSTATE of a server that takes no changes: a standby, or one that was frozen on purpose."""

Work = Callable[[View], Awaitable[T]]


async def slow(
    process: Process, server: Server, wanted: Wanted, *, since: datetime | None, scope: Scope, now: datetime
) -> SlowQueries:
    """Return the slowest shapes."""

    async def work(view: View) -> dict[str, Any]:
        told = ServerStatements(reason="instance_scope" if scope == "instance" else GONE)
        if isinstance(view, Everywhere):
            told = await server.read(process.sessions)
        begin = view.begin(since or now - LONG)
        found = await slowest(view, told, wanted, begin)
        frame = await _frame(view, begin, now=now)
        shown = {"reason": told.reason, "since": told.since, "hidden": told.hidden, "unread": told.unread}
        return {
            **frame,
            "complete": frame["complete"] and not told.unread,
            "source": "app" if told.reason else "both",
            "slow_queries": found,
            "count": len(found),
            "threshold": wanted.least,
            "server": ServerView(available=not told.reason, **shown),
        }

    return SlowQueries(**await _answered(process, work, scope, now))


async def stats(process: Process, *, since: datetime | None, scope: Scope, now: datetime) -> QueryStats:
    """Return the figures of all statements together."""

    async def work(view: View) -> dict[str, Any]:
        begin = view.begin(since or now - LONG)
        frame = await _frame(view, begin, now=now)
        return {**frame, "source": "app", **await figures(view, begin, frame["tracking_since"], now=now)}

    return QueryStats(**await _answered(process, work, scope, now))


async def _frame(view: View, since: datetime, *, now: datetime) -> dict[str, Any]:
    tracked = await view.tracked()
    return {
        "ok": True,
        "window": Window(since=since, until=now, seconds=(now - since).total_seconds()),
        "complete": not (tracked.dropped or tracked.late),
        "tracking_since": tracked.since,
        "dropped": tracked.dropped,
    }


async def _answered(process: Process, work: Work[dict[str, Any]], scope: Scope, now: datetime) -> dict[str, Any]:
    """Answer from the database, if that is wanted and it answers in time, else from this process' memory."""
    degraded = [] if scope == "instance" else [GONE]
    check = process.lifeline.last
    if scope == "cluster" and (check is None or check.up):
        try:
            found = await within(PATIENCE_SECONDS, _together(process, work, now))
            return {**about(process, now=now, scope="cluster"), **found}
        except Exception as failure:
            problem = database_problem(failure)
            if problem is None:
                raise
            degraded = [problem.code]
    found = await work(Here(process.recorder, process.started_at, now))
    complete = found["complete"] and not degraded
    return {**about(process, now=now, scope="instance"), **found, "degraded": degraded, "complete": complete}


async def _together(process: Process, work: Work[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """Answer for all processes, this one's numbers up to now among them, unless nothing can be written."""
    degraded = []
    try:
        await process.flush(now=now)
    except DBAPIError as refusal:
        if getattr(refusal.orig, "sqlstate", None) != _READ_ONLY:
            raise
        degraded = ["database_read_only"]
    async with process.sessions() as session:
        found = await work(Everywhere(session, now))
    return {**found, "degraded": degraded, "complete": found["complete"] and not degraded}
