"""Look at everything in parallel, each look with its own time, all of them for whoever asks at the moment."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from app.core.errors import AppError
from app.core.handlers import database_problem
from app.core.patience import within
from app.ops.health.rules import Status
from app.ops.process import Look, Process

logger = structlog.get_logger()

FRESH_SECONDS = 1.5
"""So long what was seen is shown again, however many ask."""
LOOK_SECONDS = 2.0
"""So long a part may take to say how it is; then it is `unknown`."""
ALL_SECONDS = 2.4
"""So long all may take, the question whether the database is there included: an answer promises 2.5 s."""
LEAST_SECONDS = 0.1
"""So long each part has at least: what needs nobody else says how it is at once."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen at an instant: components, and the other members, by name."""

    at: datetime
    components: Mapping[str, dict[str, Any]]
    parts: Mapping[str, Any]
    up: bool
    """Whether the database answered then."""


class Lookout:
    """Looks for one process. Looks are those of the rooms: `process.health` and `process.parts`."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._sight: Sight | None = None
        self._seen_at = 0.0
        self._looking: asyncio.Task[Sight] | None = None

    async def look(self, *, now: datetime) -> Sight:
        """Return what was seen at most 1.5 s ago, or is seen now: one look for all who ask.

        What was seen before the database went, or came back, is not shown again.
        """
        until = self._process.lifeline.clock() + ALL_SECONDS
        up = (await self._process.lifeline.check()).up
        fresh = self._process.lifeline.clock() - self._seen_at < FRESH_SECONDS
        if self._sight is not None and fresh and self._sight.up is up:
            return self._sight
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(now, until=until), name="health")
        return await asyncio.shield(self._looking)

    async def _look(self, now: datetime, *, until: float) -> Sight:
        process = self._process
        seconds = min(LOOK_SECONDS, max(LEAST_SECONDS, until - process.lifeline.clock()))
        names = [*process.health, *process.parts]
        looks = [*process.health.values(), *process.parts.values()]
        told = await asyncio.gather(*(_told(*each, now, seconds=seconds) for each in zip(names, looks, strict=True)))
        split = len(process.health)
        components = {name: seen or {"status": Status.unknown} for name, seen in zip(names, told[:split], strict=False)}
        last = process.lifeline.last
        parts = dict(zip(names[split:], told[split:], strict=True))
        self._sight = Sight(now, components, parts, last is not None and last.up)
        self._seen_at = process.lifeline.clock()
        return self._sight


async def _told(name: str, look: Look, now: datetime, *, seconds: float) -> Any:
    """Return what a look tells in time, None or an unknown component where it cannot."""
    try:
        return await within(seconds, _awaited(look, now))
    except Exception as failure:
        known = failure if isinstance(failure, AppError) else database_problem(failure)
        if known is None:
            logger.warning("health_look_failed", part=name, kind=type(failure).__name__)
        code = "timed_out" if isinstance(failure, TimeoutError) else known.code if known else "look_failed"
        return {"status": Status.unknown, "error": code}


async def _awaited(look: Look, now: datetime) -> Any:
    return await look(now)
