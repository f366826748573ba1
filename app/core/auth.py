"""Who asks: the principal, and what it may do. Keys themselves are the business of `clients`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import Now
from app.core.db import Session
from app.core.errors import Forbidden


class Scope(StrEnum):
    """What a key may be allowed."""

    bookings_read = "bookings:read"
    bookings_write = "bookings:write"
    clients_admin = "clients:admin"
    ops_read = "ops:read"
    ops_write = "ops:write"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request acts for.

    `key_id` is None for the operator's break-glass key; `client_id` is None when an operator names
    no client. `name` is what history and audit show: an id, never personal data.
    """

    name: str
    key_id: UUID | None
    client_id: UUID | None
    is_operator: bool
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class Recognised:
    """Whom a request's key belongs to, as far as memory alone can verify: its whole text was compared.

    `name` is that of the `Principal`. `requests_per_minute` is what was agreed for this key; None: the usual.
    """

    name: str
    is_operator: bool
    requests_per_minute: int | None = None


class InsufficientScope(Forbidden):
    """The key lacks the scope that this route demands."""

    detail = "This key lacks the scope that this needs."


class OperatorOnly(Forbidden):
    """Only an operator's key may do this."""

    detail = "Only an operator's key may do that."


Resolver = Callable[[Request, AsyncSession, datetime], Awaitable[Principal]]
"""Turns a request's headers into its principal; `main` puts the one of `clients` into `app.state.resolve`."""


async def identify(request: Request, session: Session, now: Now) -> None:
    """Find out who asks, for all that comes after.

    Raises:
        Unauthorized: (one of its kinds) no key, or none that is valid.
    """
    resolve: Resolver = request.app.state.resolve
    request.state.now = now
    request.state.principal = await resolve(request, session, now)


IDENTIFIED = Depends(identify, scope="function")
"""Goes before every route that asks for a key. The others only read what it found, for FastAPI walks the whole tree
below each dependency, known or not: measured, a quarter of what a booking cost."""


ResolverApart = Callable[[Request, datetime], Awaitable[Principal]]
"""The same without the request's transaction, for what must answer while the database does not."""


async def identify_apart(request: Request, now: Now) -> None:
    """Find out who asks for an operational endpoint: without the users' pool, and for known keys without the database.

    Raises:
        Unauthorized: (one of its kinds) no key, or none that is valid.
    """
    request.scope["operational"] = True
    resolve: ResolverApart = request.app.state.resolve_apart
    request.state.now = now
    request.state.principal = await resolve(request, now)


IDENTIFIED_APART = Depends(identify_apart, scope="function")


async def get_principal(request: Request) -> Principal:
    """Return who asks."""
    principal: Principal = request.state.principal
    return principal


CurrentPrincipal = Annotated[Principal, Depends(get_principal)]


def require(*scopes: Scope) -> Callable[..., Awaitable[Principal]]:
    """Return a dependency that lets a request through whose key has all of the scopes.

    Raises:
        InsufficientScope: when one is missing; the problem names it.
    """

    async def dependency(request: Request) -> Principal:
        principal: Principal = request.state.principal
        missing = sorted(set(scopes) - principal.scopes)
        if missing:
            raise InsufficientScope(f"This key lacks the scope {', '.join(missing)}.")
        return principal

    return dependency


async def require_operator(request: Request) -> Principal:
    """Let only operators through.

    Raises:
        OperatorOnly: for a client's key.
    """
    principal: Principal = request.state.principal
    if not principal.is_operator:
        raise OperatorOnly
    return principal
