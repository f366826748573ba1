"""The background door of jobs: what each process knows of the queue, for metrics."""

from typing import Any

from app.jobs import service as jobs
from app.ops.process import Process
from app.ops.queue import service

READ_SECONDS = 15.0


def attend(process: Process) -> None:
    """Have a process look at the queue every so often; while the database is away it says nothing of it."""
    known: dict[str, Any] = {}

    async def read() -> None:
        if not (await process.lifeline.check()).up:
            known.clear()
            return
        found = service.figures(await process.ask(jobs.counts), await process.ask(service.late_tasks))
        known.clear()
        known.update(found)

    process.gauges["queue"] = lambda: dict(known)
    process.background.every(READ_SECONDS, "queue", read)
