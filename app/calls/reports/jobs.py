"""What is done after calls: compare, fetch reports that did not come, forget words in their time."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.events import CallReported
from app.calls.reports import service
from app.calls.reports.events import ReportMissing
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
from app.jobs.outbox import subscribe
from app.jobs.schedules import periodic


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
