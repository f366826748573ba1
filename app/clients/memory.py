"""What a process remembers of keys and clients, and what it reads to know them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.errors import ClientInactive, ClientNotFound, ExpiredKey, RevokedKey, UnknownKey
from app.clients.rules import key_status
from app.clients.schemas import ClientContext
from app.core.auth import Principal, Scope
from app.core.cache import Definition
from app.core.direct import fetch_first
from app.core.security import same

_USE_NOTED_EVERY = timedelta(seconds=60)
_SCOPES = {scope.value: scope for scope in Scope}


@dataclass(slots=True)
class KnownKey:
    """A key as requests need it. All but `used_at` stays as it was read.

    `client_key` names its owner; an operator's has none. `used_at` is when its use was last noted, as far as this
    process knows.
    """

    principal: Principal
    client_key: str | None
    key_hash: bytes
    expires_at: datetime | None
    revoked_at: datetime | None
    requests_per_minute: int | None
    used_at: datetime | None

    def verify(self, hashed: bytes, *, now: datetime) -> None:
        """Compare the whole key in constant time, and see whether it is still good.

        Raises:
            UnknownKey, RevokedKey, ExpiredKey: it is not.
        """
        if not same(self.key_hash, hashed):
            raise UnknownKey
        status = key_status(revoked_at=self.revoked_at, expires_at=self.expires_at, now=now)
        if status != "active":
            raise RevokedKey if status == "revoked" else ExpiredKey

    def due(self, now: datetime) -> bool:
        """Tell whether its use is to be noted again."""
        return self.used_at is None or now - self.used_at > _USE_NOTED_EVERY

    def used(self, now: datetime) -> None:
        """Note that its use was noted."""
        self.used_at = now

    def client_it_names(self, client_key: str | None) -> str | None:
        """Return the public name of the client that a request with this key and this `X-Client-Key` is about.

        Raises:
            ClientNotFound: a client's key names another client.
        """
        if self.principal.is_operator:
            return client_key
        if client_key not in (None, self.client_key):
            raise ClientNotFound
        return self.client_key

    def permitted(self, client: ClientContext | None) -> ClientContext | None:
        """Return the client, if its own key may still act for it; an operator's may always.

        Raises:
            ClientNotFound: the key's owner is gone.
            ClientInactive: it is deactivated.
        """
        if not self.principal.is_operator:
            if client is None or client.id != self.principal.client_id:
                raise ClientNotFound
            if client.status != "active":
                raise ClientInactive
        return client

    def acting_for(self, client: ClientContext | None) -> Principal:
        """Return who asks, when it asks about this client."""
        if client is None or client.id == self.principal.client_id:
            return self.principal
        return replace(self.principal, client_id=client.id)


KEYS: Definition[UUID, KnownKey] = Definition("keys", 10_000, 300.0, UUID)
CLIENTS: Definition[str, ClientContext] = Definition("clients", 10_000, 300.0, str)
"""By their public names."""

OF_KEY = """k.client_id, o.client_key, k.scopes, k.key_hash, k.expires_at, k.revoked_at, k.requests_per_minute,
k.last_used_at"""
OF_KEYS = "api_keys k LEFT JOIN clients o ON o.id = k.client_id"
OF_CLIENT = """c.id, c.client_key, c.name, c.timezone, c.region, c.currency, c.locale, c.phone,
c.cancel_window_minutes, c.hold_seconds, c.status, c.version, c.configuration_version"""

_KEY = f"SELECT {OF_KEY} FROM {OF_KEYS} WHERE k.id = $1"  # noqa: S608 - made of constants
_CLIENT = f"SELECT {OF_CLIENT} FROM clients c WHERE c.client_key = $1"  # noqa: S608 - made of constants
_CLIENT_OF_ID = f"SELECT {OF_CLIENT} FROM clients c WHERE c.id = $1"  # noqa: S608 - made of constants


def known_key(key_id: UUID, columns: Any) -> KnownKey:
    """Return a key of the columns `OF_KEY`."""
    owner_id, client_key, scopes, *rest = columns
    granted = frozenset([_SCOPES[scope] for scope in scopes])
    return KnownKey(Principal(f"key:{key_id}", key_id, owner_id, owner_id is None, granted), client_key, *rest)


async def read_key(session: AsyncSession, key_id: UUID) -> KnownKey:
    """Read a key by its id; whether it is good is not looked at.

    Raises:
        UnknownKey: there is none.
    """
    row = await fetch_first(session, _KEY, key_id)
    if row is None:
        raise UnknownKey
    return known_key(key_id, row)


async def read_client(session: AsyncSession, client_key: str) -> ClientContext:
    """Read a client by its public name, whatever its status.

    Raises:
        ClientNotFound: there is none.
    """
    row = await fetch_first(session, _CLIENT, client_key)
    if row is None:
        raise ClientNotFound
    return ClientContext(*row)


async def context_of(session: AsyncSession, client_id: UUID) -> ClientContext:
    """Read a client by its id, whatever its status: for what is done long after somebody asked for it.

    Raises:
        ClientNotFound: there is none.
    """
    row = await fetch_first(session, _CLIENT_OF_ID, client_id)
    if row is None:
        raise ClientNotFound
    return ClientContext(*row)
