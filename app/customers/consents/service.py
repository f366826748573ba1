"""Use cases of consent: take note that somebody does not want to be reached, or does again."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.audit import service as audit
from app.clients.schemas import ClientContext
from app.core.auth import Principal
from app.core.direct import fetch, fetch_first
from app.customers.consents.errors import EmailMissing, StoppedByCustomer
from app.customers.consents.schemas import Channel, ConsentsOut, OptOutOut, Source
from app.customers.errors import CustomerErased
from app.customers.schemas import CustomerOut
from app.customers.service import read, register_personal_data

BY_THEMSELVES: tuple[Source, ...] = ("text", "provider")
"""What the customer has said, and no note of staff undoes."""

# What staff have noted becomes what the customer says, and never the other way.
_OUT = """
INSERT INTO opt_outs (client_id, channel, address_digest, source, since) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (client_id, channel, address_digest) DO UPDATE SET source = EXCLUDED.source
WHERE opt_outs.source <> ALL ($6::varchar[]) AND EXCLUDED.source = ANY ($6::varchar[])
RETURNING channel
"""
_IN = """
DELETE FROM opt_outs WHERE client_id = $1 AND channel = $2 AND address_digest = $3 AND source <> ALL ($4::varchar[])
RETURNING channel
"""
_NOTED = "SELECT source, since FROM opt_outs WHERE client_id = $1 AND channel = $2 AND address_digest = $3"
_THEIRS = """
SELECT channel, source, since FROM opt_outs
WHERE client_id = $1 AND channel = ANY ($2::varchar[]) AND address_digest = ANY ($3::bytea[]) ORDER BY channel
"""


async def opt_out(
    session: AsyncSession, client_id: UUID, channel: Channel, address: str, *, source: Source, now: datetime
) -> bool:
    """Take note that an address may not be used any more; return whether that is new, or is now their own word."""
    noted = client_id, channel, _digest(client_id, channel, address), source, now, BY_THEMSELVES
    return await fetch_first(session, _OUT, *noted) is not None


async def opt_in(session: AsyncSession, client_id: UUID, channel: Channel, address: str) -> bool:
    """Take note that an address may be used again, as its owner says; return whether that is new."""
    return await _in(session, client_id, channel, address, save=())


async def source_of(session: AsyncSession, client_id: UUID, channel: Channel, address: str) -> Source | None:
    """Return who said that an address may not be used, None if nobody did."""
    row = await fetch_first(session, _NOTED, client_id, channel, _digest(client_id, channel, address))
    return None if row is None else row["source"]


async def opted_out(
    session: AsyncSession, client_id: UUID, channel: Channel, address: str, *, after: datetime | None = None
) -> bool:
    """Return whether an address may not be used; with `after`, whether that was noted later than then."""
    row = await fetch_first(session, _NOTED, client_id, channel, _digest(client_id, channel, address))
    return row is not None and (after is None or row["since"] > after)


async def consents_of(session: AsyncSession, client: ClientContext, customer_id: UUID) -> ConsentsOut:
    """Return in which ways a customer does not want to be reached.

    Raises:
        CustomerNotFound: the client has no such customer.
    """
    return await _consents(session, client, await read(session, client, customer_id))


async def forbid(
    session: AsyncSession,
    client: ClientContext,
    principal: Principal,
    customer_id: UUID,
    channel: Channel,
    *,
    now: datetime,
) -> ConsentsOut:
    """Take staff's note that a customer wants nothing more on a channel; what they said themselves stays theirs.

    Raises:
        CustomerNotFound, CustomerErased, EmailMissing: there is nobody, or no address, that it could be noted of.
    """
    customer = await read(session, client, customer_id)
    if await opt_out(session, client.id, channel, _address(customer, channel), source="staff", now=now):
        await _note(session, client, principal, "customer_opted_out", customer_id, channel=channel, now=now)
    return await _consents(session, client, customer)


async def allow(
    session: AsyncSession,
    client: ClientContext,
    principal: Principal,
    customer_id: UUID,
    channel: Channel,
    *,
    now: datetime,
) -> ConsentsOut:
    """Take staff's note back.

    Raises:
        CustomerNotFound, CustomerErased, EmailMissing: there is nobody, or no address, that it could be noted of.
        StoppedByCustomer: they said so themselves.
    """
    customer = await read(session, client, customer_id)
    address = _address(customer, channel)
    if await _in(session, client.id, channel, address, save=BY_THEMSELVES):
        await _note(session, client, principal, "customer_opted_in", customer_id, channel=channel, now=now)
    elif await opted_out(session, client.id, channel, address):
        raise StoppedByCustomer
    return await _consents(session, client, customer)


async def _in(
    session: AsyncSession, client_id: UUID, channel: Channel, address: str, *, save: tuple[Source, ...]
) -> bool:
    """Forget an opt-out, save of these sources; return whether there was one."""
    return await fetch_first(session, _IN, client_id, channel, _digest(client_id, channel, address), save) is not None


async def _consents(session: AsyncSession, client: ClientContext, customer: CustomerOut) -> ConsentsOut:
    addresses: tuple[tuple[Channel, str | None], ...] = (
        ("sms", customer.phone),
        ("voice", customer.phone),
        ("email", customer.email),
    )
    known = [(channel, _digest(client.id, channel, address)) for channel, address in addresses if address]
    rows = await fetch(session, _THEIRS, client.id, [channel for channel, _ in known], [digest for _, digest in known])
    return ConsentsOut(customer_id=customer.id, opt_outs=[OptOutOut(**row) for row in rows])


def _address(customer: CustomerOut, channel: Channel) -> str:
    if customer.phone is None:
        raise CustomerErased
    if channel != "email":
        return customer.phone
    if customer.email is None:
        raise EmailMissing
    return customer.email


async def _note(
    session: AsyncSession,
    client: ClientContext,
    principal: Principal,
    action: str,
    customer_id: UUID,
    *,
    channel: Channel,
    now: datetime,
) -> None:
    whose, data = client.id, {"channel": channel}
    await audit.record(
        session, client_id=whose, actor=principal.name, action=action, subject_id=customer_id, now=now, data=data
    )


def _digest(client_id: UUID, channel: str, address: str) -> bytes:
    """Return what stands for an address: of no use without it, and different for each client."""
    return hashlib.sha256(f"{client_id}/{channel}/{address.strip().casefold()}".encode()).digest()


async def _export(session: AsyncSession, client: ClientContext, customer_id: UUID) -> list[dict[str, Any]]:
    held = await consents_of(session, client, customer_id)
    return [each.model_dump(mode="json") for each in held.opt_outs]


async def _keep(_session: AsyncSession, _client: ClientContext, _customer_id: UUID) -> None:
    """Keep what is noted, for a digest names nobody: who is forgotten and comes again is still not texted."""


register_personal_data("optOuts", _export, _keep)
