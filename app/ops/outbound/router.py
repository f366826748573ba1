"""The HTTP door to the pause of outbound messages."""

from fastapi import APIRouter, Depends, Request
from sqlalchemy.exc import SQLAlchemyError

from app.core.auth import CurrentPrincipal, Scope, require
from app.core.clock import Now
from app.core.errors import problems
from app.core.handlers import database_problem
from app.ops.outbound import service
from app.ops.outbound.errors import SentAhead
from app.ops.outbound.schemas import Outbound, OutboundOrder, OutboundReport, OutboundResumption
from app.ops.process import Process
from app.ops.schemas import about

router = APIRouter(prefix="/api/outbound")
_READS = Depends(require(Scope.ops_read), scope="function")
_WRITES = Depends(require(Scope.ops_write), scope="function")


@router.get("", dependencies=[_READS])
async def read_outbound(request: Request, now: Now) -> OutboundReport:
    """Say whether messages to customers wait; while the database is away, what this process knows of it."""
    process: Process = request.app.state.process
    try:
        return _report(process, await process.ask(lambda session: service.status(session, now=now)), now)
    except (SQLAlchemyError, OSError) as failure:
        if database_problem(failure) is None:
            raise
        return _report(process, service.remembered(process.controls, now=now), now)


@router.post("/pause", dependencies=[_WRITES])
async def pause_outbound(
    request: Request, wanted: OutboundOrder, principal: CurrentPrincipal, now: Now
) -> OutboundReport:
    """Have every message to a customer wait until they are resumed; none is lost, and none is tried."""
    process: Process = request.app.state.process
    done = await process.order(
        lambda session: service.pause(session, principal, reason=wanted.reason, now=now), now=now
    )
    return _report(process, done, now)


@router.post("/resume", dependencies=[_WRITES], responses=problems(SentAhead))
async def resume_outbound(
    request: Request, wanted: OutboundResumption, principal: CurrentPrincipal, now: Now
) -> OutboundReport:
    """Let messages go out again, those that waited first; what was due up to `sentUntil` is withdrawn."""
    process: Process = request.app.state.process
    done = await process.order(
        lambda session: service.resume(session, principal, reason=wanted.reason, sent_until=wanted.sent_until, now=now),
        now=now,
    )
    return _report(process, done, now)


def _report(process: Process, outbound: Outbound, now: Now) -> OutboundReport:
    return OutboundReport(**outbound.model_dump(by_alias=False), **about(process, now=now, scope="cluster"))
