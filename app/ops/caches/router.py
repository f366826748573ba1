"""The HTTP door to caches."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.convertors import StringConvertor, register_url_convertor

from app.core.auth import CurrentPrincipal, require
from app.core.auth import Scope as Right
from app.core.clock import Now
from app.core.errors import problems
from app.ops.caches import service
from app.ops.caches.errors import UnknownCache
from app.ops.caches.schemas import CacheStats, Cleared, LifetimeSet, NewLifetime
from app.ops.process import Process
from app.ops.schemas import Reason, Scope, about


class _Named(StringConvertor):
    """A path's part that may name a cache: `stats` is a path of its own, which takes no DELETE."""

    regex = "(?!stats$)[^/]+"


register_url_convertor("cache", _Named())

router = APIRouter(prefix="/api/cache")
_READS = Depends(require(Right.ops_read), scope="function")
_WRITES = Depends(require(Right.ops_write), scope="function")

Name = Annotated[str, Path(min_length=1, max_length=40, examples=["keys"])]


@router.get("/stats", dependencies=[_READS])
async def read_stats(
    request: Request,
    now: Now,
    scope: Annotated[Scope, Query(description="`instance`: of the process that answers alone.")] = "cluster",
) -> CacheStats:
    """Say how well the caches serve, together and each."""
    return await service.stats(request.app.state.process, scope=scope, now=now)


@router.delete("/{name:cache}", dependencies=[_WRITES], responses=problems(UnknownCache))
async def clear(
    request: Request, name: Name, reason: Annotated[Reason, Query()], principal: CurrentPrincipal, now: Now
) -> Cleared:
    """Forget all of a cache, in every process within 5 s; what is needed is loaded again."""
    process: Process = request.app.state.process
    entries = service.named(process.caches, name).figures().size
    await process.order(
        lambda session: service.order_clearing(session, principal, name, reason=reason, now=now), now=now
    )
    return Cleared(name=name, cleared_at=now, entries=entries, **about(process, now=now, scope="cluster"))


@router.post("/{name:cache}/ttl", dependencies=[_WRITES], responses=problems(UnknownCache))
async def set_lifetime(
    request: Request, name: Name, wanted: NewLifetime, principal: CurrentPrincipal, now: Now
) -> LifetimeSet:
    """Have a cache's entries last longer or shorter for a while, those that are there already too."""
    process: Process = request.app.state.process
    cache = service.named(process.caches, name)
    control = await process.order(
        lambda session: service.put_lifetime(session, principal, name, wanted, now=now), now=now
    )
    service.obey(process.caches, process.controls, now=now)
    override = service.override(control)
    said = about(process, now=now, scope="cluster")
    return LifetimeSet(name=name, ttl_seconds=cache.lifetime, ttl_override=override, **said)
