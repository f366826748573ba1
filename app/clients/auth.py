"""From a request's key to its principal and its client: one query, on every request."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.errors import (
    ClientInactive,
    ClientNotFound,
    ClientRequired,
    ConflictingKeys,
    ExpiredKey,
    MalformedKey,
    MissingKey,
    RevokedKey,
    UnknownKey,
)
from app.clients.rules import key_status, parse_key
from app.clients.schemas import ClientContext, ClientKey
from app.core.auth import Principal, Scope
from app.core.config import Settings
from app.core.db import Sessions
from app.core.direct import fetch, fetch_first
from app.core.security import digest, same

_CLIENT = """c.id, c.client_key, c.name, c.timezone, c.region, c.currency, c.locale, c.phone,
c.cancel_window_minutes, c.hold_seconds, c.status, c.version, c.configuration_version"""

_KEY = f"""SELECT k.client_id, k.scopes, k.key_hash, k.expires_at, k.revoked_at, k.last_used_at, {_CLIENT}
FROM api_keys k LEFT JOIN clients c ON """  # noqa: S608 - made of constants

_OWN_CLIENT = f"{_KEY} c.id = k.client_id WHERE k.id = $1"
_NAMED_CLIENT = f"{_KEY} c.client_key = $2 WHERE k.id = $1"
_CLIENT_ALONE = f"SELECT {_CLIENT} FROM clients c WHERE c.client_key = $1"  # noqa: S608 - made of constants

_TOUCH = """UPDATE api_keys SET last_used_at = $2
WHERE id = (SELECT id FROM api_keys WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED)"""
"""Skips a locked row, so that no request waits for another one that notes the same."""

ClientKeyInPath = Annotated[ClientKey, Path(alias="clientKey")]

_USE_NOTED_EVERY = timedelta(seconds=60)
_EVERYTHING = frozenset(Scope)
_SCOPES = {scope.value: scope for scope in Scope}
_READS = frozenset({"GET", "HEAD"})


async def authenticate(request: Request, session: AsyncSession, now: datetime) -> Principal:
    """Return who asks, and note the client that it is about in `request.state.client` (None: no client named).

    The break-glass key needs no query, so it works while the database is down.

    Raises:
        MissingKey, ConflictingKeys, MalformedKey: found out without a query.
        UnknownKey, RevokedKey, ExpiredKey: the key was read and is not good.
        ClientNotFound: `X-Client-Key` names no client, or not the key's own.
        ClientInactive: the key's client is deactivated.
    """
    text, client_key = _presented(request)
    hashed = digest(text)
    settings: Settings = request.app.state.settings
    break_glass = settings.operator_api_key
    if break_glass is not None and same(hashed, digest(break_glass.get_secret_value())):
        client = None if client_key is None else await find_client(session, client_key)
        request.state.client = client
        return Principal("operator", None, client.id if client else None, True, _EVERYTHING)
    key_id = parse_key(text)
    if key_id is None:
        raise MalformedKey
    principal, client = await _find_key(session, key_id, client_key, hashed=hashed, now=now)
    request.state.client = client
    return principal


async def authenticate_apart(request: Request, now: datetime) -> Principal:
    """Return who asks for an operational endpoint; the users' pool is not touched.

    Raises:
        MissingKey, ConflictingKeys, MalformedKey, UnknownKey, RevokedKey, ExpiredKey: the key is not good.
        ClientNotFound, ClientInactive: as for every request.
    """
    sessions: Sessions = request.app.state.process.sessions
    async with sessions() as session, session.begin():
        return await authenticate(request, session, now)


def _presented(request: Request) -> tuple[str, str | None]:
    """Return the key and the client's name; one pass over the headers, for this runs on every request."""
    keys: set[str] = set()
    client_key = None
    for name, value in request.scope["headers"]:
        if name == b"x-api-key":
            keys.add(value.decode("latin-1").strip())
        elif name == b"authorization":
            scheme, _, credentials = value.decode("latin-1").partition(" ")
            if scheme.lower() == "bearer":
                keys.add(credentials.strip())
        elif name == b"x-client-key":
            client_key = value.decode("latin-1").strip()
    keys.discard("")
    if not keys:
        raise MissingKey
    if len(keys) > 1:
        raise ConflictingKeys
    return keys.pop(), client_key


async def find_client(session: AsyncSession, client_key: str) -> ClientContext:
    """Return a client by its public name, whatever its status.

    Raises:
        ClientNotFound: there is none.
    """
    row = await fetch_first(session, _CLIENT_ALONE, client_key)
    if row is None:
        raise ClientNotFound
    return ClientContext(*row)


async def _find_key(
    session: AsyncSession, key_id: UUID, client_key: str | None, *, hashed: bytes, now: datetime
) -> tuple[Principal, ClientContext | None]:
    if client_key is None:
        row = await fetch_first(session, _OWN_CLIENT, key_id)
    else:
        row = await fetch_first(session, _NAMED_CLIENT, key_id, client_key)
    if row is None:
        raise UnknownKey
    owner_id, scopes, key_hash, expires_at, revoked_at, last_used_at = row[:6]
    if not same(key_hash, hashed):
        raise UnknownKey
    status = key_status(revoked_at=revoked_at, expires_at=expires_at, now=now)
    if status != "active":
        raise RevokedKey if status == "revoked" else ExpiredKey
    client = _permitted(ClientContext(*row[6:]) if row[6] is not None else None, owner_id, client_key)
    if last_used_at is None or now - last_used_at > _USE_NOTED_EVERY:
        await fetch(session, _TOUCH, key_id, now)
    granted = frozenset([_SCOPES[scope] for scope in scopes])
    return Principal(f"key:{key_id}", key_id, client.id if client else None, owner_id is None, granted), client


def _permitted(client: ClientContext | None, owner_id: UUID | None, client_key: str | None) -> ClientContext | None:
    """Return the client if a key of this owner may act for it; an operator's key has no owner."""
    if owner_id is None:
        if client is None and client_key is not None:
            raise ClientNotFound
        return client
    if client is None or client.id != owner_id:
        raise ClientNotFound
    if client.status != "active":
        raise ClientInactive
    return client


async def _named_client(request: Request) -> ClientContext | None:
    client: ClientContext | None = request.state.client
    return client


NamedClient = Annotated[ClientContext | None, Depends(_named_client)]
"""The client that the request is about; None when an operator names none."""


async def _client_in_path(request: Request, client_key: ClientKeyInPath) -> ClientContext:
    principal: Principal = request.state.principal
    if principal.is_operator:
        return await find_client(request.state.session, client_key)
    own: ClientContext = request.state.client
    if own.client_key != client_key:
        raise ClientNotFound
    return own


PathClient = Annotated[ClientContext, Depends(_client_in_path)]
"""The client in a path's `{clientKey}`: any for an operator, its own for a client's key.

Raises:
    ClientNotFound: there is no such client, or it is another's.
"""


async def _current_client(request: Request) -> ClientContext:
    client: ClientContext | None = request.state.client
    if client is None:
        raise ClientRequired
    if client.status != "active" and request.method not in _READS:
        raise ClientInactive
    return client


CurrentClient = Annotated[ClientContext, Depends(_current_client)]
"""The client that the request is about.

Raises:
    ClientRequired: an operator names none.
    ClientInactive: an operator would change something of a deactivated client.
"""
