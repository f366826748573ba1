"""The background door of diagnostics."""

from app.core.clock import utcnow
from app.ops.diagnostics.service import LOOK_SECONDS, Diagnostics
from app.ops.process import Process


def look_often(diagnostics: Diagnostics, process: Process) -> None:
    """Let a process look at its tasks every few seconds, and at its memory each minute."""

    async def ages() -> None:
        diagnostics.ages.look()

    async def growth() -> None:
        diagnostics.growth.look(process.machine.figures()["rss_bytes"], now=utcnow())

    process.background.every(LOOK_SECONDS, "task_ages", ages)
    process.background.every(60, "growth", growth)
