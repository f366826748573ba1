"""The worker process: runs jobs and periodic tasks until it is told to stop."""

import asyncio
import signal

import uvloop

import app.attention.jobs
import app.bookings.jobs
import app.calls.outbound.jobs
import app.calls.reports.jobs
import app.messages.dialogue.jobs
import app.messages.jobs
import app.messages.letters.jobs
import app.messages.sending.jobs
import app.ops.samples.jobs  # noqa: F401 - register what is done after answers, and every so often
from app.core.config import Settings
from app.core.garbage import settle
from app.jobs.runner import run_worker
from app.ops.alerts.jobs import attend as attend_alerts
from app.ops.backups.jobs import attend as attend_backups
from app.ops.failures.jobs import attend as attend_failures
from app.ops.integrity.jobs import attend as attend_integrity
from app.ops.process import create_process
from app.ops.queries.jobs import attend as attend_queries


def main(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM; jobs in progress get a moment to finish."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_signalled(settings))


async def _until_signalled(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    process = create_process(settings, role="worker")
    attend_alerts(process, standby=True)
    attend_failures(process)
    attend_queries(process)
    attend_integrity(process)
    attend_backups(process)
    process.start()
    settle()
    try:
        await run_worker(settings, stop=stop, recorder=process.recorder)
    finally:
        await process.stop()
