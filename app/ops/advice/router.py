"""The HTTP door to advice."""

from fastapi import APIRouter, Depends, Request

from app.core.auth import Scope, require
from app.core.clock import Now
from app.ops.advice.schemas import Recommendations
from app.ops.advice.service import Advisor
from app.ops.schemas import about

router = APIRouter(prefix="/api")


@router.get("/performance/queries/recommendations", dependencies=[Depends(require(Scope.ops_read), scope="function")])
async def read_recommendations(request: Request, now: Now) -> Recommendations:
    """What would make the database's work less, with the SQL to apply it and to undo it; nothing is applied.

    Found at most once a minute. While the database cannot be asked, what was found before is given with its age.
    """
    advisor: Advisor = request.app.state.advisor
    advised = await advisor.advise(now=now)
    return Recommendations.of(advised, **about(request.app.state.process, now=now, scope="cluster"))
