"""The HTTP door to probes: before everything else, so that they cost little and hang on nothing.

They write no log line, count as no request, and pass no other middleware.
"""

from collections.abc import Callable
from datetime import datetime

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.clock import utcnow
from app.core.errors import AppError, MethodNotAllowed
from app.core.handlers import respond
from app.ops.probes.errors import ProbedTooOften
from app.ops.probes.rules import PROBES
from app.ops.probes.service import Sentry
from app.ops.process import Process

_HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
_UTC = orjson.OPT_UTC_Z


class Probes:
    """Answer GET and HEAD of the three probes; count all other requests while they are in flight."""

    def __init__(self, app: ASGIApp, *, process: Process, now: Callable[[], datetime] = utcnow) -> None:
        self._app = app
        self._process = process
        self._now = now
        self._sentry = Sentry(process)

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
        now, method = self._now(), scope["method"]
        refusal = self._refusal(scope, now)
        if refusal is not None:
            await respond(Request(scope), refusal)(scope, receive, send)
            return
        answer = await self._sentry.answer(scope["path"], now=now)
        body = orjson.dumps(answer.body, option=_UTC)
        headers = [*_HEADERS, (b"content-length", b"%d" % len(body))]
        status = 200
        if answer.retry_after is not None:
            status = 503
            headers.append((b"retry-after", b"%d" % answer.retry_after))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})

    def _refusal(self, scope: Scope, now: datetime) -> AppError | None:
        if scope["method"] not in ("GET", "HEAD"):
            return MethodNotAllowed(headers={"Allow": "GET, HEAD"})
        guard = self._process.guard
        wait = None if guard is None else guard(scope, now)
        return None if wait is None else ProbedTooOften(headers={"Retry-After": str(wait)})
