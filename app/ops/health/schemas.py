"""Detailed health on the wire: the documented members, and what they rest on."""

from typing import Any

from app.core.schemas import Wire
from app.ops.database.schemas import PoolReport
from app.ops.health.rules import Overall
from app.ops.schemas import Report


class Migration(Wire):
    """Which migration the database has seen, and which this version needs."""

    current: str | None
    head: str
    at_head: bool


class DatabaseHealth(Wire):
    """The database as this process sees it; `status` is `connected` or `disconnected`."""

    status: str
    latency_ms: float | None
    pool: PoolReport
    server_version: str | None
    migration: Migration
    replication_lag_seconds: float | None


class Health(Report):
    """The answer of `GET /api/health/detailed`; `components` tell more of each part, each its own."""

    healthy: bool
    overall: Overall
    status: Overall
    uptime_seconds: float
    version: str
    database: DatabaseHealth
    services: dict[str, str]
    components: dict[str, dict[str, Any]]
    slo: dict[str, Any]
    alerts: list[dict[str, Any]]
    incidents: dict[str, Any]
    controls: dict[str, Any]
    degraded_reasons: list[str]


class ComponentHealth(Report):
    """The answer for one component alone."""

    healthy: bool
    overall: Overall
    name: str
    component: dict[str, Any]
    degraded_reasons: list[str]
