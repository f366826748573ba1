"""What every process does about its caches."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.clients.memory import CLIENTS, KEYS
from app.core.cache import Caches, Definition
from app.core.clock import utcnow
from app.core.controls import Control, Kind
from app.ops.caches import service
from app.ops.caches.rules import coldest
from app.ops.process import Process
from app.schedule.service import HOURS, SERVICES

OBEY_SECONDS = 1.0

EVERY: tuple[Definition[Any, Any], ...] = (KEYS, CLIENTS, SERVICES, HOURS)
"""All that processes remember."""


def attend(process: Process) -> None:
    """Have a process tell of its caches, clear them at an order, and keep to the lifetimes that are set."""
    caches = process.caches
    for definition in EVERY:
        caches.of(definition)

    async def obey() -> None:
        service.obey(caches, process.controls, now=utcnow())

    async def look(_now: datetime) -> Mapping[str, Any]:
        state = coldest(service.told(service.gauge(caches)).values())
        return {"status": "operational", "state": state, "listening": caches.trusted}

    process.gauges["caches"] = lambda: service.gauge(caches)
    process.health["cache"] = look
    process.acts.setdefault(Kind.cache_clear, []).append(lambda control: _clear(caches, control))
    process.background.every(OBEY_SECONDS, "caches", obey)


def _clear(caches: Caches, control: Control) -> None:
    cache = caches.get(control.target)
    if cache is not None:
        cache.clear()
