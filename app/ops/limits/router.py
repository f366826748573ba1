"""The HTTP door to rate limits."""

from collections import Counter
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.routing import iter_route_contexts

from app.core.auth import CurrentPrincipal, Scope, require
from app.core.clock import Now
from app.core.controls import Kind
from app.core.errors import problems
from app.core.limits.limiter import Limits
from app.core.limits.policies import WINDOW_SECONDS, policy_of
from app.ops.controls import service as controls
from app.ops.controls.errors import ControlNotFound
from app.ops.limits import service
from app.ops.limits.errors import MalformedIdentifier, PolicyNeverCounts, UnknownPolicy
from app.ops.limits.schemas import (
    Identifier,
    LimitStatus,
    NewOverride,
    OverrideSet,
    PolicyShown,
    RejectedShown,
    ResetDone,
    ResetWanted,
    Storage,
    SystemStats,
)
from app.ops.process import Process
from app.ops.schemas import Why, about

router = APIRouter(prefix="/api/rate-limit")
_READS = Depends(require(Scope.ops_read), scope="function")
_WRITES = Depends(require(Scope.ops_write), scope="function")


@router.get("/status", dependencies=[_READS], responses=problems(MalformedIdentifier))
async def read_status(
    request: Request,
    now: Now,
    identifier: Annotated[Identifier | None, Query(description="Unset: whom this very request is counted for.")] = None,
) -> LimitStatus:
    """Say what is enforced for one identity, from the counters that enforce it; asking costs an operator nothing."""
    limits: Limits = request.app.state.limits
    process: Process = request.app.state.process
    identity = limits.caller(request.scope).identity if identifier is None else service.identify(identifier)
    standings = await service.standings(limits, identity)
    storage = _storage(limits)
    shared = storage.backend == "redis" and storage.healthy
    return LimitStatus(
        identifier=identifier or identity,
        limits=standings,
        policy=[
            PolicyShown(
                name=each.name, limit=each.limit, window_seconds=WINDOW_SECONDS, per=each.per, covers=each.covers
            )
            for each in limits.bounds.policies.values()
        ],
        storage=storage,
        system_stats=await _system(request.app, limits, process, now),
        **about(process, now=now, scope="cluster" if shared else "instance"),
    )


def _storage(limits: Limits) -> Storage:
    if limits.shared is None:
        return Storage(backend="memory", healthy=True, fallback=None)
    healthy = limits.shared.healthy
    return Storage(backend="redis", healthy=healthy, fallback=None if healthy else "memory")


async def _system(app: FastAPI, limits: Limits, process: Process, now: Now) -> SystemStats:
    entries, active = await limits.size()
    instant = limits.clock()
    routes = [(method, each.path or "") for each in iter_route_contexts(app.routes) for method in each.methods or ()]
    falls = Counter(policy_of(*route, "verified", operational=limits.operational) for route in routes)
    return SystemStats(
        total_entries=entries,
        active_windows=active,
        endpoints=dict(falls),
        rejected5m=limits.refused.total(now=instant),
        top_rejected=[
            RejectedShown(identifier=identity, policy=policy, rejected=count)
            for (policy, identity), count in limits.refused.top(10, now=instant)
        ],
        overrides=service.overrides(process.controls.in_force(Kind.limit, now=now)),
        uncounted=limits.memory.uncounted,
    )


@router.put(
    "/overrides", dependencies=[_WRITES], responses=problems(*(UnknownPolicy, MalformedIdentifier, PolicyNeverCounts))
)
async def put_override(request: Request, wanted: NewOverride, principal: CurrentPrincipal, now: Now) -> OverrideSet:
    """Raise or lower a limit for a while, for everybody or for one; every process obeys within 5 s."""
    limits: Limits = request.app.state.limits
    process: Process = request.app.state.process
    control = await process.order(
        lambda session: service.put_override(session, limits, principal, wanted, now=now), now=now
    )
    shown = service.override(control).model_dump(by_alias=False)
    return OverrideSet(**shown, **about(process, now=now, scope="cluster"))


@router.delete("/overrides/{id}", status_code=204, dependencies=[_WRITES], responses=problems(ControlNotFound))
async def lift_override(request: Request, id: UUID, principal: CurrentPrincipal, now: Now, reason: Why = None) -> None:  # noqa: A002 - a word of the wire
    """Put the usual limit into force again before the override expires."""
    process: Process = request.app.state.process
    await process.order(
        lambda session: controls.lift(session, principal, id, Kind.limit, reason=reason, now=now), now=now
    )


@router.post("/reset", dependencies=[_WRITES], responses=problems(MalformedIdentifier))
async def reset(request: Request, wanted: ResetWanted, principal: CurrentPrincipal, now: Now) -> ResetDone:
    """Begin to count anew for one identity, under every policy."""
    limits: Limits = request.app.state.limits
    process: Process = request.app.state.process
    identity = service.identify(wanted.identifier)
    await process.order(
        lambda session: service.put_reset(session, limits, principal, identity, reason=wanted.reason, now=now), now=now
    )
    await limits.forget(limits.bounds.bucket(identity))
    return ResetDone(identifier=wanted.identifier, reset_at=now, **about(process, now=now, scope="cluster"))
