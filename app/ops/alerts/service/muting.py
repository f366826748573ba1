"""Have nobody told of a rule for a while."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.auth import Principal
from app.core.controls import Control, Kind
from app.ops.alerts.errors import RuleNotFound, RuleNotMuted
from app.ops.alerts.rules.catalogue import BY_NAME
from app.ops.alerts.schemas import NewMute
from app.ops.controls import service as controls


async def mute(session: AsyncSession, principal: Principal, rule: str, wanted: NewMute, *, now: datetime) -> Control:
    """Mute a rule; it is evaluated and shown all the same.

    Raises:
        RuleNotFound: there is no such rule.
    """
    if rule not in BY_NAME:
        raise RuleNotFound
    lasts = timedelta(seconds=wanted.expires_in_seconds)
    return await controls.put(session, principal, Kind.mute, rule, value={}, reason=wanted.reason, lasts=lasts, now=now)


async def unmute(
    session: AsyncSession, principal: Principal, rule: str, *, reason: str | None = None, now: datetime
) -> None:
    """End a mute before its time.

    Raises:
        RuleNotFound: there is no such rule.
        RuleNotMuted: nobody has muted it, or that is over.
    """
    if rule not in BY_NAME:
        raise RuleNotFound
    for control in await controls.read(session, now=now):
        if (control.kind, control.target) == (Kind.mute, rule):
            await controls.lift(session, principal, control.id, Kind.mute, reason=reason, now=now)
            return
    raise RuleNotMuted
