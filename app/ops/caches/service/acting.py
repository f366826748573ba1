"""What operators set about caches, and how a process keeps to it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.auth import Principal
from app.core.cache import Cache, Caches
from app.core.controls import Control, Controls, Kind
from app.ops.caches.errors import UnknownCache
from app.ops.caches.rules import lifetime
from app.ops.caches.schemas import NewLifetime
from app.ops.controls import service as controls_of


def named(caches: Caches, name: str) -> Cache[Any, Any]:
    """Return a cache by name.

    Raises:
        UnknownCache: there is none of that name.
    """
    cache = caches.get(name)
    if cache is None:
        raise UnknownCache
    return cache


def overrides(controls: Controls, *, now: datetime) -> dict[str, Control]:
    """Return the lifetimes that are set, by cache: the latest of each."""
    held = controls.in_force(Kind.cache_lifetime, now=now)
    return {control.target: control for control in reversed(held)}


def obey(caches: Caches, controls: Controls, *, now: datetime) -> None:
    """Give every cache the lifetime that is set for it, or its usual one."""
    held = overrides(controls, now=now)
    for cache in caches:
        usual, control = cache.definition.lifetime, held.get(cache.definition.name)
        cache.lifetime = usual if control is None else lifetime(usual, control.value)


async def put_lifetime(
    session: AsyncSession, principal: Principal, name: str, wanted: NewLifetime, *, now: datetime
) -> Control:
    """Set a cache's lifetime for a while; it takes the place of an earlier one."""
    value = {"seconds": wanted.seconds} if wanted.seconds is not None else {"multiplier": wanted.multiplier}
    lasts = timedelta(seconds=wanted.expires_in_seconds)
    return await controls_of.put(
        session, principal, Kind.cache_lifetime, name, value=value, reason=wanted.reason, lasts=lasts, now=now
    )


async def order_clearing(
    session: AsyncSession, principal: Principal, name: str, *, reason: str, now: datetime
) -> Control:
    """Have every process forget all of a cache."""
    lasts = controls_of.ACTS_LAST
    return await controls_of.put(
        session, principal, Kind.cache_clear, name, value={}, reason=reason, lasts=lasts, now=now
    )
