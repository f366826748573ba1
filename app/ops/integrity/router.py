"""The HTTP door to the soundness of the data."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit import service as audit
from app.core.auth import Principal, Scope, require
from app.core.clock import Now
from app.jobs.outbox import emit
from app.ops.integrity.events import CheckWanted
from app.ops.integrity.schemas import CheckQueued, Integrity
from app.ops.integrity.service import recording
from app.ops.process import Process
from app.ops.schemas import about

router = APIRouter(prefix="/api/integrity")

Writer = Annotated[Principal, Depends(require(Scope.ops_write), scope="function")]


@router.get("", dependencies=[Depends(require(Scope.ops_read), scope="function")])
async def read_integrity(request: Request, now: Now) -> Integrity:
    """Say what the last look at all of the data found, and how long ago that was."""
    process: Process = request.app.state.process
    last = await process.ask(recording.latest)
    age = None if last is None else now - last.started_at
    overdue = age is None or age > recording.OVERDUE
    return Integrity(
        ok=not overdue and last is not None and last.findings == 0,
        age_seconds=None if age is None else round(age.total_seconds(), 3),
        overdue=overdue,
        findings=None if last is None else last.findings,
        last=last,
        **about(process, now=now, scope="cluster"),
    )


@router.post("/check", status_code=202)
async def request_check(request: Request, *, principal: Writer, now: Now) -> CheckQueued:
    """Have a worker look at all of the data as soon as one is free; asking twice while it waits asks once."""
    process: Process = request.app.state.process

    async def work(session: AsyncSession) -> None:
        await emit(session, CheckWanted(principal.name), now=now)
        await audit.record(
            session,
            client_id=None,
            actor=principal.name,
            action="integrity_check_requested",
            subject_id=None,
            now=now,
        )

    await process.order(work, now=now)
    return CheckQueued(**about(process, now=now, scope="cluster"))
