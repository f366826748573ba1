"""The HTTP doors to calls: what Vapi tells and asks, and reading what is kept."""

from collections.abc import Sequence
from datetime import datetime
from time import perf_counter
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app.calls import service
from app.calls.errors import CallNotFound
from app.calls.schemas import CallDetails, CallFilter, CallOut
from app.calls.service import Routed
from app.calls.tools import service as tools
from app.calls.tools.service import Done
from app.clients.auth import CurrentClient
from app.core.auth import Scope, require
from app.core.clock import Now
from app.core.config import Settings
from app.core.db import Session, Sessions
from app.core.errors import problems
from app.core.faults import failure as failure_of
from app.core.limits.verdicts import RateLimited
from app.core.paging import InvalidCursor, Page, PageQuery
from app.core.patience import within
from app.core.phone import InvalidPhone
from app.core.signals import HANG, Signals
from app.integrations.vapi.errors import SignatureInvalid, Unreadable
from app.integrations.vapi.payloads import Message, ToolResult, read_message, tool_results
from app.integrations.vapi.signature import Plan, verify

router = APIRouter(tags=["calls"])
webhooks = APIRouter(tags=["webhooks"])

READ = [Depends(require(Scope.bookings_read))]

ACCOUNT, ROUTE = "account:vapi", "POST /webhooks/vapi"
WITH_TOOLS = frozenset({"tool-calls", "function-call"})
UPDATES = frozenset({"status-update", "end-of-call-report"})
KNOWN = WITH_TOOLS | UPDATES | {"assistant-request", "transfer-destination-request", "hang"}
"""Types that something is done about; all others are counted, and answered that they came."""

logger = structlog.get_logger()


@router.get("/calls", dependencies=READ, responses=problems(InvalidCursor, InvalidPhone))
async def list_calls(
    *, wanted: Annotated[CallFilter, Query()], paging: PageQuery, client: CurrentClient, session: Session
) -> Page[CallOut]:
    """List calls, the newest first."""
    return await service.find(session, client, wanted, paging)


@router.get("/calls/{call_id}", dependencies=READ, responses=problems(CallNotFound))
async def read_call(call_id: UUID, client: CurrentClient, session: Session) -> CallDetails:
    """Read a call with what was said and done in it."""
    return await service.read(session, client, call_id)


@webhooks.post("/vapi", responses=problems(SignatureInvalid, Unreadable, RateLimited))
async def receive_vapi(request: Request, now: Now) -> JSONResponse:
    """Take what Vapi tells, and answer what it asks.

    Calls of tools are always answered with 200: Vapi looks at no other answer, and the caller would hear nothing.
    """
    message = await _proven(request, now)
    door = _Door(request, message, now)
    door.signals.count("voice_messages", message.type if message.type in KNOWN else "other")
    if message.type in WITH_TOOLS:
        return JSONResponse(await door.use_tools())
    await request.app.state.limits.charge("webhooks", ACCOUNT)
    return JSONResponse(await door.answer())


async def _proven(request: Request, now: datetime) -> Message:
    """Return the message, once it is proven to be Vapi's.

    Raises:
        SignatureInvalid: it is not.
        Unreadable: it is Vapi's, and no message.
    """
    settings: Settings = request.app.state.settings
    signals: Signals = request.app.state.process.signals
    body = await request.body()
    try:
        verify(_plan(settings), method=request.method, url=_url(request), headers=request.headers, body=body, now=now)
        return read_message(body)
    except SignatureInvalid as refusal:
        signals.count("voice_refused", refusal.reason)
        raise
    except Unreadable as refusal:
        signals.count("voice_refused", refusal.code)
        raise


def _plan(settings: Settings) -> Plan:
    try:
        return Plan.of(settings.vapi_webhook_plan, settings.vapi_webhook_secret)
    except ValueError as fault:
        logger.error("vapi_webhook_plan_invalid", why=str(fault))  # noqa: TRY400 - its text is all there is to say
        raise SignatureInvalid("no_plan") from None


