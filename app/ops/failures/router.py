"""The HTTP door to failures; `errors` is what the API calls them."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.exc import SQLAlchemyError

from app.core.auth import Scope, require
from app.core.clock import Now
from app.core.handlers import database_problem
from app.ops.failures.rules import hourly, trend
from app.ops.failures.schemas import ErrorGroup, Errors, ErrorsQuery
from app.ops.failures.service import telling
from app.ops.failures.service.telling import Known, Wanted
from app.ops.process import Process
from app.ops.schemas import about

router = APIRouter(prefix="/api", dependencies=[Depends(require(Scope.ops_read), scope="function")])


@router.get("/errors")
async def list_errors(request: Request, asked: Annotated[ErrorsQuery, Query()], now: Now) -> Errors:
    """List what failed unexpectedly, by kind, the latest first; from this process' memory if the database is away."""
    process: Process = request.app.state.process
    wanted = Wanted(asked.since or now - timedelta(days=1), asked.route, asked.limit)
    failures, commit = process.signals.failures, process.settings.commit
    found = telling.of_process(failures.groups, wanted, commit=commit)
    scope, degraded = asked.scope, list[str]()
    if scope == "cluster":
        try:
            found = await process.ask(
                lambda session: telling.of_all(session, failures.uncarried, wanted, commit=commit, now=now)
            )
        except (SQLAlchemyError, OSError) as failure:
            problem = database_problem(failure)
            if problem is None:
                raise
            degraded, scope = [problem.code], "instance"
    return Errors(
        errors=[_told(known, now) for known in found],
        count=len(found),
        complete=not degraded and failures.dropped == 0,
        degraded=degraded,
        dropped=failures.dropped,
        **about(process, now=now, scope=scope),
    )


def _told(known: Known, now: Now) -> ErrorGroup:
    group, counts = known.group, hourly(known.group.hours, now=now)
    return ErrorGroup(
        fingerprint=known.fingerprint,
        kind=group.kind,
        place=group.place,
        code=group.code,
        routes=group.routes,
        count=group.count,
        last_hour_count=counts[-1],
        last_day_count=sum(counts),
        hourly=counts,
        trend=trend(counts, first_at=group.first_at, now=now),
        first_seen_at=group.first_at,
        last_seen_at=group.last_at,
        first_commit=known.first_commit,
        last_commit=known.last_commit,
        last_request_ids=list(group.request_ids),
    )
