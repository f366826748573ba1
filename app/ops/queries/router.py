"""The HTTP door to query insight."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from app.core.auth import Scope as Right
from app.core.auth import require
from app.core.clock import Instant, Now
from app.core.errors import problems
from app.ops.queries import service
from app.ops.queries.errors import SinceAhead, SinceTooEarly
from app.ops.queries.rules.choosing import Sort, Wanted
from app.ops.queries.rules.figures import Source
from app.ops.queries.schemas import QueryStats, SlowQueries
from app.ops.samples.service.rolling import KEPT
from app.ops.schemas import Scope

router = APIRouter(prefix="/api/performance/queries", dependencies=[Depends(require(Right.ops_read), scope="function")])

ON_THE_WAY = timedelta(minutes=1)
"""Whoever asks for just as much as is kept is not refused for the time that the question takes."""
Since = Annotated[
    Instant | None, Query(description="Begin of the window, at most 35 days ago; one hour ago if it is not given.")
]
Whose = Annotated[Scope, Query(description="`instance`: of the process that answers alone.")]


@router.get("/slow", responses=problems(SinceAhead, SinceTooEarly))
async def slow(
    request: Request,
    now: Now,
    *,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    least: Annotated[
        float,
        Query(alias="minDuration", ge=0, le=86_400_000, allow_inf_nan=False, description="Milliseconds; 0 is none."),
    ] = 1000,
    sort: Sort = "total",
    source: Source | None = None,
    route: Annotated[
        str | None, Query(max_length=200, description="`/api/bookings`, or with its method: `GET /api/bookings`.")
    ] = None,
    since: Since = None,
    scope: Whose = "cluster",
) -> SlowQueries:
    """Return the slowest statements by shape."""
    _check(since, now)
    wanted = Wanted(limit, least, sort, source, route)
    state = request.app.state
    return await service.slow(state.process, state.server_statements, wanted, since=since, scope=scope, now=now)


@router.get("/stats", responses=problems(SinceAhead, SinceTooEarly))
async def stats(request: Request, now: Now, since: Since = None, scope: Whose = "cluster") -> QueryStats:
    """Return the figures of all statements together."""
    _check(since, now)
    return await service.stats(request.app.state.process, since=since, scope=scope, now=now)


def _check(since: Instant | None, now: Now) -> None:
    if since is not None and since > now:
        raise SinceAhead
    if since is not None and since < now - KEPT - ON_THE_WAY:
        raise SinceTooEarly
