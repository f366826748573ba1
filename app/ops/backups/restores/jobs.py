"""The background door to restores: what is erased here is written down for backups that still have it."""

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import settings_of
from app.core.errors import AppError
from app.customers.events import CustomerForgotten
from app.jobs.outbox import emit, subscribe
from app.ops.backups.events import ErasureUnwritten
from app.ops.backups.restores.service.erasures import remember
from app.ops.backups.rules.manifests import Erasure
from app.ops.backups.service.context import is_configured, open_context

logger = structlog.get_logger()

AGAIN = timedelta(minutes=15)
"""So often a store that does not take an erasure is asked again. A job that is held after a few minutes would leave
whom it is about in every restored database until somebody lets it go on."""


@subscribe(CustomerForgotten, "backups.remember_erasure")
async def remember_erasure(session: AsyncSession, event: CustomerForgotten, /, *, now: datetime) -> None:
    """Write an erasure down beside the backups. Without a store there is none that it would have to reach."""
    await _write(session, Erasure(client_id=event.client_id, customer_id=event.customer_id, at=event.at), now=now)


@subscribe(ErasureUnwritten, "backups.remember_erasure_later", delay=AGAIN)
async def remember_erasure_later(session: AsyncSession, event: ErasureUnwritten, /, *, now: datetime) -> None:
    """Write an erasure down that the store did not take before."""
    await _write(session, Erasure(client_id=event.client_id, customer_id=event.customer_id, at=event.at), now=now)


async def _write(session: AsyncSession, erasure: Erasure, *, now: datetime) -> None:
    settings = settings_of(session)
    await session.commit()  # no transaction waits for a store
    if not is_configured(settings):
        return
    try:
        await asyncio.to_thread(remember, open_context(settings), erasure)
    except AppError as failure:
        logger.warning("erasure_not_written", code=failure.code, again_s=AGAIN.total_seconds())
        await emit(session, ErasureUnwritten(erasure.client_id, erasure.customer_id, erasure.at), now=now)
