"""Placing calls by Vapi: each once. What is not known to have been placed is looked for before it is repeated."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.events import CallReported, ReportGivenUp
from app.calls.outbound import service
from app.calls.outbound.events import CallDue
from app.calls.outbound.rules import CROWDED_WAIT, LOOK_AFTER, MOST_BEGINNINGS, MOST_PLACINGS, SETTLES
from app.calls.outbound.service import Outgoing, TooManyCalls
from app.calls.rules import OUR_CALL, our_call
from app.core.clock import utcnow
from app.core.config import Settings
from app.core.db import settings_of
from app.core.http import Client, client_of
from app.integrations.vapi.api import Vapi
from app.integrations.vapi.errors import (
    UNSENT,
    VapiBusy,
    VapiKeyRefused,
    VapiLacksIt,
    VapiOutcomeUnknown,
    VapiRefused,
    VapiUnintelligible,
    VapiUnreachable,
)
from app.integrations.vapi.objects import Customer, OutboundCall, Overrides
from app.integrations.vapi.payloads import Call
from app.jobs.errors import TookTooLong
from app.jobs.once import send_once
from app.jobs.outbox import subscribe

log = structlog.get_logger()

MOST_LISTED = 1_000
"""As many calls as Vapi lists at once. Where it lists so many, one that is not among them may still be there."""


class Overtaken(Exception):
    """Somebody has heard of the call meanwhile, or taken it back: there is nothing to place."""


class NotThere(Exception):
    """It was not placed: the provider's list is settled, and does not show it."""


@subscribe(CallDue, "calls.place", at=lambda event: event.at, outbound=True)
async def place_call(session: AsyncSession, event: CallDue, /, *, now: datetime) -> None:
    """Place a call if it is to be placed; whatever comes of it stands in `calls`.

    Raises:
        TryLater: it cannot be placed now, or it is not known whether it was.
    """
    settings = settings_of(session)
    outgoing = await service.prepare(session, event, missing=missing(settings), now=now)
    if outgoing is not None:
        vapi = vapi_of(settings, client_of(session.info))
        await _Errand(session, vapi, outgoing, settings.voice_concurrency).run()


@subscribe(CallReported, "calls.follow_up")
async def follow_up(session: AsyncSession, event: CallReported, /, *, now: datetime) -> None:
    """Have somebody called again who did not answer, or tell a person."""
    await service.follow(session, event.client_id, event.call_id, now=now)


@subscribe(ReportGivenUp, "calls.follow_up_unreported")
async def follow_up_unreported(session: AsyncSession, event: ReportGivenUp, /, *, now: datetime) -> None:
    """Do the same where nobody will ever say how a call went."""
    await service.follow(session, event.client_id, event.call_id, now=now)


def missing(settings: Settings) -> str | None:
    """Return the code of what is missing for placing calls, None if nothing is."""
    return "vapi_not_configured" if settings.vapi_api_key is None else None


def vapi_of(settings: Settings, client: Client) -> Vapi:
    """Return the way to Vapi; only where nothing is `missing`."""
    assert settings.vapi_api_key is not None
    return Vapi(client, settings.vapi_api_url, settings.vapi_api_key)


@dataclass(frozen=True, slots=True)
class _Errand:
    """One call on its way to Vapi."""

    session: AsyncSession
    vapi: Vapi
    outgoing: Outgoing
    at_once: int

    async def run(self) -> None:
        try:
            call = await send_once(
                self.session,
                begun_at=self.outgoing.tried_at,
                record=self._record,
                find=self._find,
                send=self._send,
                settles=SETTLES,
                unsent=UNSENT,
            )
        except Overtaken:
            return
        except NotThere:
            await self._again()
        except (VapiRefused, VapiLacksIt) as refused:
            log.warning("vapi_refused_call", call_id=str(self.outgoing.id), why=refused.detail)
            await service.close(self.session, *self._ids, "failed", refused.code, now=utcnow())
        except (TooManyCalls, VapiBusy, VapiUnreachable, VapiKeyRefused) as failure:
            await self._wait(failure)
        except (VapiOutcomeUnknown, VapiUnintelligible, TookTooLong) as failure:
            await self._put_off(failure, LOOK_AFTER)
        else:
            await service.placed(self.session, *self._ids, call.id, now=utcnow())

    @property
    def _ids(self) -> tuple[UUID, UUID]:
        return self.outgoing.client.id, self.outgoing.id

    async def _record(self, begun_at: datetime | None) -> None:
        if begun_at is None:
            await service.take_back(self.session, *self._ids, now=utcnow())
            return
        known, most = self.outgoing.tried_at, self.at_once
        if not await service.begin(self.session, *self._ids, begun_at, known=known, most=most, now=utcnow()):
            raise Overtaken

    async def _find(self, since: datetime) -> Call | None:
        try:
            listed = await self.vapi.calls_since(since, MOST_LISTED)
        except (VapiRefused, VapiLacksIt) as refused:
            raise VapiUnintelligible from refused  # it is the list that is refused, not the call
        found = next((call for call in listed if our_call(call.metadata) == self.outgoing.id), None)
        if found is None and utcnow() - since >= SETTLES:
            if len(listed) >= MOST_LISTED:
                raise VapiOutcomeUnknown
            raise NotThere
        return found

    async def _send(self) -> Call:
        outgoing = self.outgoing
        name = (outgoing.facts["customer"] or "").strip()[:40] or None
        told = {
            "client_name": outgoing.client.name,
            "timezone": outgoing.client.timezone,
            "purpose": outgoing.facts["purpose"],
        }
        about = {OUR_CALL: str(outgoing.id), "client_key": outgoing.client.client_key}
        order = OutboundCall(
            assistant_id=outgoing.assistant_id,
            phone_number_id=outgoing.line_id,
            customer=Customer(number=outgoing.phone, name=name),
            assistant_overrides=Overrides(
                variable_values=told, metadata=about, first_message=outgoing.first_message[:1_000]
            ),
        )
        return await self.vapi.create_call(order)

    async def _again(self) -> None:
        """Have it looked at afresh: is it still wanted, and is it still the time for it; but not for ever."""
        facts = self.outgoing.facts
        if facts["attempts"] >= (MOST_PLACINGS if facts["status"] == "unknown" else MOST_BEGINNINGS):
            await service.close(self.session, *self._ids, "failed", "outcome_unknown", now=utcnow())
        else:
            known = self.outgoing.tried_at
            await service.queue_for(self.session, *self._ids, utcnow(), None, known=known, now=utcnow())

    async def _wait(self, failure: Exception) -> NoReturn:
        """Try again when there is room, or soon, then each minute. That it was begun before is not forgotten."""
        waits = {TooManyCalls: CROWDED_WAIT, VapiBusy: timedelta(seconds=getattr(failure, "seconds", 0))}
        await self._put_off(failure, waits.get(type(failure), self.outgoing.wait))

    async def _put_off(self, failure: Exception, wait: timedelta) -> NoReturn:
        raise await service.put_off(self.session, *self._ids, failure, wait=wait, now=utcnow()) from failure
