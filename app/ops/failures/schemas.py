"""Failures on the wire."""

from pydantic import Field

from app.core.clock import Instant
from app.core.schemas import Wire
from app.ops.failures.rules import Trend
from app.ops.schemas import Report, Scope


class ErrorsQuery(Wire):
    """Which failures are asked about."""

    limit: int = Field(default=50, ge=1, le=200)
    since: Instant | None = Field(
        default=None, description="Seen at this instant or later; unset: in the last 24 hours."
    )
    route: str | None = Field(default=None, max_length=200, pattern=r"^\S+ \S+$", examples=["GET /api/bookings"])
    scope: Scope = "cluster"


class ErrorGroup(Wire):
    """All failures of one fingerprint."""

    fingerprint: str
    kind: str = Field(description="Types of the exception and of its causes, the outermost first; a code where none.")
    place: str = Field(description="Where it left our code: `file:line function`; empty where nothing was raised.")
    code: str = Field(description="What the caller was told.")
    routes: list[str] = Field(
        description="`METHOD /template`, or `background NAME` for what no request did; at most 10."
    )
    count: int = Field(description="Since it was first seen.")
    last_hour_count: int = Field(description="Since the beginning of this hour (UTC).")
    last_day_count: int = Field(description="In this hour and the 23 before.")
    hourly: list[int] = Field(description="By the hour, 24 of them, the present one last.")
    trend: Trend
    first_seen_at: Instant
    last_seen_at: Instant
    first_commit: str | None = Field(description="The deployment in which it was first seen.")
    last_commit: str | None
    last_request_ids: list[str] = Field(description="At most 5, the latest last; the log has their lines.")


class Errors(Report):
    """Failures by kind, the latest first."""

    ok: bool = True
    errors: list[ErrorGroup]
    count: int
    complete: bool = Field(description="False where only this process could be asked, or kinds were dropped.")
    degraded: list[str]
    dropped: int = Field(description="Failures of this process that were one kind too many to be remembered.")
