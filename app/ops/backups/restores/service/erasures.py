"""Erasures outlive backups: written down beside them, done again on whatever is restored."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text

import app.attention.service.personal
import app.bookings.service.personal
import app.calls.service.personal
import app.messages.service.personal  # noqa: F401 - register what is to be erased beside the customer
from app.clients.auth import operator
from app.clients.memory import read_client
from app.core import migrations
from app.core.db import Sessions, create_engine, create_sessions
from app.core.errors import AppError
from app.customers import service as customers
from app.integrations.storage.errors import ObjectExists
from app.ops.backups.errors import ErasuresUnreadable, SchemaDiffers
from app.ops.backups.rules.manifests import Erasure
from app.ops.backups.rules.names import erased_at, erasure_key
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.snapshots import connected, migration, refuse_others

log = structlog.get_logger()

MARGIN = timedelta(hours=1)
"""An erasure's instant is of the application's clock, a snapshot's of the database's."""
TO_ERASE = text("""
SELECT client.client_key FROM customers customer JOIN clients client ON client.id = customer.client_id
WHERE customer.client_id = :client_id AND customer.id = :customer_id AND customer.erased_at IS NULL
""")


def remember(context: BackupContext, erasure: Erasure) -> None:
    """Write an erasure down beside the backups; twice is as good as once. Blocking.

    Raises:
        StoreUnreachable, StoreRefused, StoreFull: the store does not take it.
    """
    with suppress(ObjectExists):
        context.store.put(erasure_key(erasure.at, erasure.customer_id), [context.seal.write(erasure)])


async def since(context: BackupContext, at: datetime, *, trust: bool) -> list[Erasure]:
    """Return the erasures that a backup of an instant may not know of; `trust`: whatever key sealed them.

    Raises:
        ErasuresUnreadable: one of them cannot be read, so it is not known who is to be forgotten.
        StoreUnreachable, StoreRefused: the store does not tell.
    """
    return await asyncio.to_thread(_read, context, at - MARGIN, trust)


def _read(context: BackupContext, earliest: datetime, trust: bool) -> list[Erasure]:
    keys = [key for key in context.store.list("erasures/") if (erased_at(key) or earliest) >= earliest]
    read = context.seal.read_unsealed if trust else context.seal.read
    found = []
    for key in sorted(keys):
        content = b"".join(context.store.get(key))
        try:
            found.append(read(Erasure, content))
        except AppError as failure:
            raise ErasuresUnreadable(
                f"{key} does not tell who was erased ({failure.code}): nothing is restored without knowing."
            ) from failure
    return found


async def apply_here(context: BackupContext, erasures: list[Erasure]) -> int:
    """Erase again who is not erased in the database of the settings, which came back by other means than ours.

    Raises:
        SchemaMissing, SchemaDiffers: it is not this service's, or of another version.
        DatabaseUnavailable: it does not answer.
    """
    async with connected(context.database_url) as connection:
        await refuse_others(connection)
        if await migration(connection) != migrations.revisions()[-1]:
            raise SchemaDiffers
    engine = create_engine(context.settings, role="command")
    try:
        return await apply(create_sessions(engine), erasures)
    finally:
        await engine.dispose()


async def apply(sessions: Sessions, erasures: list[Erasure]) -> int:
    """Erase again who is not erased in a restored database; return how many that were."""
    done = 0
    for erasure in erasures:
        async with sessions.begin() as session:
            who = {"client_id": erasure.client_id, "customer_id": erasure.customer_id}
            client_key = await session.scalar(TO_ERASE, who)
            if client_key is None:
                continue
            client = await read_client(session, client_key)
            await customers.erase(session, client, operator(client), erasure.customer_id, if_match=None, now=erasure.at)
            done += 1
    return done
