"""The HTTP door to probes: before everything else, so that they cost little and hang on nothing.

They write no log line, count as no request, and pass no other middleware.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.clock import utcnow
from app.core.errors import MethodNotAllowed
from app.core.handlers import respond
from app.ops.probes.rules import PROBES
from app.ops.probes.service import Answer, Sentry
from app.ops.process import Process

_HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
_UTC = orjson.OPT_UTC_Z


class Given(NamedTuple):
    """What a probe was answered, as it was sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Probes:
    """Answer GET and HEAD of the three probes; count all other requests while they are in flight.

    Who asks too often is told the last answer again, never 429: a host whose probes share an address with a flood,
    behind a proxy that nobody counts, would take that for a failure. That the process leaves is told at once all the
    same.
    """

    def __init__(self, app: ASGIApp, *, process: Process, now: Callable[[], datetime] = utcnow) -> None:
        self._app = app
        self._process = process
        self._now = now
        self._sentry = Sentry(process)
        self._given: dict[tuple[str, bool, bool], Given] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or whatever else the server has to say, untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] in PROBES:
            await self._probed(scope, receive, send)
        else:
            self._process.in_flight += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._process.in_flight -= 1

    async def _probed(self, scope: Scope, receive: Receive, send: Send) -> None:
        guard, path = self._process.guard, scope["path"]
        flooded = guard is not None and guard(scope)
        if scope["method"] not in ("GET", "HEAD"):
            await respond(Request(scope), MethodNotAllowed(headers={"Allow": "GET, HEAD"}))(scope, receive, send)
            return
        standing = path, self._process.started, self._process.draining
        given = self._given.get(standing) if flooded else None
        if given is None:
            given = self._given[standing] = self._written(await self._sentry.answer(path, now=self._now()))
        await send({"type": "http.response.start", "status": given.status, "headers": list(given.headers)})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else given.body})

    def _written(self, answer: Answer) -> Given:
        body = orjson.dumps(answer.body, option=_UTC)
        headers = [*_HEADERS, (b"content-length", b"%d" % len(body))]
        if answer.retry_after is None:
            return Given(200, headers, body)
        return Given(503, [*headers, (b"retry-after", b"%d" % answer.retry_after)], body)
