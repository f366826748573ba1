"""The users' pool of this process: how full it is, and a new one in its place."""

import asyncio
from contextlib import suppress

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn

from app.core.patience import aside, within
from app.core.signals import Tally
from app.core.tracking import MeasuredPool
from app.ops.database.schemas import PoolReport
from app.ops.process import Process

MINUTES = 5
GOODBYE_SECONDS = 2.0
_LOOKS_EVERY = 0.1


def report(process: Process) -> PoolReport:
    """Return how full the pool is now, and how long was waited for it in the last five minutes."""
    figures = process.gauges["pool"]()
    waits = Tally()
    for tally in process.signals.pool_wait.window(MINUTES).values():
        waits.merge(tally)
    slow = waits.sketch.quantile(0.95)
    return PoolReport(
        active=figures["active"],
        max=figures["max"],
        utilization=figures["utilization"],
        idle=figures["idle"],
        overflow=0,
        waiting=figures["waiting"],
        wait_p95_ms=None if slow is None else round(slow, 2),
        timeouts5m=waits.failed,
        size=figures["max"],
        max_overflow=0,
    )


def renew(engine: AsyncEngine, *, patience: float) -> None:
    """Put a new pool in the place of the old one, at once; the old one drains. While one does, nothing is done.

    So there are never more than two, however often somebody asks.

    Who uses a connection of the old pool finishes, who waits for one gets one of the new. What is still out after
    `patience` seconds is longer than any request lives, so it is stuck or forgotten, and is cut.
    """
    old = engine.sync_engine.pool
    assert isinstance(old, MeasuredPool)
    if old.draining:
        return
    engine.sync_engine.dispose(close=False)
    fresh = engine.sync_engine.pool
    assert isinstance(fresh, MeasuredPool)
    old.retire(fresh)
    aside(_drain(old, patience))


async def _drain(old: MeasuredPool, patience: float) -> None:
    loop = asyncio.get_running_loop()
    latest = loop.time() + patience
    with suppress(TimeoutError):  # a frozen server says no goodbye
        await within(GOODBYE_SECONDS, greenlet_spawn(old.close_idle))
    while old.out and loop.time() < latest:  # noqa: ASYNC110 - every checkin would have to tell, for this one moment
        await asyncio.sleep(_LOOKS_EVERY)
    for record in list(old.out):
        if record.driver_connection is not None:
            record.driver_connection.terminate()
