"""The background door to restores: what is erased here is written down for backups that still have it."""

import asyncio
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import settings_of
from app.customers.events import CustomerForgotten
from app.jobs.outbox import subscribe
from app.ops.backups.restores.service.erasures import remember
from app.ops.backups.rules.manifests import Erasure
from app.ops.backups.service.context import is_configured, open_context


@subscribe(CustomerForgotten, "backups.remember_erasure")
async def remember_erasure(session: AsyncSession, event: CustomerForgotten, /, *, now: datetime) -> None:
    """Write an erasure down beside the backups. Without a store there is none that it would have to reach."""
    settings = settings_of(session)
    await session.commit()
    if is_configured(settings):
        erasure = Erasure(client_id=event.client_id, customer_id=event.customer_id, at=event.at)
        await asyncio.to_thread(remember, open_context(settings), erasure)
