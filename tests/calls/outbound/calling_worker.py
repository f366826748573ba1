"""A worker in a process of its own that calls, and kills itself at a named point of the n-th call."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from app.calls.outbound import jobs
from app.calls.outbound.events import CallDue
from app.core.config import Settings
from app.core.http import Client
from app.integrations.vapi.api import Vapi
from app.integrations.vapi.objects import OutboundCall
from app.integrations.vapi.payloads import Call
from app.jobs.outbox import Subscriptions
from tests.jobs.doomed import Doom, run_until_killed, watched

SETTLES = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class DoomedVapi(Vapi):
    """The way to Vapi, on which this process may end."""

    doom: Doom = field(default_factory=Doom)

    async def create_call(self, call: OutboundCall) -> Call:
        """Have a call made."""
        self.doom.reach("before the request")
        made = await Vapi.create_call(self, call)
        self.doom.reach("after the request")
        return made


def work(settings: Settings, name: str, doom: Doom) -> None:
    """Do the jobs of that name until killed."""
    usual = jobs.vapi_of

    def doomed(settings: Settings, client: Client) -> Vapi:
        way = usual(settings, client)
        return DoomedVapi(way.client, way.url, way.key, doom=doom)

    jobs.vapi_of = doomed
    vars(jobs)["SETTLES"] = SETTLES
    subscriptions = Subscriptions()
    subscriptions.subscribe(CallDue, name, at=lambda event: event.at)(watched(jobs.place_call, doom))
    asyncio.run(run_until_killed(settings, subscriptions))
