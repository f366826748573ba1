"""The HTTP door to the server's connections."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.auth import Principal, Scope, require
from app.core.clock import Now
from app.core.controls import Control, Kind
from app.core.errors import problems
from app.ops.controls import service as controls
from app.ops.database.errors import (
    ConnectionNotFound,
    ConnectionReplaced,
    ForeignConnection,
    OwnConnection,
    PoolDraining,
    ServerProcess,
    TooManyConnections,
)
from app.ops.database.schemas import ConnectionLimit, Ended, EndingIn, ResetDone, ResetIn
from app.ops.database.service import pool
from app.ops.database.service.ending import Act, Order, end
from app.ops.database.service.reporting import Memory, connection_limit
from app.ops.process import Process
from app.ops.schemas import about

router = APIRouter(prefix="/api/database")

READS = Depends(require(Scope.ops_read), scope="function")
Writer = Annotated[Principal, Depends(require(Scope.ops_write), scope="function")]
Pid = Annotated[int, Path(ge=1, le=2_147_483_647)]
REFUSALS = (ConnectionNotFound, ConnectionReplaced, OwnConnection, ForeignConnection, ServerProcess)


@router.get("/connection-limit", dependencies=[READS], responses=problems(TooManyConnections))
async def read_connection_limit(
    request: Request, now: Now, min_seconds: Annotated[float, Query(alias="minSeconds", ge=0, le=86_400)] = 1.0
) -> ConnectionLimit:
    """Say how many connections the database has, whose they are, and which hold others up; asked now, never cached."""
    process: Process = request.app.state.process
    memory: Memory = request.app.state.connections
    return await connection_limit(process, memory, least_ms=min_seconds * 1000, now=now)


@router.post("/connections/{pid}/cancel", responses=problems(*REFUSALS))
async def cancel_statement(request: Request, pid: Pid, order: EndingIn, *, principal: Writer, now: Now) -> Ended:
    """Cancel what a session of this service does; its connection lives on."""
    return await _end(request, "cancel", pid, order, principal=principal, now=now)


@router.post("/connections/{pid}/terminate", responses=problems(*REFUSALS))
async def terminate_connection(request: Request, pid: Pid, order: EndingIn, *, principal: Writer, now: Now) -> Ended:
    """Terminate a session of this service; its pool opens another connection when it needs one."""
    return await _end(request, "terminate", pid, order, principal=principal, now=now)


async def _end(request: Request, act: Act, pid: int, wanted: EndingIn, *, principal: Principal, now: datetime) -> Ended:
    process: Process = request.app.state.process
    order = Order(act, pid, wanted.backend_start, wanted.reason)

    async def work(session: AsyncSession) -> tuple[bool, str]:
        return await end(session, principal, order, now=now)

    signalled, name = await process.order(work, now=now)
    members = about(process, now=now, scope="cluster")
    return Ended(act=act, pid=pid, signalled=signalled, application_name=name, **members)


@router.post("/pool/reset", responses=problems(PoolDraining))
async def reset_pools(request: Request, wanted: ResetIn, *, principal: Writer, now: Now) -> ResetDone:
    """Give every process a new pool within 5 s, this one at once; requests in flight finish on the old one."""
    process: Process = request.app.state.process
    if request.app.state.engine.sync_engine.pool.draining:
        raise PoolDraining

    async def work(session: AsyncSession) -> Control:
        lasts, reason = controls.ACTS_LAST, wanted.reason
        return await controls.put(
            session, principal, Kind.pool_reset, "pool", value={}, reason=reason, lasts=lasts, now=now
        )

    control = await process.order(work, now=now)
    return ResetDone(control_id=str(control.id), pool=pool.report(process), **about(process, now=now, scope="cluster"))
