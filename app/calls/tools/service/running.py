"""Carrying out what a model wants done: each call of a tool in a transaction of its own, once only, in time.

Several in one message run beside each other, as far as they may: those that change something in one call take turns.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.service.routing import Routed
from app.calls.tools.rules import sentences
from app.calls.tools.rules.wishes import Answer, Earlier
from app.calls.tools.service.keeping import LONGEST_ID, keep, read_earlier, take_turn
from app.calls.tools.service.looking import refusal_of
from app.calls.tools.service.registry import TOOLS, Tool
from app.calls.tools.service.talk import Talk
from app.clients.schemas import ClientContext
from app.core.db import Sessions
from app.core.errors import AppError
from app.core.faults import Fault, fault
from app.core.ids import new_id
from app.core.patience import within
from app.integrations.vapi.payloads import PROBLEMS, ToolCall

DEADLINE_SECONDS = 6.0
"""So long a caller may have to wait; then it is said, with a next step. Vapi itself would wait 20 s."""

AT_ONCE = 4
"""Calls of tools of one message at once: each needs a connection, and others want some, too."""

HOLD_SECONDS = 120
"""A caller who is asked for a yes gives it within two minutes (design, section 5)."""

_FAILED = Answer(sentences.FAILED, "failed", succeeded=False)
_TOO_LATE = Answer(sentences.TOO_LATE, "too_late", succeeded=False)

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Done:
    """A call of a tool and what came of it; `fault` is what went wrong on our side, if something did."""

    call: ToolCall
    answer: Answer
    milliseconds: float = 0.0
    fault: Fault | None = None

    @property
    def tool(self) -> str:
        """The tool's name, safe to count by: `unknown` for what a model made up."""
        return self.call.name if self.call.name in TOOLS else "unknown"


def all_failed(calls: Sequence[ToolCall], failure: Exception) -> list[Done]:
    """Return that nothing could be done about any of them."""
    return [Done(call, _FAILED, 0.0, fault(failure)) for call in calls]


async def carry_out(
    sessions: Sessions, routed: Routed | None, calls: Sequence[ToolCall], *, seconds: float, now: datetime
) -> list[Done]:
    """Return what came of each call of a tool, in their order, within so many seconds. What fails is answered, too.

    Nothing is done for nobody, for a client that is not served, and in a call that names itself not.
    """
    if routed is None or routed.call_id is None:
        return _all(calls, Answer(sentences.UNROUTED, "unrouted", succeeded=False))
    if not routed.active:
        return _all(calls, Answer(sentences.INACTIVE, "client_inactive", succeeded=False))
    client = replace(routed.client, hold_seconds=HOLD_SECONDS)
    desk = _Desk(sessions, client, routed.call_id, routed.phone, now)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(call: ToolCall) -> Done:
        began, wrong = perf_counter(), None
        async with gate:
            try:
                answer = await desk.answer(call, seconds=seconds - (perf_counter() - started))
            except TimeoutError as failure:
                answer, wrong = _TOO_LATE, fault(failure)
            except Exception as failure:
                logger.exception("tool_failed", tool=call.name, kind=type(failure).__name__)
                answer, wrong = _FAILED, fault(failure)
        return Done(call, answer, (perf_counter() - began) * 1000, wrong)

    started = perf_counter()
    return list(await asyncio.gather(*(one(call) for call in calls)))


def _all(calls: Sequence[ToolCall], answer: Answer) -> list[Done]:
    return [Done(call, answer) for call in calls]


@dataclass(frozen=True, slots=True)
class _Use:
    """One call of a tool that there is, under the id that its answer is kept by."""

    tool: Tool[Any]
    call: ToolCall
    key: str
    began: float


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where the tools of one message are used."""

    sessions: Sessions
    client: ClientContext
    call_id: UUID
    phone: str | None
    now: datetime

    async def answer(self, call: ToolCall, *, seconds: float) -> Answer:
        """Return what came of one call.

        Raises:
            TimeoutError: it took longer than so many seconds.
            Exception: a fault of ours.
        """
        tool = TOOLS.get(call.name)
        if call.problem is not None:
            what = PROBLEMS.get(call.problem, "it is malformed")
            return Answer(sentences.UNREADABLE_CALL.format(what), "unreadable", succeeded=False)
        if tool is None:
            return Answer(sentences.UNKNOWN_TOOL.format(", ".join(TOOLS)), "unknown_tool", succeeded=False)
        return await within(max(seconds, 0.05), self._once(_Use(tool, call, _key(call.id), perf_counter())))

    async def _once(self, use: _Use) -> Answer:
        """Use a tool, unless the same was answered before; of two at the same moment one answers for both."""
        async with self.sessions() as session:
            try:
                return await self._attempt(session, use)
            except _Doubled as doubled:
                mine = doubled.answer
            async with session.begin():
                earlier = await read_earlier(session, self.client.id, self.call_id)
            return _first(earlier, use.key, mine.wish) or _FAILED

    async def _attempt(self, session: AsyncSession, use: _Use) -> Answer:
        """Use a tool and keep the answer, in one transaction; what a refusal leaves half done is undone.

        Raises:
            _Doubled: another answer to the same is there; what was done here is undone.
        """
        talk = Talk(session, self.client, self.call_id, self.phone, self.now)
        try:
            async with session.begin():
                if use.tool.changes:
                    await take_turn(session, self.call_id)
                talk.earlier = await read_earlier(session, self.client.id, self.call_id)
                first = _first(talk.earlier, use.key, None)
                if first is not None:
                    return first
                answer = await use.tool.use(talk, _wanted(use))
                return await self._keep(talk, use, answer)
        except AppError as error:
            refusal = Answer(refusal_of(talk, error), error.code, succeeded=False)
        talk.let_go.clear()
        async with session.begin():
            return await self._keep(talk, use, refusal)

    async def _keep(self, talk: Talk, use: _Use, answer: Answer) -> Answer:
        """Return an answer as it is given, and kept.

        Raises:
            _Doubled: another one to the same is there.
        """
        answer = replace(answer, said=sentences.one_line(answer.said))
        run_ms = int((perf_counter() - use.began) * 1000)
        if not await keep(talk, answer, tool_call_id=use.key, tool=use.tool.name, run_ms=run_ms):
            raise _Doubled(answer)
        return answer


class _Doubled(Exception):
    """The same was answered at the same moment; what was done here is undone."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def _first(earlier: Sequence[Earlier], key: str, wish: str | None) -> Answer | None:
    """Return what this very call of the tool was answered with, else the same wish."""
    for each in earlier:
        if each.tool_call_id == key or (wish is not None and each.answer.wish == wish):
            return each.answer
    return None


def _wanted(use: _Use) -> Any:
    try:
        return use.tool.arguments.model_validate(use.call.arguments or {})
    except ValidationError:
        return use.tool.arguments()


def _key(tool_call_id: str) -> str:
    """Return what an answer is kept by: the call's id, its SHA-256 where that is too long, a new one without any."""
    if not tool_call_id:
        return str(new_id())
    if len(tool_call_id) <= LONGEST_ID:
        return tool_call_id
    return hashlib.sha256(tool_call_id.encode()).hexdigest()
