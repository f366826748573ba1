"""What surrounds every request: an id, a deadline, a log line, a limit to the body. Pure ASGI: nothing is buffered."""

import asyncio
import re
import time

import structlog
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.clock import utcnow
from app.core.errors import BodyTooLarge
from app.core.faults import failure
from app.core.handlers import DeadlineExceeded, fail, respond
from app.core.ids import new_id
from app.core.signals import Answered
from app.core.tracking import Recorder, Trace, current

logger = structlog.get_logger()

LONG_SECONDS = 40.0
"""The deadline of what watches the process for as long as it is told to, at most 30 s."""
VOICE_SECONDS = 7.0
"""The deadline where the voice platform asks: within 6 s every caller is told something, and it waits 7.5 s at most."""

PATIENCE = {
    "/api/diagnostics/profile": LONG_SECONDS,
    "/api/diagnostics/memory": LONG_SECONDS,
    "/webhooks/vapi": VOICE_SECONDS,
}
"""Paths with a deadline of their own, in seconds."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:\-]{1,100}")


class RequestContext:
    """Give each request an id (the caller's `X-Request-ID` where it is sane), a deadline and a log line.

    A request that outlives the deadline is cancelled, its transaction rolled back, and answered 503 at once.
    """

    def __init__(self, app: ASGIApp, *, deadline_seconds: float, recorder: Recorder) -> None:
        self._app = app
        self._recorder = recorder
        self._deadline = deadline_seconds
        self._leaving: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or whatever else the server has to say, untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = Headers(scope=scope).get("x-request-id", "")
        request_id = wanted if _REQUEST_ID.fullmatch(wanted) else str(new_id())
        scope["request_id"] = request_id
        started = time.perf_counter()
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
                message["headers"].extend(scope.get("headers_of_answer", ()))
            await send(message)

        trace = Trace()
        current.set(trace)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._within_deadline(scope, receive, send_with_id)
        finally:
            self._note(scope, trace, status, (time.perf_counter() - started) * 1000)
            structlog.contextvars.clear_contextvars()
            current.set(None)

    async def _within_deadline(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request in a task of its own, for one that is given up may take long to clean up after itself."""
        answered = given_up = False

        async def watched(message: Message) -> None:
            nonlocal answered
            if not given_up:
                answered = True
                await send(message)

        async def serve() -> None:
            await self._app(scope, receive, watched)

        task = asyncio.create_task(serve())
        try:
            patience = PATIENCE.get(scope["path"], self._deadline)
            done, _ = await asyncio.wait({task}, timeout=patience)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if not done and not answered:
            given_up = True
            self._give_up(task)
            scope["problem_code"] = DeadlineExceeded.code
            await respond(Request(scope), DeadlineExceeded())(scope, receive, send)
            return
        try:
            await task
        except Exception as fault:
            if answered:
                raise
            # Answered here, inside of the server's own handler: that one knows no request id, and logs values.
            response = await fail(Request(scope), fault)
            await response(scope, receive, send)

    def _give_up(self, task: asyncio.Task[None]) -> None:
        task.cancel()
        self._leaving.add(task)
        task.add_done_callback(self._left)

    def _left(self, task: asyncio.Task[None]) -> None:
        self._leaving.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.warning("late_failure", kind=type(task.exception()).__name__)

    def _note(self, scope: Scope, trace: Trace, status: int, milliseconds: float) -> None:
        """Count an answered request, and write its line."""
        templates = scope["app"].state.route_templates if "app" in scope else {}
        route = templates.get(id(scope.get("route")))
        method = scope["method"] if scope["method"] in METHODS else "*"
        trace.route = f"{method} {route}" if route else None
        answered = Answered(method if route else "*", route or "<unmatched>", status)
        self._recorder.signals.requests.add(answered, milliseconds, failed=status >= 500)
        if status >= 500 and "problem_code" in scope:
            self._remember(scope, f"{answered.method} {answered.route}")
        self._recorder.finished(trace)
        if route and trace.queries:
            self._recorder.signals.count("route_queries", method, route, by=trace.queries)
            self._recorder.signals.count("route_query_us", method, route, by=int(trace.query_ms * 1000))
        facts = {
            "method": method,
            "route": route,
            "status": status,
            "latency_ms": round(milliseconds, 1),
            "queries": trace.queries,
            "pool_wait_ms": round(trace.pool_wait_ms, 1),
        }
        principal = scope.get("state", {}).get("principal")
        if principal is not None:
            facts["key"] = str(principal.key_id) if principal.key_id else principal.name
            if principal.client_id is not None:
                facts["client"] = str(principal.client_id)
        if "problem_code" in scope:
            facts["code"] = scope["problem_code"]
        (logger.warning if status >= 500 else logger.info)("request", **facts)

    def _remember(self, scope: Scope, route: str) -> None:
        code, request_id = scope["problem_code"], scope["request_id"]
        told = failure(scope.get("fault"), code=code, route=route, request_id=request_id, at=utcnow())
        self._recorder.signals.failures.add(told)


class BodyLimit:
    """Refuse a body over so many bytes, declared or not, and one that is not UTF-8 though Python would read it.

    FastAPI's own limit would answer in plain text. JSON in UTF-8 has no NUL bytes, in UTF-16 and 32 it always does.
    """

    def __init__(self, app: ASGIApp, *, most_bytes: int, most_of_webhooks: int) -> None:
        self._app = app
        self._most, self._most_of_webhooks = most_bytes, most_of_webhooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most_of_webhooks if scope["path"].startswith("/webhooks/") else self._most
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and (len(declared) > 12 or int(declared) > most):
            scope["problem_code"] = BodyTooLarge.code
            await respond(Request(scope), BodyTooLarge())(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            body = message.get("body", b"")
            received += len(body)
            if received > most:
                raise HTTPException(413)  # the one kind that FastAPI lets through where it reads a body
            if b"\0" in body:
                raise HTTPException(400)
            return message

        await self._app(scope, counted, send)


def route_templates(app: FastAPI) -> dict[int, str | None]:
    """Return the whole path of each route by the route's identity: a router's own routes know only their part."""
    return {id(context.original_route): context.path_format for context in iter_route_contexts(app.routes)}
