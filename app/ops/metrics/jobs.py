"""The background door of metrics."""

from collections.abc import Awaitable, Callable

from app.core.clock import utcnow
from app.ops.metrics.service import WRITE_SECONDS, Exposition
from app.ops.process import Process
from app.ops.samples.service import counts

BURY_SECONDS = 60.0
READ_SECONDS = 15.0


def share_often(exposition: Exposition) -> None:
    """Let a process share its numbers every so often, where others of its instance want to know them."""

    async def share() -> None:
        exposition.share(now=utcnow())

    async def bury() -> None:
        exposition.bury()

    if exposition.process.settings.metrics_directory is not None:
        exposition.process.background.every(WRITE_SECONDS, "metrics", share)
        exposition.process.background.every(BURY_SECONDS, "metrics_of_the_dead", bury)


def count_for_all(process: Process) -> Callable[[], Awaitable[None]]:
    """Have a process know what all have counted, workers among them; while the database is away, what was so before.

    Returns what reads it, which is also done every so often.
    """
    known: dict[str, int] = {}

    async def read() -> None:
        if (await process.lifeline.check()).up:
            known.update(await process.ask(counts))

    process.gauges["counts"] = lambda: dict(known)
    process.background.every(READ_SECONDS, "counts", read)
    return read
