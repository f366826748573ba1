"""The HTTP door to clients, and the way to that of their keys."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from app.clients import service
from app.clients.auth import PathClient
from app.clients.errors import ClientKeyTaken, ClientNotFound
from app.clients.keys.router import router as keys
from app.clients.models import Client
from app.clients.schemas import ClientChange, ClientContext, ClientIn, ClientOut
from app.core.auth import CurrentPrincipal, InsufficientScope, OperatorOnly, Principal, Scope, require, require_operator
from app.core.clock import Now
from app.core.db import Session
from app.core.errors import ValidationFailed, problems
from app.core.idempotency import IdempotentRoute
from app.core.paging import InvalidCursor, Page, PageQuery
from app.core.phone import InvalidPhone
from app.core.versions import (
    IfMatch,
    PreconditionFailed,
    PreconditionRequired,
    StatedVersion,
    VersionConflict,
    put_etag,
)

clients = APIRouter(prefix="/clients", tags=["clients"], route_class=IdempotentRoute)
one = APIRouter(prefix="/clients/{clientKey}", tags=["clients"], route_class=IdempotentRoute)

OPERATORS = Depends(require_operator, scope="function")
Admin = Annotated[Principal, Depends(require(Scope.clients_admin), scope="function")]


def _answer(client: Client | ClientContext, response: Response) -> ClientOut:
    put_etag(response, client.version)
    return ClientOut.model_validate(client, from_attributes=True)


def _only_operators(principal: Principal) -> None:
    """Refuse a client's key once its path was looked up: another's client is not found rather than forbidden."""
    if not principal.is_operator:
        raise OperatorOnly


@clients.post(
    "",
    status_code=201,
    dependencies=[OPERATORS],
    responses=problems(InsufficientScope, OperatorOnly, ClientKeyTaken, ValidationFailed, InvalidPhone),
)
async def create_client(
    wanted: ClientIn, principal: Admin, session: Session, now: Now, response: Response
) -> ClientOut:
    """Create a client; for operators."""
    return _answer(await service.create_client(session, wanted, principal=principal, now=now), response)


@clients.get(
    "",
    dependencies=[OPERATORS],
    responses=problems(InsufficientScope, OperatorOnly, ValidationFailed, InvalidCursor),
)
async def list_clients(_principal: Admin, session: Session, paging: PageQuery) -> Page[ClientOut]:
    """List clients by clientKey; for operators."""
    rows, next_after = await service.list_clients(session, paging)
    return Page(items=[ClientOut.model_validate(row, from_attributes=True) for row in rows], next_after=next_after)


@one.get("", responses=problems(ClientNotFound))
async def read_client(client: PathClient, principal: CurrentPrincipal, response: Response) -> ClientOut:
    """Read a client's settings; each of its keys may, and operators who may do anything with clients."""
    if principal.is_operator and Scope.clients_admin not in principal.scopes:
        raise InsufficientScope
    return _answer(client, response)


@one.patch(
    "",
    responses=problems(
        InsufficientScope,
        OperatorOnly,
        ClientNotFound,
        VersionConflict,
        PreconditionFailed,
        ValidationFailed,
        InvalidPhone,
        PreconditionRequired,
    ),
)
async def change_client(
    change: ClientChange,
    client: PathClient,
    principal: Admin,
    session: Session,
    *,
    if_match: IfMatch,
    now: Now,
    response: Response,
) -> ClientOut:
    """Change settings; what is absent stays. Only operators may change the status."""
    changed = await service.change_client(session, client, change, principal=principal, if_match=if_match, now=now)
    return _answer(changed, response)


@one.post(
    "/deactivate",
    responses=problems(InsufficientScope, OperatorOnly, ClientNotFound, PreconditionFailed, VersionConflict),
)
async def deactivate_client(
    client: PathClient,
    principal: Admin,
    session: Session,
    *,
    if_match: IfMatch,
    version: StatedVersion,
    now: Now,
    response: Response,
) -> ClientOut:
    """Deactivate a client: its keys open nothing until it is activated again; for operators."""
    _only_operators(principal)
    changed = await service.set_status(
        session, client, "inactive", principal=principal, if_match=if_match, version=version, now=now
    )
    return _answer(changed, response)


@one.post(
    "/activate",
    responses=problems(InsufficientScope, OperatorOnly, ClientNotFound, PreconditionFailed, VersionConflict),
)
async def activate_client(
    client: PathClient,
    principal: Admin,
    session: Session,
    *,
    if_match: IfMatch,
    version: StatedVersion,
    now: Now,
    response: Response,
) -> ClientOut:
    """Activate a deactivated client; for operators."""
    _only_operators(principal)
    changed = await service.set_status(
        session, client, "active", principal=principal, if_match=if_match, version=version, now=now
    )
    return _answer(changed, response)


router = APIRouter()
router.include_router(clients)
router.include_router(one)
router.include_router(keys)
