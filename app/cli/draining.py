"""Between the order to stop and the end: probes say so, and who comes in the meantime is still served.

The server would stop to listen at once, and a load balancer would learn of it by errors. So the order reaches the
server later: when the drain time is over and nothing is in flight, or that takes too long.
"""

import asyncio
import signal
from types import FrameType

from fastapi import FastAPI

from app.core.config import Settings
from app.core.garbage import ignored
from app.ops.process import Process

_LOOKS_EVERY = 0.05


def application(settings: Settings) -> FastAPI:
    """Return the application of a server that is about to start: SIGTERM drains it first, a second one ends it."""
    with ignored():
        from app.main import create_app

        app = create_app(settings)
    _drain_first(app.state.process)
    return app


def _drain_first(process: Process) -> None:
    """Put the draining before what the server does at SIGTERM. A server loads its application in its event loop."""
    stop = signal.getsignal(signal.SIGTERM)
    if not callable(stop):
        return
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[None]] = []

    async def drain(number: int) -> None:
        await _drained(process)
        stop(number, None)

    def told(number: int, frame: FrameType | None) -> None:
        if process.draining:
            stop(number, frame)
            return
        process.draining = True
        loop.call_soon_threadsafe(lambda: tasks.append(loop.create_task(drain(number), name="drain")))

    signal.signal(signal.SIGTERM, told)


async def _drained(process: Process) -> None:
    """Wait for the drain time, then until nothing is in flight: no longer than a request may take."""
    settings, loop = process.settings, asyncio.get_running_loop()
    soonest = loop.time() + settings.drain_time.total_seconds()
    latest = soonest + settings.request_deadline.total_seconds()
    # Counted at the edge of every request: an event would have to be set and cleared there, for this one moment.
    while loop.time() < soonest or (process.in_flight and loop.time() < latest):  # noqa: ASYNC110
        await asyncio.sleep(_LOOKS_EVERY)
