"""A worker in a process of its own that sends letters, and kills itself at a named point of the n-th of them.

python -m tests.jobs.sending_worker DATABASE_URL KIND POST_OFFICE SETTLES_SECONDS [POINT N]
"""

import asyncio
import os
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from app.core.config import Settings
from app.core.http import Client, create_client, send
from app.jobs.once import send_once
from app.jobs.outbox import Subscriptions
from tests.jobs.conftest import Happened
from tests.jobs.doomed import Doom, run_until_killed, watched

STANDS = ("dequeued", "known", "before the request", "after the request", "after the record")
POINTS = ("dequeued", "before the request", "during the request", "after the request", "after the record")

READ = text("SELECT begun_at, sent FROM scratch.letters WHERE id = :id")
BEGIN = text("UPDATE scratch.letters SET begun_at = :at WHERE id = :id")
SENT = text("UPDATE scratch.letters SET sent = sent + 1 WHERE id = :id")


@dataclass
class Office:
    """The way to the post office, and to where this process ends."""

    http: Client
    url: str
    doom: Doom

    seconds: float
    """For a request: less than half of the time after which somebody else looks whether it arrived."""

    async def find(self, letter: UUID) -> bool | None:
        """Tell whether a letter was sent."""
        answer = await send(self.http, "GET", f"{self.url}/{letter}", seconds=self.seconds)
        return True if answer.status == 200 else None

    async def deliver(self, letter: UUID) -> bool:
        """Send a letter."""
        self.doom.reach("before the request")
        during = f"?{os.getpid()}" if self.doom.now("during the request") else ""
        answer = await send(self.http, "POST", f"{self.url}/{letter}{during}", seconds=self.seconds)
        self.doom.reach("after the request")
        return answer.status == 200


def sending(kind: str, office: Office, settles: timedelta) -> Subscriptions:
    """Return the one job of this worker: it sends as the rooms of messages and calls do."""
    subscriptions = Subscriptions()

    async def send_letter(session, event, /, *, now):
        begun_at, sent = (await session.execute(READ, {"id": event.id})).one()
        assert not sent
        office.doom.reach("known")

        async def record(at):
            await session.execute(BEGIN, {"id": event.id, "at": at})

        assert await send_once(
            session,
            begun_at=begun_at,
            record=record,
            find=lambda _since: office.find(event.id),
            send=lambda: office.deliver(event.id),
            settles=settles,
        )
        await session.execute(SENT, {"id": event.id})

    subscriptions.subscribe(Happened, kind)(watched(send_letter, office.doom))
    return subscriptions


def work(url: str, kind: str, office: str, settles: timedelta, doom: Doom) -> None:
    """Work until killed."""
    asyncio.run(_work(url, kind, office, settles, doom))


async def _work(url: str, kind: str, office: str, settles: timedelta, doom: Doom) -> None:
    settings = Settings(env="test", database_url=url)
    async with create_client() as http:
        jobs = sending(kind, Office(http, office, doom, settles.total_seconds() * 0.45), settles)
        await run_until_killed(settings, jobs)
