"""Creating whatever of the demo is missing, and nothing twice."""

import dataclasses
import hashlib
import hmac
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import Resource, Service
from app.catalog.resources import service as resources
from app.catalog.services import service as services
from app.catalog.services.schemas import ServiceIn
from app.cli.demo.businesses import BUSINESSES, Business
from app.cli.demo.contact import SEEDER, reach
from app.clients import service as clients
from app.clients.models import ApiKey, Client
from app.clients.rules import SECRET_BITS, make_key
from app.clients.schemas import ClientContext
from app.core.auth import Scope
from app.core.security import digest
from app.schedule import service as schedule
from app.schedule.hours import service as hours
from app.schedule.rules.walltime import as_datetime

CLIENT_SCOPES = (Scope.bookings_read, Scope.bookings_write, Scope.clients_admin)


async def seed(session: AsyncSession, secret: str, *, now: datetime) -> dict[str, Any]:
    """Create what is missing of the demo and return its keys and ids, as `booking demo --json` prints them.

    Keys are derived from the machine's secret, so that they can be shown again without being stored.
    """
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('demo', 0))"))
    shown = [await _seed_business(session, business, secret, now=now) for business in BUSINESSES]
    operator = await _key(session, secret, "Demo operator", client_id=None, scopes=tuple(Scope), now=now)
    return {"operatorKey": operator, "clients": shown}


async def _seed_business(session: AsyncSession, business: Business, secret: str, *, now: datetime) -> dict[str, Any]:
    client = await _client(session, business, now=now)
    staff = await _resources(session, client, business, now=now)
    offered = await _services(session, client, business, staff, now=now)
    line = await reach(session, client, address=business.address, now=now)
    key = await _key(session, secret, f"Demo {client.client_key}", client_id=client.id, scopes=CLIENT_SCOPES, now=now)
    return {
        "clientKey": client.client_key,
        "apiKey": key,
        "timezone": client.timezone,
        "line": line,
        "services": [{"id": str(found), "name": name} for name, found in offered.items()],
        "resources": [{"id": str(found), "name": name} for name, found in staff.items()],
    }


async def _client(session: AsyncSession, business: Business, *, now: datetime) -> ClientContext:
    row = await session.scalar(select(Client).where(Client.client_key == business.client.client_key))
    if row is None:
        row = await clients.create_client(session, business.client, principal=SEEDER, now=now)
        await session.refresh(row)
    return ClientContext(**{field.name: getattr(row, field.name) for field in dataclasses.fields(ClientContext)})


async def _resources(
    session: AsyncSession, client: ClientContext, business: Business, *, now: datetime
) -> dict[str, UUID]:
    query = select(Resource.name, Resource.id).where(Resource.client_id == client.id, Resource.status == "active")
    found = {row.name: row.id for row in await session.execute(query)}
    for wanted, week in business.resources.items():
        if wanted.name not in found:
            made = await resources.create(session, client, SEEDER, wanted, now=now)
            await hours.put_hours(session, client, SEEDER, made.id, week, if_match=None, now=now)
            found[wanted.name] = made.id
    return {wanted.name: found[wanted.name] for wanted in business.resources}


async def _services(
    session: AsyncSession, client: ClientContext, business: Business, staff: dict[str, UUID], *, now: datetime
) -> dict[str, UUID]:
    query = select(Service.name, Service.id).where(Service.client_id == client.id, Service.status == "active")
    found = {row.name: row.id for row in await session.execute(query)}
    for name, terms in business.services.items():
        if name not in found:
            serving = [staff[who] for who in business.serving[name]]
            wanted = ServiceIn(name=name, resource_ids=serving, **terms)
            found[name] = (await services.create(session, client, SEEDER, wanted, now=now)).id
    return {name: found[name] for name in business.services}


async def _key(
    session: AsyncSession,
    secret: str,
    name: str,
    *,
    client_id: UUID | None,
    scopes: tuple[Scope, ...],
    now: datetime,
) -> str:
    """Return the demo's key of that name; if it was revoked, the next one that the secret gives."""
    generation = 0
    while True:
        drawn = hmac.new(secret.encode(), f"{name}:{client_id}:{generation}".encode(), hashlib.sha512).digest()
        entropy = int.from_bytes(drawn[16:]) & ((1 << SECRET_BITS) - 1)
        key = make_key(UUID(bytes=drawn[:16]), "test", entropy=entropy)
        row = await session.get(ApiKey, key.id)
        if row is None:
            granted = [scope.value for scope in scopes]
            row = ApiKey(id=key.id, client_id=client_id, name=name, scopes=granted, key_hash=digest(key.text))
            row.last4, row.created_at = key.last4, now
            session.add(row)
            await session.flush()
        if row.revoked_at is None:
            return key.text
        generation += 1


async def first_offer(session: AsyncSession, demo: dict[str, Any], *, now: datetime) -> tuple[str, datetime]:
    """Return the id of the demo's first service, and a start of it that is on offer from tomorrow on."""
    shown = demo["clients"][0]
    row = await session.scalar(select(Client).where(Client.client_key == shown["clientKey"]))
    client = ClientContext(**{field.name: getattr(row, field.name) for field in dataclasses.fields(ClientContext)})
    service_id = shown["services"][0]["id"]
    plan = await schedule.load_plan(session, client, UUID(service_id), now=now)
    found = await schedule.following(session, client, plan, int(now.timestamp()) + 86_400, now=now)
    return service_id, as_datetime(next(iter(found.offers)))
