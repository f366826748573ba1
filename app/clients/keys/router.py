"""The HTTP door to keys: a client's own, or, for an operator who names no client, the operators'."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Request

from app.clients.auth import NamedClient
from app.clients.errors import ClientInactive, ExpiryPassed, KeyNotActive, KeyNotFound, ScopeNotGrantable
from app.clients.keys import service
from app.clients.keys.schemas import KeyChange, KeyCreated, KeyIn, KeyOut, KeyRotated, RotationIn
from app.clients.rules import Environment, environment_of
from app.core.auth import InsufficientScope, OperatorOnly, Principal, Scope, require
from app.core.clock import Now
from app.core.config import Settings
from app.core.db import Session
from app.core.errors import ValidationFailed, problems
from app.core.idempotency import IdempotentRoute
from app.core.paging import InvalidCursor, Page, PageQuery
from app.core.versions import OUTDATED_CHANGE, IfMatch, PreconditionFailed, Tag

router = APIRouter(prefix="/keys", tags=["keys"], route_class=IdempotentRoute)

Admin = Annotated[Principal, Depends(require(Scope.clients_admin), scope="function")]


async def _environment(request: Request) -> Environment:
    settings: Settings = request.app.state.settings
    return environment_of(settings.env)


KeyEnvironment = Annotated[Environment, Depends(_environment)]


@router.post(
    "",
    status_code=201,
    responses=problems(
        InsufficientScope, ScopeNotGrantable, OperatorOnly, ClientInactive, ValidationFailed, ExpiryPassed
    ),
)
async def create_key(
    wanted: KeyIn,
    client: NamedClient,
    principal: Admin,
    session: Session,
    *,
    environment: KeyEnvironment,
    now: Now,
    tag: Tag,
) -> KeyCreated:
    """Create a key. It is shown this once; nobody can be given more than the creator may do."""
    return tag(await service.create_key(session, client, wanted, principal=principal, environment=environment, now=now))


@router.get("", responses=problems(ValidationFailed, InvalidCursor))
async def list_keys(
    client: NamedClient, _principal: Admin, session: Session, paging: PageQuery, now: Now
) -> Page[KeyOut]:
    """List keys in the order of their making, ended ones among them."""
    return await service.list_keys(session, client, paging, now=now)


@router.get("/{key_id}", responses=problems(KeyNotFound))
async def read_key(
    key_id: UUID, client: NamedClient, _principal: Admin, session: Session, *, now: Now, tag: Tag
) -> KeyOut:
    """Read a key, without its secret."""
    return tag(await service.read_key(session, client, key_id, now=now))


@router.patch("/{key_id}", responses=problems(InsufficientScope, OperatorOnly, KeyNotFound, *OUTDATED_CHANGE))
async def change_key(
    key_id: UUID,
    wanted: KeyChange,
    client: NamedClient,
    principal: Admin,
    session: Session,
    *,
    if_match: IfMatch,
    now: Now,
    tag: Tag,
) -> KeyOut:
    """Change a key's name, or, for operators, its limit; the secret and the scopes stay."""
    return tag(
        await service.change_key(session, client, key_id, wanted, principal=principal, if_match=if_match, now=now)
    )


@router.post(
    "/{key_id}/rotate",
    status_code=201,
    responses=problems(
        InsufficientScope, ScopeNotGrantable, ClientInactive, KeyNotFound, KeyNotActive, PreconditionFailed
    ),
)
async def rotate_key(
    key_id: UUID,
    client: NamedClient,
    principal: Admin,
    session: Session,
    *,
    wanted: Annotated[RotationIn | None, Body()] = None,
    environment: KeyEnvironment,
    if_match: IfMatch,
    now: Now,
    tag: Tag,
) -> KeyRotated:
    """Replace a key. The new one is shown this once; the old one works on until `previousExpiresAt`."""
    overlap = timedelta(minutes=(wanted or RotationIn()).overlap_minutes)
    return tag(
        await service.rotate_key(
            session,
            client,
            key_id,
            overlap=overlap,
            principal=principal,
            environment=environment,
            if_match=if_match,
            now=now,
        )
    )


@router.delete("/{key_id}", responses=problems(KeyNotFound, PreconditionFailed))
async def revoke_key(
    key_id: UUID,
    client: NamedClient,
    principal: Admin,
    session: Session,
    *,
    if_match: IfMatch,
    now: Now,
    tag: Tag,
) -> KeyOut:
    """Revoke a key: from the next request on it opens nothing. Twice is the same as once."""
    return tag(await service.revoke_key(session, client, key_id, principal=principal, if_match=if_match, now=now))
