"""The door for Prometheus, whose configuration has room for a key: `authorization: {credentials: ...}`."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from app.core.auth import Scope, require
from app.core.clock import Now
from app.ops.metrics import service
from app.ops.process import Process

router = APIRouter(dependencies=[Depends(require(Scope.ops_read), scope="function")])


@router.get("/metrics", response_class=PlainTextResponse)
async def read_metrics(request: Request, now: Now) -> PlainTextResponse:
    """Expose what this instance counts, in Prometheus' text format; all its server processes together."""
    process: Process = request.app.state.process
    headers = {"Content-Type": CONTENT_TYPE_PLAIN_0_0_4, "Cache-Control": "no-store"}
    return PlainTextResponse(service.expose(process, now=now), headers=headers)
