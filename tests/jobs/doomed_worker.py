"""A worker in a process of its own that never finishes its job; the test kills it."""

import asyncio
import sys

from app.core.config import Settings
from app.jobs.outbox import Subscriptions
from app.jobs.runner import run_worker
from app.jobs.schedules import Schedule
from tests.jobs.conftest import HURRIED, Happened


async def main(url: str, name: str) -> None:
    """Begin the job, say so, and hang."""
    subscriptions = Subscriptions()

    @subscriptions.subscribe(Happened, name)
    async def hang(session, event, /, *, now):
        sys.stdout.write("working\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    settings = Settings(env="test", database_url=url)
    await run_worker(settings, stop=asyncio.Event(), subscriptions=subscriptions, schedule=Schedule(), pace=HURRIED)


asyncio.run(main(*sys.argv[1:]))
