"""The HTTP door to objectives."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.exc import SQLAlchemyError

from app.core.auth import Scope, require
from app.core.clock import Now
from app.core.handlers import database_problem
from app.ops.process import Process
from app.ops.schemas import about
from app.ops.slo.rules import OBJECTIVE_PERCENT
from app.ops.slo.schemas import Slo, SloQuery
from app.ops.slo.service import keeping

router = APIRouter(prefix="/api", dependencies=[Depends(require(Scope.ops_read), scope="function")])


@router.get("/slo")
async def read_slo(request: Request, asked: Annotated[SloQuery, Query()], now: Now) -> Slo:
    """Say how well we do what we promise: availability, error budget and its burning, how long requests take."""
    process: Process = request.app.state.process
    scope, degraded, kept = asked.scope, list[str](), None
    if scope == "cluster":
        try:
            kept = await process.ask(
                lambda session: keeping.of_all(session, minutes=asked.window_minutes, days=asked.days, now=now)
            )
        except (SQLAlchemyError, OSError) as failure:
            problem = database_problem(failure)
            if problem is None:
                raise
            scope, degraded = "instance", [problem.code]
    kept = kept or keeping.of_process(process.signals, minutes=asked.window_minutes)
    overall, routes = keeping.speeds(kept)
    return Slo(
        objective_percent=OBJECTIVE_PERCENT,
        availability=keeping.availability(kept, asked.days),
        burn_rates=keeping.burn_rates(kept),
        window_minutes=asked.window_minutes,
        overall=overall,
        routes=routes,
        complete=not degraded,
        degraded=degraded,
        **about(process, now=now, scope=scope),
    )
