"""The HTTP door to templates."""

from typing import Annotated

from fastapi import APIRouter, Depends

from app.clients.auth import CurrentClient
from app.core.auth import Principal, Scope, require
from app.core.clock import Now
from app.core.db import Session
from app.core.errors import problems
from app.core.idempotency import IdempotentRoute
from app.core.versions import OUTDATED, IfMatch, PreconditionFailed, Tag
from app.messages.rules import Kind
from app.messages.templates import service
from app.messages.templates.errors import (
    AsksForStopWord,
    SubjectMissing,
    TemplateNotFound,
    TemplateTooLong,
    UnbalancedBraces,
    UnknownPlaceholder,
)
from app.messages.templates.schemas import Channel, TemplateIn, TemplateKind, TemplateList, TemplateOut

router = APIRouter(prefix="/templates", tags=["messages"], route_class=IdempotentRoute)

READER = Depends(require(Scope.bookings_read), scope="function")
Admin = Annotated[Principal, Depends(require(Scope.clients_admin), scope="function")]
REFUSED = (UnknownPlaceholder, UnbalancedBraces, AsksForStopWord, TemplateTooLong, SubjectMissing)


@router.get("", dependencies=[READER])
async def list_templates(client: CurrentClient, session: Session) -> TemplateList:
    """List how each kind of message is worded on each channel, in the client's words or in ours."""
    return await service.every(session, client)


@router.get("/{channel}/{kind}", dependencies=[READER])
async def read_template(
    channel: Channel, kind: TemplateKind, client: CurrentClient, session: Session, tag: Tag
) -> TemplateOut:
    """Read how a kind of message is worded, with a preview and what a text of it costs."""
    return tag(await service.read(session, client, (channel, Kind(kind))))


@router.put("/{channel}/{kind}", responses=problems(*REFUSED, *OUTDATED))
async def put_template(
    channel: Channel,
    kind: TemplateKind,
    wanted: TemplateIn,
    *,
    client: CurrentClient,
    principal: Admin,
    session: Session,
    now: Now,
    if_match: IfMatch,
    tag: Tag,
) -> TemplateOut:
    """Word a kind of message in the client's own way. Messages that have not left yet are worded so, too."""
    place = (channel, Kind(kind))
    return tag(await service.put(session, client, principal, place, wanted, if_match=if_match, now=now))


@router.delete("/{channel}/{kind}", status_code=204, responses=problems(TemplateNotFound, PreconditionFailed))
async def delete_template(
    channel: Channel,
    kind: TemplateKind,
    client: CurrentClient,
    principal: Admin,
    session: Session,
    *,
    now: Now,
    if_match: IfMatch,
) -> None:
    """Word a kind of message in our way again."""
    await service.remove(session, client, principal, (channel, Kind(kind)), if_match=if_match, now=now)
