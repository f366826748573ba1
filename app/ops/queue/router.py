"""The HTTP door to jobs."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.auth import Principal, Scope, require
from app.core.clock import Now
from app.core.errors import problems
from app.core.paging import InvalidCursor, PageQuery
from app.jobs.errors import JobNotHeld
from app.ops.process import Process
from app.ops.queue import service
from app.ops.queue.schemas import JobOrder, Jobs, JobsChanged, RetryOrder
from app.ops.schemas import about

router = APIRouter(prefix="/api/jobs")

_READS = Depends(require(Scope.ops_read), scope="function")
Writer = Annotated[Principal, Depends(require(Scope.ops_write), scope="function")]
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("", dependencies=[_READS], responses=problems(InvalidCursor))
async def list_jobs(request: Request, paging: PageQuery, now: Now) -> Jobs:
    """Say how many jobs of each kind wait, run or gave up, since when, and what stopped those that gave up."""
    process: Process = request.app.state.process
    seen = await process.ask(lambda session: service.look(session, paging))
    return Jobs(
        ok=seen.well,
        counts=seen.counts,
        waiting=seen.total("waiting"),
        oldest_waiting_seconds=round(seen.oldest_waiting_seconds, 1),
        held_count=seen.total("held"),
        held=list(seen.held),
        next_after=seen.next_after,
        **about(process, now=now, scope="cluster"),
    )


@router.post("/retry")
async def retry_jobs(request: Request, wanted: RetryOrder, *, principal: Writer, now: Now) -> JobsChanged:
    """Let held jobs run again with all their attempts, at most the oldest 1,000; a worker begins within 10 s."""
    return await _order(
        request,
        lambda session: service.retry_all(session, principal, wanted.name, reason=wanted.reason, now=now),
        now=now,
    )


@router.post("/{job_id}/retry", responses=problems(JobNotHeld))
async def retry_job(request: Request, job_id: Number, wanted: JobOrder, *, principal: Writer, now: Now) -> JobsChanged:
    """Let a held job run again with all its attempts; a worker begins within 10 s."""
    return await _order(
        request, lambda session: service.retry(session, principal, job_id, reason=wanted.reason, now=now), now=now
    )


@router.post("/{job_id}/discard", responses=problems(JobNotHeld))
async def discard_job(
    request: Request, job_id: Number, wanted: JobOrder, *, principal: Writer, now: Now
) -> JobsChanged:
    """Delete a held job for good: what it was to do will not be done."""
    return await _order(
        request, lambda session: service.discard(session, principal, job_id, reason=wanted.reason, now=now), now=now
    )


async def _order(request: Request, change: Callable[[AsyncSession], Awaitable[list[int]]], *, now: Now) -> JobsChanged:
    process: Process = request.app.state.process

    async def work(session: AsyncSession) -> tuple[list[int], int]:
        return await change(session), await service.still_held(session)

    ids, held = await process.order(work, now=now)
    return JobsChanged(ids=ids, count=len(ids), held_count=held, **about(process, now=now, scope="cluster"))
