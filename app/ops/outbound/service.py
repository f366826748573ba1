"""Pause and resume what goes out to customers."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.outbound import service as calls
from app.core.auth import Principal
from app.core.controls import Control, Controls, Kind
from app.jobs import service as jobs
from app.messages.sending import service as messages
from app.ops.controls import service as controls
from app.ops.outbound.errors import SentAhead
from app.ops.outbound.schemas import Outbound

MESSAGES = "messages"
"""The one target: all of them."""


async def status(session: AsyncSession, *, now: datetime) -> Outbound:
    """Return whether messages are paused, and how many wait."""
    control = await _standing(session, now=now)
    return _shown(control, waiting=await jobs.parked(session))


def remembered(held: Controls, *, now: datetime) -> Outbound:
    """Return what this process knows of it, while the database tells nothing."""
    return _shown(next(iter(held.in_force(Kind.outbound, now=now)), None))


async def pause(session: AsyncSession, principal: Principal, *, reason: str, now: datetime) -> Outbound:
    """Have every message wait until they are resumed: those that come up, and those that wait for their hour."""
    control = await controls.put(
        session, principal, Kind.outbound, MESSAGES, value={}, reason=reason, lasts=None, now=now
    )
    return _shown(control, waiting=await jobs.parked(session))


async def resume(
    session: AsyncSession,
    principal: Principal,
    *,
    reason: str | None,
    sent_until: datetime | None = None,
    now: datetime,
) -> Outbound:
    """Let messages go out again, those that waited first; does nothing where they are not paused.

    What was due up to `sent_until` is withdrawn, paused or not: a database that was restored does not know that the
    earlier one sent it.

    Raises:
        SentAhead: that instant is still to come.
    """
    withdrawn = None if sent_until is None else await _withdraw(session, sent_until, now=now)
    control = await _standing(session, now=now)
    if control is not None:
        await controls.lift(session, principal, control.id, Kind.outbound, reason=reason, now=now)
    return Outbound(paused=False, waiting=0, released=await jobs.release(session), withdrawn=withdrawn)


async def _withdraw(session: AsyncSession, sent_until: datetime, *, now: datetime) -> int:
    if sent_until > now:
        raise SentAhead
    texts_and_letters = await messages.withdraw_sent(session, sent_until, now=now)
    return texts_and_letters + await calls.withdraw_placed(session, sent_until, now=now)


async def _standing(session: AsyncSession, *, now: datetime) -> Control | None:
    held = await controls.read(session, now=now)
    return next((control for control in held if control.kind == Kind.outbound), None)


def _shown(control: Control | None, *, waiting: int | None = None) -> Outbound:
    if control is None:
        return Outbound(paused=False, waiting=waiting)
    return Outbound(paused=True, since=control.created_at, actor=control.actor, reason=control.reason, waiting=waiting)
