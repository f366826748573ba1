"""From a request's key to its principal and its client, on every request: from memory where that is told of changes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.errors import (
    ClientInactive,
    ClientNotFound,
    ClientRequired,
    ConflictingKeys,
    MalformedKey,
    MissingKey,
    UnknownKey,
)
from app.clients.memory import (
    CLIENTS,
    KEYS,
    OF_CLIENT,
    OF_KEY,
    OF_KEYS,
    KnownKey,
    known_key,
    read_client,
    read_key,
)
from app.clients.rules import parse_key
from app.clients.schemas import ClientContext, ClientKey
from app.core.auth import Principal, Scope
from app.core.cache import Caches, after_commit, caches_of
from app.core.config import Settings
from app.core.direct import fetch, fetch_first
from app.core.security import digest, same

_BOTH = f"SELECT {OF_KEY}, {OF_CLIENT} FROM {OF_KEYS} LEFT JOIN clients c ON "  # noqa: S608 - made of constants
_OWN_CLIENT = f"{_BOTH} c.id = k.client_id WHERE k.id = $1"
_NAMED_CLIENT = f"{_BOTH} c.client_key = $2 WHERE k.id = $1"
_KEY_COLUMNS = OF_KEY.count(",") + 1

TOUCH = """UPDATE api_keys SET last_used_at = $2
WHERE id = (SELECT id FROM api_keys WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED)"""
"""Skips a locked row, so that no request waits for another one that notes the same."""

ClientKeyInPath = Annotated[ClientKey, Path(alias="clientKey")]

_EVERYTHING = frozenset(Scope)
_READS = frozenset({"GET", "HEAD"})

Headers = Iterable[tuple[bytes, bytes]]


async def authenticate(request: Request, session: AsyncSession, now: datetime) -> Principal:
    """Return who asks, and note the client that it is about in `request.state.client` (None: no client named).

    Known keys and clients need no query while this process hears of changes; the break-glass key never needs one.

    Raises:
        MissingKey, ConflictingKeys, MalformedKey: found out without a query.
        UnknownKey, RevokedKey, ExpiredKey: the key was read and is not good.
        ClientNotFound: `X-Client-Key` names no client, or not the key's own.
        ClientInactive: the key's client is deactivated.
    """
    text, client_key = presented(request.scope["headers"])
    hashed = digest(text)
    if is_break_glass(request.app.state.settings, hashed):
        client = None if client_key is None else await _find_client(session, client_key)
        request.state.client = client
        return operator(client)
    key_id = parse_key(text)
    if key_id is None:
        raise MalformedKey
    caches = caches_of(session)
    find = _remember if caches.trusted else _ask
    known, client = await find(session, caches, key_id, client_key, hashed=hashed, now=now)
    request.state.client = client
    if known.due(now):
        await fetch(session, TOUCH, key_id, now)
        after_commit(session, lambda: known.used(now))
    return known.acting_for(client)


def is_break_glass(settings: Settings, hashed: bytes) -> bool:
    """Tell whether this is the digest of the operator's key from the environment."""
    key = settings.operator_api_key
    return key is not None and same(hashed, digest(key.get_secret_value()))


def operator(client: ClientContext | None) -> Principal:
    """Return the principal of the break-glass key."""
    return Principal("operator", None, client.id if client else None, True, _EVERYTHING)


def presented(headers: Headers) -> tuple[str, str | None]:
    """Return the key and the client's name; one pass over the headers, for this runs on every request.

    Raises:
        MissingKey, ConflictingKeys: there is no key, or more than one.
    """
    keys: set[str] = set()
    client_key = None
    for name, value in headers:
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


async def _find_client(session: AsyncSession, client_key: str) -> ClientContext:
    caches = caches_of(session)
    if caches.trusted:
        return await _remembered_client(session, caches, client_key)
    return await read_client(session, client_key)


async def _remembered_client(session: AsyncSession, caches: Caches, client_key: str) -> ClientContext:
    return await caches.of(CLIENTS).get(client_key, lambda: read_client(session, client_key), ready=session.connection)


async def _remember(
    session: AsyncSession, caches: Caches, key_id: UUID, client_key: str | None, *, hashed: bytes, now: datetime
) -> tuple[KnownKey, ClientContext | None]:
    known = await caches.of(KEYS).get(key_id, lambda: read_key(session, key_id), ready=session.connection)
    known.verify(hashed, now=now)
    name = known.client_it_names(client_key)
    client = None if name is None else await _remembered_client(session, caches, name)
    return known, known.permitted(client)


async def _ask(
    session: AsyncSession, caches: Caches, key_id: UUID, client_key: str | None, *, hashed: bytes, now: datetime
) -> tuple[KnownKey, ClientContext | None]:
    """Read key and client in one query, for nobody would tell this process that they have changed.

    The key is still noted: limits want to know whose it is, and operators come in while the database is away.
    """
    keys = caches.of(KEYS)
    epoch = keys.epoch
    if client_key is None:
        row = await fetch_first(session, _OWN_CLIENT, key_id)
    else:
        row = await fetch_first(session, _NAMED_CLIENT, key_id, client_key)
    if row is None:
        raise UnknownKey
    columns = tuple(row)
    known, client_columns = known_key(key_id, columns[:_KEY_COLUMNS]), columns[_KEY_COLUMNS:]
    keys.bypassed(key_id, known, epoch=epoch)
    known.verify(hashed, now=now)
    known.client_it_names(client_key)
    client = ClientContext(*client_columns) if client_columns[0] is not None else None
    if client is None and client_key is not None:
        raise ClientNotFound
    return known, known.permitted(client)


async def _named_client(request: Request) -> ClientContext | None:
    client: ClientContext | None = request.state.client
    return client


NamedClient = Annotated[ClientContext | None, Depends(_named_client)]
"""The client that the request is about; None when an operator names none."""


async def _client_in_path(request: Request, client_key: ClientKeyInPath) -> ClientContext:
    principal: Principal = request.state.principal
    session: AsyncSession = request.state.session
    if principal.is_operator:
        return await read_client(session, client_key)
    own: ClientContext = request.state.client
    if own.client_key != client_key:
        raise ClientNotFound
    return await read_client(session, client_key) if caches_of(session).trusted else own


PathClient = Annotated[ClientContext, Depends(_client_in_path)]
"""The client in a path's `{clientKey}`: any for an operator, its own for a client's key. Never from memory: what is
shown here is what the next change is compared with.

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
