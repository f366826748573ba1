"""Objectives on the wire."""

from pydantic import Field

from app.core.schemas import Wire
from app.ops.schemas import Report, Scope


class SloQuery(Wire):
    """Which times are asked about."""

    window_minutes: int = Field(default=60, ge=1, le=120, description="For percentiles and routes.")
    days: int = Field(default=30, ge=1, le=30, description="For availability and the error budget.")
    scope: Scope = "cluster"


class Availability(Wire):
    """How much of what was promised was kept."""

    days: int
    requests: int = Field(description="Valid ones: no 4xx, no probes, nothing operational.")
    failed: int = Field(description="Answered with 5xx.")
    availability_percent: float | None = Field(description="Null where there were no requests.")
    error_budget_remaining_percent: float | None = Field(description="Negative where more than all of it was used.")


class BurnRate(Wire):
    """How fast the error budget is used up over a window: 1 uses it up in just 30 days."""

    window: str
    seconds: int
    requests: int
    failed: int
    burn_rate: float | None


class Speed(Wire):
    """Valid requests of the window, and how long they took, in milliseconds, within 1 %."""

    requests: int
    failed: int
    error_rate_percent: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None


class RouteSpeed(Speed):
    """The same of one route."""

    route: str


class Slo(Report):
    """What is promised, and how it is kept."""

    ok: bool = True
    objective_percent: float
    availability: Availability | None = Field(description="Null where it cannot be known: from memory alone.")
    burn_rates: list[BurnRate] = Field(description="5m, 30m, 1h, 6h, 3d, 30d; from memory only the first three.")
    window_minutes: int
    overall: Speed
    routes: list[RouteSpeed] = Field(description="The busiest first, at most 200.")
    complete: bool
    degraded: list[str]
