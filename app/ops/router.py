"""The HTTP door to the operational plane: one router of all its rooms."""

from fastapi import APIRouter, Depends

from app.ops.advice.router import router as advice
from app.ops.alerts.router import router as alerts
from app.ops.backups.router import router as backups
from app.ops.caches.router import router as caches
from app.ops.database.router import router as database
from app.ops.diagnostics.router import router as diagnostics
from app.ops.failures.router import router as failures
from app.ops.health.router import router as health
from app.ops.integrity.router import router as integrity
from app.ops.limits.router import router as limits
from app.ops.metrics.router import router as metrics
from app.ops.outbound.router import router as outbound
from app.ops.queries.router import router as queries
from app.ops.queue.router import router as queue
from app.ops.schemas import never_stored
from app.ops.slo.router import router as slo

router = APIRouter(tags=["operations"], dependencies=[Depends(never_stored)])
"""Rooms whose paths begin with `/api` are included with that prefix; `/metrics` is the one without."""

ROOMS = (
    backups,
    metrics,
    limits,
    database,
    failures,
    alerts,
    slo,
    advice,
    health,
    queries,
    caches,
    diagnostics,
    integrity,
    outbound,
    queue,
)
for _room in ROOMS:
    router.include_router(_room)
