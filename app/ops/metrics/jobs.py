"""The background door of metrics."""

from app.core.clock import utcnow
from app.ops.metrics.service import WRITE_SECONDS, Exposition


def share_often(exposition: Exposition) -> None:
    """Let a process share its numbers every so often, where others of its instance want to know them."""

    async def share() -> None:
        exposition.share(now=utcnow())

    if exposition.process.settings.metrics_directory is not None:
        exposition.process.background.every(WRITE_SECONDS, "metrics", share)
