"""What every process does about alerts, again and again; and what old ones are good for."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import iso, utcnow
from app.jobs.schedules import periodic
from app.ops.alerts.rules.catalogue import BY_NAME
from app.ops.alerts.rules.lives import Status
from app.ops.alerts.rules.pages import summary
from app.ops.alerts.service import storing
from app.ops.alerts.service.delivering import Courier
from app.ops.alerts.service.leading import Leadership
from app.ops.alerts.service.watching import Watch
from app.ops.process import Process

EVALUATE_SECONDS = 10.0
DELIVER_SECONDS = 1.0
BEAT_SECONDS = 60.0


def attend(process: Process, *, standby: bool = False) -> Watch:
    """Have a process evaluate the rules while it leads, deliver messages, and tell detailed health what fires.

    One on standby leads only while no web process lives.
    """
    watch = Watch(process, Courier(process.settings), Leadership(process.lifeline), standby)

    async def turn() -> None:
        await watch.turn(now=utcnow())

    async def deliver() -> None:
        await watch.deliver(now=utcnow())

    async def beat() -> None:
        await watch.beat(now=utcnow())

    async def look(now: datetime) -> Any:
        return firing(watch)

    process.background.every(EVALUATE_SECONDS, "alerts", turn)
    process.background.every(DELIVER_SECONDS, "alert_delivery", deliver)
    process.background.every(BEAT_SECONDS, "heartbeat", beat)
    process.gauges["alerts"] = lambda: figures(watch)
    process.parts["alerts"] = look
    return watch


def figures(watch: Watch) -> dict[str, Any]:
    """Return what a process says of its watch."""
    evaluated = None if watch.evaluated_at is None else iso(watch.evaluated_at)
    return {"standing": watch.standing.value, "evaluated_at": evaluated, "undelivered": len(watch.courier.waiting)}


def firing(watch: Watch) -> list[Mapping[str, Any]]:
    """Return what fires, the worst first, with members of `GET /api/alerts`; of a follower as old as its last turn."""
    alerts = [alert for alert in watch.alerts.values() if alert.status is Status.firing and alert.rule in BY_NAME]
    return [
        {
            "rule": alert.rule,
            "severity": alert.severity.name,
            "summary": summary(alert, BY_NAME[alert.rule]),
            "since": iso(alert.began_at),
            "next": list(BY_NAME[alert.rule].commands),
        }
        for alert in sorted(alerts, key=lambda alert: -alert.severity)
    ]


@periodic("alerts.forget", every=timedelta(hours=6))
async def forget(session: AsyncSession, *, now: datetime) -> None:
    """Forget alerts that nobody asks about any more."""
    await storing.forget(session, now=now)
