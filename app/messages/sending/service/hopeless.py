"""Giving up a message that was begun to be sent, was not, and is not to be any more."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.messages.rules import Status
from app.messages.sending.service.ending import close
from app.messages.sending.service.opening import Outgoing
from app.messages.service import hear


async def give_up(session: AsyncSession, outgoing: Outgoing, *, now: datetime) -> None:
    """Take note of what becomes of a hopeless message."""
    assert outgoing.hopeless is not None
    status, code = outgoing.hopeless
    if status is Status.failed:
        await hear(session, outgoing.client.id, outgoing.id, status, code=code, now=now)
    else:
        await close(session, outgoing.client.id, outgoing.id, status, code, now=now)
