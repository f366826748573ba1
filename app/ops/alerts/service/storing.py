"""The table of alerts and their messages: so that a restart, or another leader, goes on where the last one was."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ops.alerts.models import AlertPage, StoredAlert
from app.ops.alerts.rules.lives import Alert, Kind, Status
from app.ops.alerts.rules.pages import Page
from app.ops.alerts.rules.terms import Severity

KEPT = timedelta(days=35)
STILL_WORTH_SENDING = timedelta(hours=1)

_OPEN = StoredAlert.resolved_at.is_(None)


async def standing(session: AsyncSession) -> dict[str, Alert]:
    """Return the alerts that are not resolved, by rule."""
    return {row.rule: _alert(row) for row in await session.scalars(select(StoredAlert).where(_OPEN))}


async def resolved(session: AsyncSession, *, since: datetime, limit: int) -> list[Alert]:
    """Return the alerts that were resolved since, the latest first."""
    query = select(StoredAlert).where(StoredAlert.resolved_at >= since, StoredAlert.fired_at.is_not(None))
    return [_alert(row) for row in await session.scalars(query.order_by(StoredAlert.resolved_at.desc()).limit(limit))]


async def save(session: AsyncSession, alerts: Iterable[Alert], pages: Iterable[Page]) -> None:
    """Write alerts and messages as they are, unless another process has written a later state.

    What another left open of the same rules is closed: of each there is one.
    """
    for alert in alerts:
        values = asdict(alert) | {"severity": alert.severity.name, "streaks": list(alert.streaks)}
        values["told"] = alert.told.name if alert.told is not None else None
        others = update(StoredAlert).where(_OPEN, StoredAlert.rule == alert.rule, StoredAlert.id != alert.id)
        await session.execute(others.values(status=Status.resolved, resolved_at=alert.began_at))
        changed = {name: value for name, value in values.items() if name != "id"}
        put = insert(StoredAlert).values(values)
        await session.execute(
            put.on_conflict_do_update(
                index_elements=["id"], set_=changed, where=StoredAlert.seen_at <= put.excluded.seen_at
            )
        )
    for page in pages:
        values = {name: value for name, value in asdict(page).items() if name != "next_at"}
        changed = {name: values[name] for name in ("status", "attempts", "ended_at", "error")}
        put = insert(AlertPage).values(values)
        await session.execute(put.on_conflict_do_update(index_elements=["id"], set_=changed))


async def forget(session: AsyncSession, *, now: datetime) -> None:
    """Forget what is long over."""
    await session.execute(delete(StoredAlert).where(StoredAlert.resolved_at < now - KEPT))
    await session.execute(delete(AlertPage).where(AlertPage.created_at < now - KEPT))


async def unsent(session: AsyncSession, *, now: datetime) -> list[Page]:
    """Return the messages that are still to be delivered, the first first."""
    query = select(AlertPage).where(AlertPage.status == "pending", AlertPage.created_at > now - STILL_WORTH_SENDING)
    return [_page(row) for row in await session.scalars(query.order_by(AlertPage.created_at))]


async def pages_of(session: AsyncSession, alerts: Sequence[Alert]) -> list[Page]:
    """Return the messages about some alerts, the first first."""
    query = select(AlertPage).where(AlertPage.alert_id.in_([alert.id for alert in alerts]))
    return [_page(row) for row in await session.scalars(query.order_by(AlertPage.created_at))]


def _alert(row: StoredAlert) -> Alert:
    return Alert(
        id=row.id,
        rule=row.rule,
        status=Status(row.status),
        severity=Severity[row.severity],
        value=row.value,
        began_at=row.began_at,
        seen_at=row.seen_at,
        facts=row.facts,
        streaks=tuple(row.streaks),
        fired_at=row.fired_at,
        calm_since=row.calm_since,
        resolved_at=row.resolved_at,
        told=Severity[row.told] if row.told else None,
    )


def _page(row: AlertPage) -> Page:
    return Page(
        id=row.id,
        alert_id=row.alert_id,
        kind=Kind(row.kind),
        body=row.body,
        created_at=row.created_at,
        status=row.status,
        attempts=row.attempts,
        ended_at=row.ended_at,
        error=row.error,
    )
