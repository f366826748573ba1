"""The HTTP door to detailed health."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from app.core.auth import Scope, require
from app.core.clock import Now
from app.core.errors import problems
from app.core.handlers import DatabaseUnavailable
from app.ops.health.errors import ComponentNotFound
from app.ops.health.rules import fails
from app.ops.health.schemas import ComponentHealth, Health
from app.ops.health.service import telling
from app.ops.health.service.looking import Lookout
from app.ops.process import Process

router = APIRouter(prefix="/api/health", dependencies=[Depends(require(Scope.ops_read), scope="function")])

_RETRY_AFTER = "5"

ANSWERS: dict[int | str, dict[str, Any]] = problems(ComponentNotFound, DatabaseUnavailable)
ANSWERS[503]["model"] = Health | ComponentHealth


@router.get("/detailed", responses=ANSWERS)
async def read_health(
    request: Request,
    response: Response,
    now: Now,
    *,
    strict: Annotated[bool, Query(description="Answer 503 also when degraded.")] = False,
    component: Annotated[str | None, Query(max_length=50, description="One component alone.")] = None,
) -> Health | ComponentHealth:
    """Say how every part is, in at most 2.5 s; 503 with the same members when the service is unhealthy."""
    process: Process = request.app.state.process
    lookout: Lookout = request.app.state.lookout
    sight = await lookout.look(now=now)
    answer: Health | ComponentHealth
    if component is not None:
        answer = telling.component(process, sight, component)
    else:
        answer = telling.health(process, sight, version=request.app.version, now=now)
    if fails(answer.overall, strict=strict):
        response.status_code = 503
        response.headers["Retry-After"] = _RETRY_AFTER
    return answer
