"""The HTTP door to messages."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.clients.auth import CurrentClient
from app.core.auth import Scope, require
from app.core.clock import Now
from app.core.db import Session
from app.core.errors import problems
from app.core.idempotency import IdempotentRoute
from app.core.paging import InvalidCursor, Page, PageQuery
from app.messages import service
from app.messages.errors import MessageNotFound, MessageNotSendable, MessageOutdated
from app.messages.schemas import MessageFilter, MessageOut

router = APIRouter(prefix="/messages", tags=["messages"], route_class=IdempotentRoute)

READ = [Depends(require(Scope.bookings_read), scope="function")]
WRITE = [Depends(require(Scope.bookings_write), scope="function")]


@router.get("", dependencies=READ, responses=problems(InvalidCursor))
async def list_messages(
    *, wanted: Annotated[MessageFilter, Query()], paging: PageQuery, client: CurrentClient, session: Session
) -> Page[MessageOut]:
    """List texts and e-mails, in and out, the newest first."""
    return await service.find(session, client, wanted, paging)


@router.get("/{message_id}", dependencies=READ, responses=problems(MessageNotFound))
async def read_message(message_id: UUID, client: CurrentClient, session: Session) -> MessageOut:
    """Read a text or an e-mail."""
    return await service.read(session, client, message_id)


@router.post(
    "/{message_id}/send",
    status_code=201,
    dependencies=WRITE,
    responses=problems(MessageNotFound, MessageNotSendable, MessageOutdated),
)
async def send_message_again(message_id: UUID, client: CurrentClient, session: Session, now: Now) -> MessageOut:
    """Send again what was not sent, failed or did not arrive: a new message, the same for whoever asks twice."""
    return await service.send_again(session, client, message_id, now=now)
