"""What came in, signed, for a line or an assistant that no client has: kept, so that nothing is lost."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.attention.models import Unrouted
from app.attention.schemas import UnroutedOut
from app.core.ids import new_id
from app.core.paging import Page, Paging


async def keep_unrouted(
    session: AsyncSession,
    provider: str,
    key: str,
    *,
    kind: str,
    line: str | None,
    content: dict[str, Any],
    now: datetime,
) -> bool:
    """Keep it; return False where the same delivery was kept before. `content` holds no secret any more."""
    fresh = insert(Unrouted).values(
        id=new_id(), provider=provider, key=key[:100], kind=kind[:40], line=line, content=content, received_at=now
    )
    kept = fresh.on_conflict_do_nothing(index_elements=["provider", "key"]).returning(Unrouted.id)
    return (await session.scalar(kept)) is not None


async def page_unrouted(session: AsyncSession, paging: Paging) -> Page[UnroutedOut]:
    """Return a page of it, oldest first.

    Raises:
        InvalidCursor: the cursor belongs to another list.
    """
    query = select(Unrouted).order_by(Unrouted.id).limit(paging.limit + 1)
    if key := paging.key(UUID):
        query = query.where(Unrouted.id > key[0])
    rows, next_after = paging.page((await session.scalars(query)).all(), lambda row: (row.id,))
    return Page(items=[UnroutedOut.model_validate(row, from_attributes=True) for row in rows], next_after=next_after)


async def forget_unrouted(session: AsyncSession, *, before: datetime) -> None:
    """Delete what was received before an instant."""
    await session.execute(delete(Unrouted).where(Unrouted.received_at < before))
