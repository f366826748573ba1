"""What every operational answer says of itself."""

from datetime import datetime
from typing import Any, Literal

from fastapi import Response

from app.core.clock import Instant
from app.core.schemas import Wire
from app.ops.process import Process

Scope = Literal["instance", "cluster"]
"""Whether numbers are of the one process that answers, or of all."""


class Report(Wire):
    """Base of every operational answer: when, by whom, and of how many."""

    timestamp: Instant
    instance: str
    commit: str | None
    scope: Scope


def about(process: Process, *, now: datetime, scope: Scope) -> dict[str, Any]:
    """Return the members of a `Report` itself, by field name."""
    settings = process.settings
    return {"timestamp": now, "instance": settings.instance, "commit": settings.commit, "scope": scope}


async def never_stored(response: Response) -> None:
    """Forbid caches on the way to keep an answer; a dependency of every operational route."""
    response.headers["Cache-Control"] = "no-store"
