"""The HTTP door to diagnostics. Each answer is of the process that happens to answer."""

import gc
import threading
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import PlainTextResponse

from app.core.auth import Scope, require
from app.core.clock import Now
from app.core.errors import problems
from app.ops.diagnostics import service
from app.ops.diagnostics.errors import ProfileRunning, SitesRunning
from app.ops.diagnostics.rules import Node, at_rest, collapsed, tree_of
from app.ops.diagnostics.schemas import (
    Branch,
    Collector,
    Form,
    GrowthOf,
    Logger,
    Logs,
    Memory,
    Profile,
    RssAt,
    Sites,
    Tasks,
)
from app.ops.diagnostics.service.sampling import HERTZ
from app.ops.process import Process
from app.ops.schemas import about

router = APIRouter(prefix="/api/diagnostics", dependencies=[Depends(require(Scope.ops_read), scope="function")])


async def _diagnostics(request: Request) -> service.Diagnostics:
    found: service.Diagnostics = request.app.state.diagnostics
    return found


async def _process(request: Request) -> Process:
    found: Process = request.app.state.process
    return found


Looking = Annotated[service.Diagnostics, Depends(_diagnostics)]
This = Annotated[Process, Depends(_process)]


@router.get("/tasks")
async def read_tasks(looking: Looking, this: This, now: Now, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> Tasks:
    """Show the asyncio tasks that run, the oldest first, and where each waits."""
    count, tasks, groups = service.told(looking.ages, most=limit)
    return Tasks(count=count, tasks=tasks, groups=groups, **about(this, now=now, scope="instance"))


@router.get("/memory", responses=problems(SitesRunning))
async def read_memory(
    *,
    looking: Looking,
    this: This,
    now: Now,
    sites: Annotated[bool, Query(description="Watch who allocates; slows the process down meanwhile.")] = False,
    seconds: Annotated[int, Query(ge=1, le=10, description="How long to watch.")] = 3,
) -> Memory:
    """Show how much memory this process has, how that has grown, and on demand who allocates."""
    found = await looking.sites(seconds) if sites else None
    machine = this.machine.figures()
    rss = machine["rss_bytes"]
    since_start, last_hour = looking.growth.grown(rss, now=now)
    return Memory(
        rss_bytes=rss,
        used_bytes=machine["used_bytes"],
        limit_bytes=machine["limit_bytes"],
        limited=machine["limited"],
        growth=GrowthOf(since_start_bytes=since_start, last_hour_bytes=last_hour),
        samples=[RssAt(at=look.at, rss_bytes=look.rss_bytes) for look in looking.growth.looks],
        gc=_collector(),
        threads=threading.active_count(),
        sites=None if found is None else Sites(seconds=seconds, bytes=found[0], top=found[1]),
        **about(this, now=now, scope="instance"),
    )


def _collector() -> Collector:
    totals = {name: [each[name] for each in gc.get_stats()] for name in ("collections", "collected", "uncollectable")}
    return Collector(counts=list(gc.get_count()), frozen=gc.get_freeze_count(), **totals)


@router.get(
    "/profile",
    response_model=Profile,
    responses={**problems(ProfileRunning), 200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def read_profile(
    *,
    looking: Looking,
    this: This,
    now: Now,
    seconds: Annotated[int, Query(ge=1, le=30, description="How long to look.")] = 1,
    form: Annotated[Form, Query(alias="format", description="`collapsed`: lines for a flame graph.")] = "json",
) -> Profile | PlainTextResponse:
    """Show what the event loop's thread is at, looked at a hundred times a second for a while."""
    stacks = await looking.profile(seconds)
    lines = collapsed(stacks)
    if form == "collapsed":
        return PlainTextResponse("".join(f"{line}\n" for line in lines), headers={"Cache-Control": "no-store"})
    return Profile(
        seconds=seconds,
        hertz=HERTZ,
        samples=sum(stacks.values()),
        idle_samples=at_rest(stacks),
        tree=_branch(tree_of(stacks)),
        collapsed=lines,
        **about(this, now=now, scope="instance"),
    )


def _branch(node: Node) -> Branch:
    below = sorted(node.children.values(), key=lambda child: (-child.samples, child.name))
    return Branch(name=node.name, samples=node.samples, children=[_branch(child) for child in below])


@router.get("/logs")
async def read_logs(looking: Looking, this: This, now: Now) -> Logs:
    """Show how much each logger has written."""
    rows = looking.growth.logged(now=now)
    return Logs(
        lines=sum(volume.lines for _, _, volume, _ in rows),
        bytes=sum(volume.bytes for _, _, volume, _ in rows),
        loggers=[
            Logger(logger=logger, level=level, lines=volume.lines, bytes=volume.bytes, lines_last_hour=recent)
            for logger, level, volume, recent in rows
        ],
        **about(this, now=now, scope="instance"),
    )
