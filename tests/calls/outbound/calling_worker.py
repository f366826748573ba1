"""A worker in a process of its own that calls, and kills itself at a named point of the n-th call."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import event as hooks
from sqlalchemy.orm import Session

from app.calls.outbound import jobs
from app.calls.outbound.events import CallDue
from app.core.config import Settings
from app.core.http import Client
from app.core.logging import set_up_logging
from app.integrations.vapi.api import Vapi
from app.integrations.vapi.objects import OutboundCall
from app.integrations.vapi.payloads import Call
from app.jobs.outbox import Subscriptions
from app.jobs.runner import run_worker
from app.jobs.schedules import Schedule
from tests.jobs.sending_worker import PACE, Doom

POINTS = ("dequeued", "before the request", "after the request", "after the record")
SETTLES = timedelta(seconds=2)
_DONE = "done"


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
    set_up_logging("json", "error")
    usual = jobs.vapi_of

    def doomed(settings: Settings, client: Client) -> Vapi:
        way = usual(settings, client)
        return DoomedVapi(way.client, way.url, way.key, doom=doom)

    jobs.vapi_of = doomed
    vars(jobs)["SETTLES"] = SETTLES
    asyncio.run(_work(settings, name, doom))


async def _work(settings: Settings, name: str, doom: Doom) -> None:
    subscriptions = Subscriptions()

    @subscriptions.subscribe(CallDue, name, at=lambda event: event.at)
    async def place(session: Any, event: CallDue, /, *, now: Any) -> None:
        doom.reach("dequeued")
        await jobs.place_call(session, event, now=now)
        session.info[_DONE] = True

    @hooks.listens_for(Session, "after_commit")
    def _(session: Any) -> None:
        if session.info.pop(_DONE, False):
            doom.reach("after the record")

    await run_worker(settings, stop=asyncio.Event(), subscriptions=subscriptions, schedule=Schedule(), pace=PACE)
