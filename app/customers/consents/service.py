"""Use cases of consent: take note that somebody does not want to be reached, or does again."""

import hashlib
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import fetch_first

Channel = Literal["sms", "voice", "email"]
Source = Literal["text", "provider", "call", "staff"]

_OUT = """
INSERT INTO opt_outs (client_id, channel, address_digest, source, since) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING channel
"""
_IN = "DELETE FROM opt_outs WHERE client_id = $1 AND channel = $2 AND address_digest = $3 RETURNING channel"
_IS_OUT = "SELECT since FROM opt_outs WHERE client_id = $1 AND channel = $2 AND address_digest = $3"


async def opt_out(
    session: AsyncSession, client_id: UUID, channel: Channel, address: str, *, source: Source, now: datetime
) -> bool:
    """Take note that an address may not be used any more; return whether that is new."""
    marked = _digest(client_id, channel, address)
    return await fetch_first(session, _OUT, client_id, channel, marked, source, now) is not None


async def opt_in(session: AsyncSession, client_id: UUID, channel: Channel, address: str) -> bool:
    """Take note that an address may be used again; return whether that is new."""
    return await fetch_first(session, _IN, client_id, channel, _digest(client_id, channel, address)) is not None


async def opted_out(session: AsyncSession, client_id: UUID, channel: Channel, address: str) -> bool:
    """Return whether an address may not be used."""
    return await fetch_first(session, _IS_OUT, client_id, channel, _digest(client_id, channel, address)) is not None


def _digest(client_id: UUID, channel: str, address: str) -> bytes:
    """Return what stands for an address: of no use without it, and different for each client."""
    return hashlib.sha256(f"{client_id}/{channel}/{address.strip().casefold()}".encode()).digest()
