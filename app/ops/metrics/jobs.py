"""The background door of metrics."""

from app.core.clock import utcnow
from app.ops.metrics import service
from app.ops.process import Process


def share_often(process: Process) -> None:
    """Let the process share its numbers every so often, where others of its instance want to know them."""

    async def share() -> None:
        service.share(process, now=utcnow())

    if process.settings.metrics_directory is not None:
        process.background.every(service.WRITE_SECONDS, "metrics", share)
