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


class InsufficientScope(Forbidden):
    """The key lacks the scope that this route demands."""

    detail = "This key lacks the scope that this needs."


class OperatorOnly(Forbidden):
    """Only an operator's key may do this."""

    detail = "Only an operator's key may do that."


Resolver = Callable[[Request, AsyncSession, datetime], Awaitable[Principal]]
"""Turns a request's headers into its principal; `main` puts the one of `clients` into `app.state.resolve`."""


async def get_principal(request: Request, session: Session, now: Now) -> Principal:
    """Return the request's principal.

    Raises:
        Unauthorized: (one of its kinds) no key, or none that is valid.
    """
    resolve: Resolver = request.app.state.resolve
    principal = await resolve(request, session, now)
    request.state.principal = principal
    return principal


CurrentPrincipal = Annotated[Principal, Depends(get_principal, scope="function")]


def require(*scopes: Scope) -> Callable[..., Awaitable[Principal]]:
    """Return a dependency that lets a request through whose key has all of the scopes.

    Raises:
        InsufficientScope: when one is missing; the problem names it.
    """

    async def dependency(principal: CurrentPrincipal) -> Principal:
        missing = sorted(set(scopes) - principal.scopes)
        if missing:
            raise InsufficientScope(f"This key lacks the scope {', '.join(missing)}.")
        return principal

    return dependency


async def require_operator(principal: CurrentPrincipal) -> Principal:
    """Let only operators through.

    Raises:
        OperatorOnly: for a client's key.
    """
    if not principal.is_operator:
        raise OperatorOnly
    return principal
