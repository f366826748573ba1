"""A worker in a process of its own that texts, and kills itself at a named point of the n-th text."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import event as hooks
from sqlalchemy.orm import Session

from app.core.config import Settings
from app.core.http import Client
from app.core.logging import set_up_logging
from app.integrations.twilio.answers import Sent
from app.integrations.twilio.api import Twilio
from app.jobs.outbox import Subscriptions
from app.jobs.runner import run_worker
from app.jobs.schedules import Schedule
from app.messages.events import TextDue
from app.messages.sending import jobs
from tests.jobs.sending_worker import PACE, Doom

POINTS = ("dequeued", "before the request", "after the request", "after the record")
SETTLES = timedelta(seconds=2)
_DONE = "done"


@dataclass(frozen=True, slots=True)
class DoomedTwilio(Twilio):
    """The way to Twilio, on which this process may end."""

    doom: Doom = field(default_factory=Doom)

    async def send(self, **order: Any) -> Sent:
        """Send a text."""
        self.doom.reach("before the request")
        sent = await Twilio.send(self, **order)
        self.doom.reach("after the request")
        return sent


def work(settings: Settings, name: str, doom: Doom) -> None:
    """Do the jobs of that name until killed."""
    set_up_logging("json", "error")
    usual = jobs.twilio_of

    def doomed(settings: Settings, client: Client) -> Twilio:
        way = usual(settings, client)
        return DoomedTwilio(way.client, way.url, way.account_sid, way.key, way.secret, doom=doom)

    jobs.twilio_of = doomed
    vars(jobs)["SETTLES"] = SETTLES
    asyncio.run(_work(settings, name, doom))


async def _work(settings: Settings, name: str, doom: Doom) -> None:
    subscriptions = Subscriptions()

    @subscriptions.subscribe(TextDue, name)
    async def send_text(session: Any, event: TextDue, /, *, now: Any) -> None:
        doom.reach("dequeued")
        await jobs.send_text(session, event, now=now)
        session.info[_DONE] = True

    @hooks.listens_for(Session, "after_commit")
    def _(session: Any) -> None:
        if session.info.pop(_DONE, False):
            doom.reach("after the record")

    await run_worker(settings, stop=asyncio.Event(), subscriptions=subscriptions, schedule=Schedule(), pace=PACE)
