"""What is done after calls: compare, fetch reports that did not come, forget words in their time, here and at Vapi."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.events import CallReported
from app.calls.reports import service
from app.calls.reports.events import CallForgotten, ReportMissing
from app.clients.contact.schemas import Terms
from app.core.clock import utcnow
from app.core.db import settings_of
from app.core.http import client_of
from app.integrations.vapi.api import Vapi
from app.integrations.vapi.errors import (
    VapiBusy,
    VapiKeyRefused,
    VapiLacksIt,
    VapiRefused,
    VapiUnintelligible,
    VapiUnreachable,
)
from app.jobs.errors import PermanentFailure, TryLater
from app.jobs.outbox import subscribe
from app.jobs.schedules import periodic

KEY_WAIT = timedelta(hours=1)
"""Until a key is tried again that Vapi has refused: somebody has to set another."""


@subscribe(CallReported, "calls.compare")
async def compare(session: AsyncSession, event: CallReported, /, *, now: datetime) -> None:
    """Compare what was said with what was booked, once."""
    await service.compare(session, event.client_id, event.call_id, now=now)


@periodic("calls.ask_for_reports", every=timedelta(minutes=1))
async def ask_for_reports(session: AsyncSession, /, *, now: datetime) -> None:
    """Have reports asked for that are late; without an account there is nobody to ask."""
    if settings_of(session).vapi_api_key is not None:
        await service.ask_for_missing(session, now=now)


@subscribe(ReportMissing, "calls.fetch_report")
async def fetch_report(session: AsyncSession, event: ReportMissing, /, *, now: datetime) -> None:
    """Fetch a call of which no report came, and keep what there is."""
    settings = settings_of(session)
    missing = await service.look(session, event.client_id, event.call_id)
    if missing is None or settings.vapi_api_key is None:
        return
    await session.commit()
    vapi = Vapi(client_of(session.info), settings.vapi_api_url, settings.vapi_api_key)
    try:
        call = await vapi.call(missing.vapi_id)
    except (VapiLacksIt, VapiRefused):
        await service.give_up(session, missing, "report_gone", now=utcnow())
    except (VapiBusy, VapiUnreachable, VapiKeyRefused, VapiUnintelligible) as failure:
        await service.put_off(session, missing, failure, now=utcnow())
    else:
        await service.keep(session, missing, call, now=utcnow())


@periodic("calls.forget_words", every=timedelta(hours=1))
async def forget_words(session: AsyncSession, /, *, now: datetime) -> None:
    """Forget the words of calls that are older than their client keeps them."""
    await service.forget_words(session, now=now, usual=Terms().keep_days)


@periodic("calls.have_deleted", every=timedelta(minutes=10))
async def have_deleted(session: AsyncSession, /, *, now: datetime) -> None:
    """Have deleted at Vapi what is forgotten here; without an account it is told how much stays."""
    if settings_of(session).vapi_api_key is None:
        await service.tell_left(session)
    else:
        await service.ask_to_delete(session, now=now)


@subscribe(CallForgotten, "calls.delete_at_vapi", outbound=True)
async def delete_at_vapi(session: AsyncSession, event: CallForgotten, /, *, now: datetime) -> None:
    """Have Vapi delete a call, its recording with it; one that it has no more is deleted.

    Raises:
        TryLater: Vapi takes no more for now, or not with this key.
        PermanentFailure: Vapi will not.
        VapiUnreachable, VapiUnintelligible: it is not known; to delete twice does no harm.
    """
    settings, ids = settings_of(session), (event.client_id, event.call_id)
    if settings.vapi_api_key is None:
        await service.leave_for_later(session, *ids)
        return
    vapi_id = await service.vapi_id_of(session, *ids)
    if vapi_id is None:
        return
    await session.commit()
    vapi = Vapi(client_of(session.info), settings.vapi_api_url, settings.vapi_api_key, tries=1)
    try:
        await vapi.delete_call(vapi_id)
    except VapiLacksIt:
        pass
    except VapiRefused as refused:
        raise PermanentFailure from refused
    except VapiBusy as busy:
        raise TryLater(after=timedelta(seconds=busy.seconds)) from busy
    except VapiKeyRefused as refused:
        raise TryLater(after=KEY_WAIT) from refused
    await service.deleted(session, *ids, now=utcnow())
