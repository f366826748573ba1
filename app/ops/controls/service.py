"""Set, lift and read controls."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.service import record
from app.core.auth import Principal
from app.core.controls import Control, Kind
from app.core.ids import new_id
from app.ops.controls.errors import ControlNotFound
from app.ops.controls.models import SetControl

CHANNEL = "booking_controls"
"""A notice on it tells every process to read the controls anew; without it they do every 2 s."""

ACTS_LAST = timedelta(minutes=5)
"""So long an act stays among the controls: every process has carried it out by then, or started after it."""

_TELL = text("SELECT pg_notify(:channel, '')")


async def put(
    session: AsyncSession,
    principal: Principal,
    kind: Kind,
    target: str,
    *,
    value: Mapping[str, Any],
    reason: str,
    lasts: timedelta | None,
    now: datetime,
) -> Control:
    """Set a control, for a while or (None) until it is lifted, and write it into the audit log.

    An earlier control of the same kind and target gives way to it.
    """
    control = Control(
        id=new_id(),
        kind=kind,
        target=target,
        value=dict(value),
        reason=reason,
        actor=principal.name,
        created_at=now,
        expires_at=None if lasts is None else now + lasts,
    )
    standing = update(SetControl).where(
        SetControl.kind == kind, SetControl.target == target, SetControl.ended_at.is_(None)
    )
    await session.execute(standing.values(ended_at=now))
    session.add(SetControl(**{name: getattr(control, name) for name in control.__slots__}))
    data = {"target": target, "reason": reason, **value}
    await _told(session, principal, f"{kind}_set", control.id, now=now, data=data)
    return control


async def lift(
    session: AsyncSession,
    principal: Principal,
    control_id: UUID,
    kind: Kind,
    *,
    reason: str | None = None,
    now: datetime,
) -> None:
    """End a control before its time; the reason is for the audit log.

    Raises:
        ControlNotFound: no control of this kind with this id is in force.
    """
    found = update(SetControl).where(
        SetControl.id == control_id, SetControl.kind == kind, SetControl.ended_at.is_(None)
    )
    lifted = await session.scalar(found.values(ended_at=now).returning(SetControl.target))
    if lifted is None:
        raise ControlNotFound
    data = {"target": lifted} if reason is None else {"target": lifted, "reason": reason}
    await _told(session, principal, f"{kind}_lifted", control_id, now=now, data=data)


async def read(session: AsyncSession, *, now: datetime) -> tuple[Control, ...]:
    """Return every control that is in force; one that a newer version set is not known here, and hinders no other."""
    query = select(SetControl).where(
        SetControl.kind.in_(list(Kind)),
        SetControl.ended_at.is_(None),
        SetControl.expires_at.is_(None) | (SetControl.expires_at > now),
    )
    return tuple(
        Control(row.id, Kind(row.kind), row.target, row.value, row.reason, row.actor, row.created_at, row.expires_at)
        for row in await session.scalars(query)
    )


async def _told(
    session: AsyncSession, principal: Principal, action: str, control_id: UUID, *, now: datetime, data: dict[str, Any]
) -> None:
    await session.flush()
    await record(
        session, client_id=None, actor=principal.name, action=action, subject_id=control_id, now=now, data=data
    )
    await session.execute(_TELL, {"channel": CHANNEL})
