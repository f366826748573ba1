"""The limiter at the door: before bodies are read, keys looked up, or connections taken."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.handlers import respond
from app.core.limits.limiter import Limits
from app.core.limits.policies import head
from app.core.limits.verdicts import RateLimited, Verdict


class Limiter:
    """Let a request through, or refuse it with 429; every answer tells where its counter stands.

    The headers are handed on in `scope["headers_of_answer"]`: `RequestContext` also answers what was given up in here.
    """

    def __init__(self, app: ASGIApp, *, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        verdict = await self._limits.admit(scope)
        scope["headers_of_answer"] = verdict.headers()
        if verdict.passed:
            await self._app(scope, receive, self._settling(verdict, scope, send) if verdict.pending else send)
            return
        scope["problem_code"] = RateLimited.code
        if head(scope["path"]) in self._limits.operational:
            scope["operational"] = True
        await respond(Request(scope), verdict.refusal())(scope, receive, send)

    def _settling(self, pending: Verdict, scope: Scope, send: Send) -> Send:
        async def settled(message: Message) -> None:
            if message["type"] == "http.response.start":
                verdict = await self._limits.settle(scope, message["status"], pending)
                scope["headers_of_answer"] = verdict.headers()
            await send(message)

        return settled
