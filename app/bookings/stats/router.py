"""The HTTP door to statistics."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.bookings.stats import service
from app.bookings.stats.schemas import Range, StatsOut
from app.clients.auth import PathClient
from app.clients.errors import ClientNotFound
from app.core.auth import Scope, require
from app.core.clock import Now
from app.core.db import Session
from app.core.errors import problems

READ = Depends(require(Scope.bookings_read))

router = APIRouter(prefix="/clients/{clientKey}", tags=["clients"], dependencies=[READ])


@router.get("/stats", responses=problems(ClientNotFound))
async def read_stats(
    client: PathClient,
    session: Session,
    now: Now,
    wanted: Annotated[Range, Query(alias="range", description="Local days up to the end of today.")] = Range.week,
) -> StatsOut:
    """Return bookings by status and channel, utilisation of open hours, and the rate of no-shows."""
    return await service.read_stats(session, client, wanted, now=now)
