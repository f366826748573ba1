"""The HTTP door to clients, and the way to that of their keys."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends

from app.clients import service
from app.clients.auth import PathClient
from app.clients.errors import ClientKeyTaken, ClientNotFound
from app.clients.keys.router import router as keys
from app.clients.models import Client
from app.clients.schemas import ClientChange, ClientContext, ClientIn, ClientOut, Status
from app.core.auth import CurrentPrincipal, InsufficientScope, OperatorOnly, Principal, Scope, require, require_operator
from app.core.clock import Now
from app.core.db import Session
from app.core.errors import ValidationFailed, problems
from app.core.idempotency import IdempotentRoute
from app.core.paging import InvalidCursor, Page, PageQuery
from app.core.phone import InvalidPhone
from app.core.versions import OUTDATED, OUTDATED_CHANGE, IfMatch, StatedVersion, Tag

clients = APIRouter(prefix="/clients", tags=["clients"], route_class=IdempotentRoute)
one = APIRouter(prefix="/clients/{clientKey}", tags=["clients"], route_class=IdempotentRoute)

OPERATORS = Depends(require_operator, scope="function")
Admin = Annotated[Principal, Depends(require(Scope.clients_admin), scope="function")]


def _as_out(client: Client | ClientContext) -> ClientOut:
    return ClientOut.model_validate(client, from_attributes=True)


async def _status_setter(
    client: PathClient,
    principal: Admin,
    session: Session,
    *,
    if_match: IfMatch,
    version: StatedVersion,
    now: Now,
    tag: Tag,
) -> Callable[[Status], Awaitable[ClientOut]]:
    """Return what sets the client's status for an operator.

    It refuses a client's key only now that the path was looked up: another's client is not found rather than forbidden.
    """

    async def set_status(status: Status) -> ClientOut:
        if not principal.is_operator:
            raise OperatorOnly
        changed = await service.set_status(
            session, client, status, principal=principal, if_match=if_match, version=version, now=now
        )
        return tag(_as_out(changed))

    return set_status


StatusSetter = Annotated[Callable[[Status], Awaitable[ClientOut]], Depends(_status_setter)]
REFUSED_STATUS = (InsufficientScope, OperatorOnly, ClientNotFound, *OUTDATED)


@clients.post(
    "",
    status_code=201,
    dependencies=[OPERATORS],
    responses=problems(InsufficientScope, OperatorOnly, ClientKeyTaken, ValidationFailed, InvalidPhone),
)
async def create_client(wanted: ClientIn, principal: Admin, session: Session, now: Now, tag: Tag) -> ClientOut:
    """Create a client; for operators."""
    return tag(_as_out(await service.create_client(session, wanted, principal=principal, now=now)))


@clients.get(
    "",
    dependencies=[OPERATORS],
    responses=problems(InsufficientScope, OperatorOnly, ValidationFailed, InvalidCursor),
)
async def list_clients(_principal: Admin, session: Session, paging: PageQuery) -> Page[ClientOut]:
    """List clients by clientKey; for operators."""
    rows, next_after = await service.list_clients(session, paging)
    return Page(items=[_as_out(row) for row in rows], next_after=next_after)


@one.get("", responses=problems(ClientNotFound))
async def read_client(client: PathClient, principal: CurrentPrincipal, tag: Tag) -> ClientOut:
    """Read a client's settings; each of its keys may, and operators who may do anything with clients."""
    if principal.is_operator and Scope.clients_admin not in principal.scopes:
        raise InsufficientScope
    return tag(_as_out(client))


@one.patch(
    "",
    responses=problems(
        InsufficientScope,
        OperatorOnly,
        ClientNotFound,
        *OUTDATED_CHANGE,
        ValidationFailed,
        InvalidPhone,
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
    tag: Tag,
) -> ClientOut:
    """Change settings; what is absent stays. Only operators may change the status."""
    changed = await service.change_client(session, client, change, principal=principal, if_match=if_match, now=now)
    return tag(_as_out(changed))


@one.post("/deactivate", responses=problems(*REFUSED_STATUS))
async def deactivate_client(set_status: StatusSetter) -> ClientOut:
    """Deactivate a client: its keys open nothing until it is activated again; for operators."""
    return await set_status("inactive")


@one.post("/activate", responses=problems(*REFUSED_STATUS))
async def activate_client(set_status: StatusSetter) -> ClientOut:
    """Activate a deactivated client; for operators."""
    return await set_status("active")


router = APIRouter()
router.include_router(clients)
router.include_router(one)
router.include_router(keys)
