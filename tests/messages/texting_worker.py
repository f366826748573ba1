"""A worker in a process of its own that texts, and kills itself at a named point of the n-th text."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.core.config import Settings
from app.core.http import Client
from app.integrations.twilio.answers import Sent
from app.integrations.twilio.api import Twilio
from app.jobs.outbox import Subscriptions
from app.messages.events import TextDue
from app.messages.sending import jobs
from tests.jobs.doomed import Doom, run_until_killed, watched

SETTLES = timedelta(seconds=2)


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
    usual = jobs.twilio_of

    def doomed(settings: Settings, client: Client) -> Twilio:
        way = usual(settings, client)
        return DoomedTwilio(way.client, way.url, way.account_sid, way.key, way.secret, doom=doom)

    jobs.twilio_of = doomed
    vars(jobs)["SETTLES"] = SETTLES
    subscriptions = Subscriptions()
    subscriptions.subscribe(TextDue, name)(watched(jobs.send_text, doom))
    asyncio.run(run_until_killed(settings, subscriptions))
