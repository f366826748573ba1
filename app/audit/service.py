"""Write and read the audit log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.models import AuditEntry
from app.core.ids import new_id
from app.core.paging import Paging


async def record(
    session: AsyncSession,
    *,
    client_id: UUID | None,
    actor: str,
    action: str,
    subject_id: UUID | None,
    now: datetime,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Note an administrative act in the transaction that does it.

    `actor` is a principal's name; `action` is snake_case in the past tense, such as `key_revoked`;
    `data` holds ids and codes that JSON can carry, never personal data. `client_id` None: an act on
    the service itself.
    """
    entry = {
        "id": new_id(),
        "client_id": client_id,
        "at": now,
        "actor": actor,
        "action": action,
        "subject_id": subject_id,
        "data": dict(data or {}),
    }
    await session.execute(insert(AuditEntry).values(entry))


async def history(
    session: AsyncSession, client_id: UUID | None, paging: Paging
) -> tuple[Sequence[AuditEntry], str | None]:
    """Return a page of a client's entries, the latest first, and its cursor; with None those of everybody."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(paging.limit + 1)
    if client_id is not None:
        query = query.where(AuditEntry.client_id == client_id)
    after = paging.key(UUID)
    if after is not None:
        query = query.where(AuditEntry.id < after[0])
    return paging.page((await session.scalars(query)).all(), lambda entry: (entry.id,))
