"""What every operational answer says of itself."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import StringConstraints

from app.core.clock import Instant
from app.core.schemas import Text, Wire
from app.ops.process import Process

Scope = Literal["instance", "cluster"]
"""Whether numbers are of the one process that answers, or of all."""

Reason = Annotated[Text, StringConstraints(min_length=3, max_length=500)]
"""Why an operator does something: 3 to 500 characters, for the audit trail."""
Why = Annotated[Reason | None, Query(alias="reason", description="For the audit trail.")]


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
