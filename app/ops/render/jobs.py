"""Ask Render every so often to which instants it can bring the database back."""

import structlog

from app.core.clock import utcnow
from app.core.http import create_client
from app.integrations.render.api import Render
from app.ops.process import Process
from app.ops.render.service.windows import Recoverable

EVERY_SECONDS = 600.0

logger = structlog.get_logger()


def attend(process: Process) -> Recoverable:
    """Have a process know the recovery window, where Render's key and the database's id are set."""
    recoverable = Recoverable()
    settings = process.settings
    key, postgres = settings.render_api_key, settings.render_postgres_id
    if key is None or not postgres:
        return recoverable

    async def turn() -> None:
        before = recoverable.error
        async with create_client() as client:
            render = Render(client, settings.render_api_url, key, tries=1)
            await recoverable.ask(render, postgres, now=utcnow())
        if recoverable.error and recoverable.error != before:
            logger.warning("recovery_window_unknown", code=recoverable.error)

    process.background.every(EVERY_SECONDS, "recovery_window", turn)
    return recoverable
