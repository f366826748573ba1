"""The worker process: runs jobs and schedules until it is told to stop."""

import asyncio
import signal

import uvloop

from app.core.config import Settings


def main(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM; a job in progress is finished."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_signalled(settings))


async def _until_signalled(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await work(settings, stop)


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Run jobs until `stop` is set."""
    await stop.wait()
