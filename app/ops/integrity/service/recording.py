"""What was found, kept: a year of weekly looks."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.ops.integrity.models import IntegrityCheck
from app.ops.integrity.schemas import Looked

KEPT = 52
EVERY = timedelta(days=7)
OVERDUE = EVERY + timedelta(days=1)


async def keep(session: AsyncSession, looked: Looked) -> UUID:
    """Keep a look at all of the data, and forget all but the last 52; return its id."""
    identifier = new_id()
    report = looked.model_dump(mode="json", by_alias=True)
    row = IntegrityCheck(
        id=identifier,
        started_at=looked.started_at,
        finished_at=looked.finished_at,
        findings=looked.findings,
        report=report,
    )
    session.add(row)
    await session.flush()
    recent = select(IntegrityCheck.id).order_by(IntegrityCheck.started_at.desc()).limit(KEPT)
    await session.execute(delete(IntegrityCheck).where(IntegrityCheck.id.not_in(recent)))
    return identifier


async def latest(session: AsyncSession) -> Looked | None:
    """Return the last look."""
    query = select(IntegrityCheck.report).order_by(IntegrityCheck.started_at.desc()).limit(1)
    report = await session.scalar(query)
    return None if report is None else Looked.model_validate(report)


async def standing(session: AsyncSession) -> tuple[int, datetime] | None:
    """Return how much the last look found, and when it began."""
    query = select(IntegrityCheck.findings, IntegrityCheck.started_at)
    row = (await session.execute(query.order_by(IntegrityCheck.started_at.desc()).limit(1))).one_or_none()
    return None if row is None else (row.findings, row.started_at)


async def is_due(session: AsyncSession, *, now: datetime) -> bool:
    """Tell whether a week has gone by since the last look."""
    last = await session.scalar(select(func.max(IntegrityCheck.started_at)))
    return last is None or now - last >= EVERY
