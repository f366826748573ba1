"""What the caches of this process and of all say of themselves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.cache import Caches, Figures
from app.ops.process import Process
from app.ops.samples.models import Process as Row
from app.ops.samples.service import ALIVE

_GAUGED = {
    **{"size": "size", "most": "maxSize", "hits": "hits", "misses": "misses", "sets": "sets", "deletes": "deletes"},
    **{"evictions": "evictions", "expirations": "expirations", "stampedes": "stampedes", "stale": "stale"},
    **{"bypasses": "bypasses", "hits_5m": "hits_5m", "lookups_5m": "lookups_5m", "memory_bytes": "memoryBytes"},
    "state": "state",
}
"""A cache's figures, by how the gauge of a process names them."""


def gauge(caches: Caches) -> dict[str, dict[str, Any]]:
    """Return what this process says of its caches, by name, for the table of processes."""
    return {cache.definition.name: _gauged(cache.figures()) for cache in caches}


def _gauged(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, field) for field, name in _GAUGED.items()}


def told(gauged: Mapping[str, Mapping[str, Any]]) -> dict[str, Figures]:
    """Return the caches of a gauge, by name."""
    return {name: Figures(**{field: cache[key] for field, key in _GAUGED.items()}) for name, cache in gauged.items()}


async def told_by_others(session: AsyncSession, process: Process, *, now: datetime) -> list[dict[str, Figures]]:
    """Return what the other processes that live have last said of their caches, at most 10 s ago."""
    gauges = select(Row.state["caches"]).where(
        Row.seen_at > now - ALIVE, Row.id != process.signals.process_id, Row.state.has_key("caches")
    )
    return [told(each) for each in await session.scalars(gauges)]
