"""What is done with clients: create, list, change, deactivate. Their keys: `clients.keys.service`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit import service as audit
from app.clients.errors import ClientKeyTaken
from app.clients.memory import CLIENTS, context_of
from app.clients.models import Client
from app.clients.schemas import ClientChange, ClientContext, ClientIn, Status
from app.core.auth import OperatorOnly, Principal
from app.core.cache import forget_after_commit
from app.core.ids import new_id
from app.core.paging import Paging
from app.core.phone import e164
from app.core.versions import check_version

__all__ = ["change_client", "context_of", "create_client", "list_clients", "set_status", "touch_configuration"]


async def create_client(session: AsyncSession, wanted: ClientIn, *, principal: Principal, now: datetime) -> Client:
    """Create a client.

    Raises:
        ClientKeyTaken: another client has, or had, this clientKey.
        InvalidPhone: `phone` is no number, read in the client's region.
    """
    values = wanted.model_dump(by_alias=False)
    if wanted.phone is not None:
        values["phone"] = e164(wanted.phone, wanted.region)
    values.update(id=new_id(), created_at=now, updated_at=now)
    statement = insert(Client).values(values).on_conflict_do_nothing(index_elements=["client_key"]).returning(Client)
    client = await session.scalar(statement)
    if client is None:
        raise ClientKeyTaken
    await _record(session, client, "client_created", principal=principal, now=now)
    return client


async def list_clients(session: AsyncSession, paging: Paging) -> tuple[Sequence[Client], str | None]:
    """Return a page of all clients by clientKey, and its cursor; for operators."""
    query = select(Client).order_by(Client.client_key).limit(paging.limit + 1)
    after = paging.key(str)
    if after is not None:
        query = query.where(Client.client_key > after[0])
    return paging.page((await session.scalars(query)).all(), lambda client: (client.client_key,))


async def change_client(
    session: AsyncSession,
    client: ClientContext,
    change: ClientChange,
    *,
    principal: Principal,
    if_match: str | None,
    now: datetime,
) -> Client:
    """Change settings; the version grows only if something is different then.

    Raises:
        PreconditionFailed, VersionConflict, PreconditionRequired: see `core.versions`.
        OperatorOnly: a client's key would change the status.
        InvalidPhone: `phone` is no number, read in the client's region.
    """
    row = await _lock(session, client)
    check_version(row.version, if_match=if_match, version=change.version, required=True)
    changes = change.changes()
    if "status" in changes and not principal.is_operator:
        raise OperatorOnly
    if changes.get("phone") is not None:
        changes["phone"] = e164(changes["phone"], changes.get("region", row.region))
    return await _apply(session, row, changes, principal=principal, now=now)


async def set_status(
    session: AsyncSession,
    client: ClientContext,
    status: Status,
    *,
    principal: Principal,
    if_match: str | None,
    version: int | None = None,
    now: datetime,
) -> Client:
    """Deactivate or activate; nothing happens where it is so already.

    Raises:
        PreconditionFailed: `If-Match` names another version.
    """
    row = await _lock(session, client)
    check_version(row.version, if_match=if_match, version=version)
    return await _apply(session, row, {"status": status}, principal=principal, now=now)


async def touch_configuration(session: AsyncSession, client_id: UUID) -> None:
    """Make every cached plan of the client out of date, once this transaction commits.

    To be called by whatever changes something that availability depends on.
    """
    statement = update(Client).where(Client.id == client_id).returning(Client.client_key)
    client_key = await session.scalar(statement.values(configuration_version=Client.configuration_version + 1))
    forget_after_commit(session, CLIENTS, str(client_key))


async def _lock(session: AsyncSession, client: ClientContext) -> Client:
    query = select(Client).where(Client.id == client.id).with_for_update(key_share=True)
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def _apply(
    session: AsyncSession, row: Client, changes: Mapping[str, Any], *, principal: Principal, now: datetime
) -> Client:
    changed = {column: value for column, value in changes.items() if getattr(row, column) != value}
    if not changed:
        return row
    for column, value in changed.items():
        setattr(row, column, value)
    row.version += 1
    row.updated_at = now
    await session.flush()
    forget_after_commit(session, CLIENTS, row.client_key)
    if "timezone" in changed:
        await touch_configuration(session, row.id)
    await _record(session, row, "client_changed", principal=principal, now=now, data=_codes(changed))
    return row


def _codes(changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may stand in the audit log: which fields changed, and the status."""
    status = {"status": changed["status"]} if "status" in changed else {}
    return {"fields": sorted(changed), **status}


async def _record(
    session: AsyncSession,
    client: Client,
    action: str,
    *,
    principal: Principal,
    now: datetime,
    data: Mapping[str, Any] | None = None,
) -> None:
    await audit.record(
        session, client_id=client.id, actor=principal.name, action=action, subject_id=client.id, now=now, data=data
    )