def _url(request: Request) -> str:
    """Return the public address that was called; what a proxy made of it was signed by nobody."""
    public = request.app.state.settings.public_url
    if not public:
        return str(request.url)
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{public.rstrip('/')}{request.url.path}{query}"


class _Door:
    """One message, and what is done about it."""

    def __init__(self, request: Request, message: Message, now: datetime) -> None:
        self._state, self._request_id = request.app.state, request.scope["request_id"]
        self._sessions: Sessions = request.app.state.sessions
        self._message, self._now = message, now
        self.signals: Signals = request.app.state.process.signals

    async def answer(self) -> dict[str, Any]:
        """Do what a message other than a tool call is for, in one transaction, and return the answer."""
        async with self._sessions.begin() as session:
            routed = await self._route(session)
            kind, message = self._message.type, self._message
            if kind == "assistant-request":
                return await self._assistant(session, routed)
            if kind == "transfer-destination-request":
                return await service.destination_for(session, routed.client if routed else None)
            if routed is not None and kind in UPDATES:
                await service.note(session, routed, message, now=self._now)
            if kind == "hang":
                self.signals.tools.add(HANG, 0)
        return {}

    async def _route(self, session: AsyncSession) -> Routed | None:
        """Return whose the message is; one that is nobody's is kept, if anything can be done about it."""
        if self._message.type not in KNOWN:
            return None
        routed = await service.route(session, self._message)
        if routed is None:
            self.signals.count("voice_unrouted")
            await service.keep_unrouted(session, self._message, now=self._now)
        return routed

    async def _assistant(self, session: AsyncSession, routed: Routed | None) -> dict[str, Any]:
        if routed is not None:
            await service.with_call(session, routed, self._message, now=self._now)
        return await service.assistant_for(session, routed, now=self._now)

    async def use_tools(self) -> dict[str, Any]:
        """Carry out all calls of tools, and return the answers in their order."""
        calls, results, began = self._message.tool_calls, {}, perf_counter()
        try:
            await self._state.limits.charge("webhooks", ACCOUNT)
            routed = await within(tools.DEADLINE_SECONDS, self._routed_call())
            left = tools.DEADLINE_SECONDS - (perf_counter() - began)
            done = await tools.carry_out(self._sessions, routed, calls, seconds=left, now=self._now)
            results = await self._destination(routed, done)
        except Exception as failure:
            logger.exception("tools_failed", kind=type(failure).__name__)
            done = tools.all_failed(calls, failure)
        self._count(done)
        return results | tool_results(ToolResult(each.call, each.answer.said, each.answer.failed) for each in done)

    async def _routed_call(self) -> Routed | None:
        """Return whose the call is, put down if it is not known; its transaction is over before any tool begins one."""
        async with self._sessions.begin() as session:
            routed = await self._route(session)
            if routed is None:
                return None
            return await service.with_call(session, routed, self._message, now=self._now)

    async def _destination(self, routed: Routed | None, done: Sequence[Done]) -> dict[str, Any]:
        """Return where a caller goes whom a tool has put through, as in the answer to a transfer's own question."""
        if routed is None or all(each.answer.code != "handed_over" for each in done):
            return {}
        async with self._sessions.begin() as session:
            return await service.destination_for(session, routed.client)

    def _count(self, done: Sequence[Done]) -> None:
        for each in done:
            self.signals.count("voice_tools", each.tool, each.answer.code)
            if each.fault is not None or not each.answer.failed:
                self.signals.tools.add(each.tool, each.milliseconds, failed=each.fault is not None)
        for fault in {each.fault: None for each in done if each.fault is not None}:
            told = failure_of(fault, code="tool_failed", route=ROUTE, request_id=self._request_id, at=self._now)
            self.signals.failures.add(told)
