"""The HTTP door to what waits for a person."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.attention import service
from app.attention.errors import AttentionNotFound
from app.attention.rules import Kind
from app.attention.schemas import AttentionOut, DoneRequest, UnroutedOut
from app.clients.auth import CurrentClient
from app.core.auth import OperatorOnly, Principal, Scope, require, require_operator
from app.core.clock import Now
from app.core.db import Session
from app.core.errors import problems
from app.core.idempotency import IdempotentRoute
from app.core.paging import InvalidCursor, Page, PageQuery
from app.core.versions import OUTDATED, IfMatch, Tag

router = APIRouter(prefix="/attention", tags=["attention"], route_class=IdempotentRoute)
unrouted = APIRouter(prefix="/unrouted", tags=["attention"], route_class=IdempotentRoute)

READER = Depends(require(Scope.bookings_read), scope="function")
Writer = Annotated[Principal, Depends(require(Scope.bookings_write), scope="function")]
OPERATORS = [
    Depends(require_operator, scope="function"),
    Depends(require(Scope.clients_admin), scope="function"),
]


@router.get("", dependencies=[READER], responses=problems(InvalidCursor))
async def list_attention(
    client: CurrentClient,
    session: Session,
    paging: PageQuery,
    *,
    status: Annotated[Literal["open", "done"] | None, Query()] = None,
    kind: Annotated[Kind | None, Query()] = None,
) -> Page[AttentionOut]:
    """List what waits for a person, oldest first, with what can be done about it; `status=open` leaves out the rest."""
    return await service.page(session, client, paging, status=status, kind=kind)


@router.get("/{attention_id}", dependencies=[READER], responses=problems(AttentionNotFound))
async def read_attention(attention_id: UUID, client: CurrentClient, session: Session, tag: Tag) -> AttentionOut:
    """Read one thing that waits for a person."""
    return tag(await service.read(session, client, attention_id))


@router.post("/{attention_id}/done", responses=problems(AttentionNotFound, *OUTDATED))
async def tick_off_attention(
    attention_id: UUID,
    client: CurrentClient,
    principal: Writer,
    session: Session,
    *,
    now: Now,
    if_match: IfMatch,
    tag: Tag,
    wanted: DoneRequest | None = None,
) -> AttentionOut:
    """Say that it is done, with a note of what was done."""
    request = wanted or DoneRequest()
    return tag(
        await service.tick_off(session, client, attention_id, request, principal=principal, if_match=if_match, now=now)
    )


@unrouted.get("", dependencies=OPERATORS, responses=problems(OperatorOnly, InvalidCursor))
async def list_unrouted(session: Session, paging: PageQuery) -> Page[UnroutedOut]:
    """List what came in for numbers and assistants that no client has, oldest first, of 30 days; for operators."""
    return await service.page_unrouted(session, paging)
