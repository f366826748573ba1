"""The door for Prometheus, whose configuration has room for a key: `authorization: {credentials: ...}`."""

import asyncio

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from app.core.auth import Scope, require
from app.core.clock import Now
from app.ops.metrics.service import Exposition, render

router = APIRouter(dependencies=[Depends(require(Scope.ops_read), scope="function")])


@router.get("/metrics", response_class=PlainTextResponse)
async def read_metrics(request: Request, now: Now) -> PlainTextResponse:
    """Expose what this instance counts, in Prometheus' text format; all its server processes together."""
    exposition: Exposition = request.app.state.exposition
    text = await asyncio.to_thread(render, exposition.whole(now=now))
    headers = {"Content-Type": CONTENT_TYPE_PLAIN_0_0_4, "Cache-Control": "no-store"}
    return PlainTextResponse(text, headers=headers)
