"""The background door to health: what a process looks at from the start, before other rooms add their looks."""

from datetime import datetime
from typing import Any

from app.ops.health.rules import Status
from app.ops.health.service.looks import Looks
from app.ops.health.service.telling import SERVICES
from app.ops.process import Process


def attend(process: Process) -> None:
    """Register this room's looks, and for every part that nobody has registered that it is not set up."""
    looks = Looks(process)
    own = {
        "database": looks.database,
        "jobs": looks.jobs,
        "eventLoop": looks.event_loop,
        "memory": looks.memory,
        "disk": looks.disk,
        **dict.fromkeys((*SERVICES, "cache", "backup"), _absent),
    }
    for name, look in own.items():
        process.health.setdefault(name, look)


async def _absent(_now: datetime) -> dict[str, Any]:
    return {"status": Status.not_configured, "configured": False}
