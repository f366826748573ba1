"""The background door of metrics."""

from app.core.clock import utcnow
from app.ops.metrics.service import WRITE_SECONDS, Exposition

BURY_SECONDS = 60.0


def share_often(exposition: Exposition) -> None:
    """Let a process share its numbers every so often, where others of its instance want to know them."""

    async def share() -> None:
        exposition.share(now=utcnow())

    async def bury() -> None:
        exposition.bury()

    if exposition.process.settings.metrics_directory is not None:
        exposition.process.background.every(WRITE_SECONDS, "metrics", share)
        exposition.process.background.every(BURY_SECONDS, "metrics_of_the_dead", bury)
