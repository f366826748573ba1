"""Look at the jobs, and note in the audit trail what a person makes of those that gave up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit import service as audit
from app.core.auth import Principal
from app.core.paging import Paging
from app.jobs import service as jobs
from app.jobs.schemas import HeldJob, JobCount, JobState
from app.ops.health.rules import LATE_SECONDS as TASK_LATE_SECONDS

MOST = 1_000
"""Jobs that one order lets run again: it has 2.5 s."""
NOTED = 50
"""Numbers of jobs that the audit trail names."""
LATE_SECONDS = 300.0
"""A job that has been due for longer tells of workers that do not keep up."""

_LATE_TASKS = text("SELECT COUNT(*) FROM periodic_runs WHERE due_at < NOW() - make_interval(secs => :seconds)")


@dataclass(frozen=True, slots=True)
class Seen:
    """The queue, and one page of what is held."""

    counts: list[JobCount]
    held: Sequence[HeldJob]
    next_after: str | None

    def total(self, state: str) -> int:
        """Return how many jobs are in a state."""
        return sum(each.count for each in self.counts if each.state == state)

    @property
    def oldest_waiting_seconds(self) -> float:
        """How long the job has been due that has waited longest; 0 where none waits."""
        return max((each.oldest_age_seconds for each in self.counts if each.state == "waiting"), default=0.0)

    @property
    def well(self) -> bool:
        """Whether nothing is held and nothing waits for long."""
        return not self.total("held") and self.oldest_waiting_seconds <= LATE_SECONDS


async def look(session: AsyncSession, paging: Paging) -> Seen:
    """Return what there is.

    Raises:
        InvalidCursor: `after` was made up.
    """
    after = paging.key(_number) or (0,)
    held = await jobs.held(session, limit=paging.limit + 1, after=after[0])
    page, next_after = paging.page(held, lambda job: (job.id,))
    return Seen(await jobs.counts(session), page, next_after)


async def retry(session: AsyncSession, principal: Principal, job: int, *, reason: str, now: datetime) -> list[int]:
    """Let a held job run again.

    Raises:
        JobNotHeld: there is none of this number.
    """
    changed = await jobs.retry(session, [job])
    await _note(session, principal, "jobs_retried", changed, reason=reason, now=now)
    return changed


async def retry_all(
    session: AsyncSession, principal: Principal, name: str | None, *, reason: str, now: datetime
) -> list[int]:
    """Let held jobs of a kind, or of all, run again, the oldest 1,000 of them; return their numbers."""
    changed = await jobs.retry_all(session, name=name, most=MOST)
    await _note(session, principal, "jobs_retried", changed, reason=reason, now=now)
    return changed


async def discard(session: AsyncSession, principal: Principal, job: int, *, reason: str, now: datetime) -> list[int]:
    """Delete a held job for good.

    Raises:
        JobNotHeld: there is none of this number.
    """
    changed = await jobs.discard(session, [job])
    await _note(session, principal, "jobs_discarded", changed, reason=reason, now=now)
    return changed


async def still_held(session: AsyncSession) -> int:
    """Return how many jobs are held."""
    return await jobs.count_held(session)


async def late_tasks(session: AsyncSession) -> int:
    """Return how many periodic tasks nobody began in time."""
    return int(await session.scalar(_LATE_TASKS, {"seconds": TASK_LATE_SECONDS}) or 0)


def figures(counts: Sequence[JobCount], late: int) -> dict[str, Any]:
    """Return numbers about the queue by state: how many jobs, and for how long the oldest has been so."""
    states: dict[str, dict[str, float]] = {state: {"count": 0, "oldest_seconds": 0.0} for state in get_args(JobState)}
    for each in counts:
        state = states[each.state]
        state["count"] += each.count
        state["oldest_seconds"] = max(state["oldest_seconds"], each.oldest_age_seconds)
    return {"states": states, "late_tasks": late}


async def _note(
    session: AsyncSession, principal: Principal, action: str, ids: list[int], *, reason: str, now: datetime
) -> None:
    data = {"jobs": ids[:NOTED], "count": len(ids), "reason": reason}
    await audit.record(
        session, client_id=None, actor=principal.name, action=action, subject_id=None, now=now, data=data
    )


def _number(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError("no job's number")
    return number
