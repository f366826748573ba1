"""What waits for a person at a client."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from app.attention.errors import AttentionNotFound
from app.attention.models import AttentionItem
from app.attention.rules import WHAT, Kind, actions
from app.attention.schemas import ActionOut, AttentionOut, DoneRequest
from app.clients.schemas import ClientContext
from app.core.auth import Principal
from app.core.ids import new_id
from app.core.paging import Page, Paging
from app.core.versions import check_version

LONGEST_SAID = 2_000
_ABOUT = ("booking_id", "message_id", "call_id")


async def bring_up(
    session: AsyncSession,
    client_id: UUID,
    kind: Kind,
    about: str,
    *,
    customer_id: UUID | None = None,
    booking_id: UUID | None = None,
    message_id: UUID | None = None,
    call_id: UUID | None = None,
    phone: str | None = None,
    said: str | None = None,
    code: str | None = None,
    now: datetime,
) -> UUID:
    """Put something before a person; return its id. While one of the same kind and `about` is open, it joins that.

    What is known now replaces what was known before; words are added to those that were said, 2,000 characters in all.
    """
    known = {
        **{"customer_id": customer_id, "booking_id": booking_id, "message_id": message_id, "call_id": call_id},
        **{"phone": phone, "code": code},
    }
    statement = _joining(client_id, kind, about, said[:LONGEST_SAID] if said else None, known, now=now)
    return (await session.scalars(statement)).one()


def _joining(
    client_id: UUID, kind: Kind, about: str, said: str | None, known: dict[str, Any], *, now: datetime
) -> ReturningInsert[UUID]:
    fresh = insert(AttentionItem).values(
        client_id=client_id,
        id=new_id(),
        kind=kind.value,
        about=about[:80],
        said=said,
        created_at=now,
        updated_at=now,
        **known,
    )
    changes = {
        "times": AttentionItem.times + 1,
        "version": AttentionItem.version + 1,
        "updated_at": now,
        "said": _joined(fresh.excluded.said),
        **{name: fresh.excluded[name] for name, value in known.items() if value is not None},
    }
    joined = fresh.on_conflict_do_update(
        index_elements=["client_id", "kind", "about"], index_where=text("status = 'open'"), set_=changes
    )
    return joined.returning(AttentionItem.id)


async def page(
    session: AsyncSession,
    client: ClientContext,
    paging: Paging,
    *,
    status: Literal["open", "done"] | None,
    kind: Kind | None,
) -> Page[AttentionOut]:
    """Return a page of what waits, or waited, oldest first.

    Raises:
        InvalidCursor: the cursor belongs to another list.
    """
    query = select(AttentionItem).where(AttentionItem.client_id == client.id)
    if status is not None:
        query = query.where(AttentionItem.status == status)
    if kind is not None:
        query = query.where(AttentionItem.kind == kind.value)
    if key := paging.key(UUID):
        query = query.where(AttentionItem.id > key[0])
    rows = (await session.scalars(query.order_by(AttentionItem.id).limit(paging.limit + 1))).all()
    shown, next_after = paging.page(rows, lambda item: (item.id,))
    return Page(items=[as_out(item) for item in shown], next_after=next_after)


async def read(session: AsyncSession, client: ClientContext, item_id: UUID) -> AttentionOut:
    """Return one.

    Raises:
        AttentionNotFound: the client has no such thing.
    """
    return as_out(await _one(session, client, item_id))


async def tick_off(
    session: AsyncSession,
    client: ClientContext,
    item_id: UUID,
    wanted: DoneRequest,
    *,
    principal: Principal,
    if_match: str | None,
    now: datetime,
) -> AttentionOut:
    """Say that it is done; twice is as good as once.

    Raises:
        AttentionNotFound: the client has no such thing.
        PreconditionFailed, VersionConflict: it came up again since.
    """
    item = await _one(session, client, item_id, lock=True)
    check_version(item.version, if_match=if_match, version=wanted.version)
    if item.status == "open":
        item.status, item.done_at, item.done_by = "done", now, principal.name
        item.note, item.updated_at = wanted.note, now
        item.version += 1
        await session.flush()
    return as_out(item)


async def _one(session: AsyncSession, client: ClientContext, item_id: UUID, *, lock: bool = False) -> AttentionItem:
    query = select(AttentionItem).where(AttentionItem.client_id == client.id, AttentionItem.id == item_id)
    item = await session.scalar(query.with_for_update() if lock else query)
    if item is None:
        raise AttentionNotFound
    return item


def _joined(said: object) -> object:
    """Return the words so far with those that are new; SQL skips what is NULL."""
    return func.nullif(func.left(func.concat_ws("\n", AttentionItem.said, said), LONGEST_SAID), "")


def as_out(item: AttentionItem) -> AttentionOut:
    """Return an item as it goes over the wire."""
    about = {name: getattr(item, name) for name in _ABOUT}
    kind = Kind(item.kind)
    can = actions(item.id, kind, about, reachable=item.phone is not None) if item.status == "open" else []
    own = {name: getattr(item, name) for name in AttentionOut.model_fields if name not in {"what", "kind", "actions"}}
    return AttentionOut(
        kind=kind,
        what=WHAT[kind],
        actions=[ActionOut(name=name, method=method, path=path) for name, method, path in can],
        **own,
    )
