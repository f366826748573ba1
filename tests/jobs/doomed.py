"""Workers in processes of their own that kill themselves at a named point of the n-th send."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any

from sqlalchemy import event as hooks
from sqlalchemy.orm import Session

from app.core.config import Settings
from app.core.logging import set_up_logging
from app.jobs.outbox import Handler, Subscriptions
from app.jobs.rules import Retries
from app.jobs.runner import run_worker
from app.jobs.schedules import Schedule
from tests.jobs.conftest import HURRIED

POINTS = ("dequeued", "before the request", "after the request", "after the record")
PACE = replace(HURRIED, retries=Retries(first_delay=timedelta(milliseconds=100), attempts=50), connections=20)
_DONE = "done"


@dataclass
class Doom:
    """Where this process ends, or stands still until it is told to go on."""

    point: str = ""
    left: int = 0
    by: signal.Signals = signal.SIGKILL

    def now(self, point: str) -> bool:
        """Tell whether this is where it ends."""
        self.left -= point == self.point
        return point == self.point and self.left == 0

    def reach(self, point: str) -> None:
        """End, if it is here."""
        if self.now(point):
            os.kill(os.getpid(), self.by)


def watched(handle: Handler[Any], doom: Doom) -> Handler[Any]:
    """Return a job that may end this process when it begins, and once what it did is committed."""

    @hooks.listens_for(Session, "after_commit")
    def _(session: Any) -> None:
        if session.info.pop(_DONE, False):
            doom.reach("after the record")

    async def handle_watched(session: Any, event: Any, /, *, now: datetime) -> None:
        doom.reach("dequeued")
        await handle(session, event, now=now)
        session.info[_DONE] = True

    return handle_watched


async def run_until_killed(settings: Settings, subscriptions: Subscriptions) -> None:
    """Do jobs until killed."""
    set_up_logging("json", "error")
    await run_worker(settings, stop=asyncio.Event(), subscriptions=subscriptions, schedule=Schedule(), pace=PACE)


class Workers:
    """Starts workers, which `work` for these arguments and a doom, and counts how many have killed themselves."""

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:
        self._processes = get_context("forkserver")
        self._processes.set_forkserver_preload([work.__module__])  # or each would import it for a second
        self._work, self._arguments = work, arguments
        self.deaths = 0

    @asynccontextmanager
    async def one(self, doom: Doom) -> AsyncIterator[BaseProcess]:
        """A worker for the length of the block, doomed or not."""
        process = self._processes.Process(target=self._work, args=(*self._arguments, doom), daemon=True)
        await asyncio.to_thread(process.start)
        try:
            yield process
        finally:
            process.kill()
            await asyncio.to_thread(process.join)

    async def die(self, doom: Doom) -> None:
        """Have a worker live until it has killed itself."""
        async with self.one(doom) as process:
            await asyncio.to_thread(process.join)
            assert process.exitcode == -signal.SIGKILL
            self.deaths += 1

    async def finish(self, is_done: Callable[[], Awaitable[bool]], eventually: Callable[..., Awaitable[Any]]) -> None:
        """Have a worker live that nothing befalls, until all is done."""
        async with self.one(Doom()):
            await eventually(is_done)
