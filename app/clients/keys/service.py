"""What is done with keys. A client's when one is given, else the operators' own."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit import service as audit
from app.clients.errors import ClientInactive, ExpiryPassed, KeyNotActive, KeyNotFound, ScopeNotGrantable
from app.clients.keys.schemas import KeyChange, KeyCreated, KeyIn, KeyOut, KeyRotated
from app.clients.memory import KEYS
from app.clients.models import ApiKey, Client
from app.clients.rules import SECRET_BITS, Environment, KeyStatus, key_status, make_key
from app.clients.schemas import ClientContext
from app.core.auth import OperatorOnly, Principal, Scope
from app.core.cache import forget_after_commit
from app.core.ids import new_id
from app.core.paging import Page, Paging
from app.core.security import digest
from app.core.versions import check_version

_OPERATOR_SCOPES = frozenset({Scope.ops_read, Scope.ops_write})


async def create_key(
    session: AsyncSession,
    client: ClientContext | None,
    wanted: KeyIn,
    *,
    principal: Principal,
    environment: Environment,
    now: datetime,
) -> KeyCreated:
    """Create a key; the answer is the only place where it can be read.

    Raises:
        ScopeNotGrantable: it would be allowed more than the principal, or ops scopes as a client's.
        ExpiryPassed: it would be expired already.
        OperatorOnly: a client's key would set a limit.
        ClientInactive: the client is deactivated.
    """
    scopes = sorted(set(wanted.scopes))
    _refuse_escalation(scopes, client, principal)
    if wanted.requests_per_minute is not None and not principal.is_operator:
        raise OperatorOnly
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise ExpiryPassed
    row = ApiKey(
        name=wanted.name,
        scopes=scopes,
        expires_at=wanted.expires_at,
        requests_per_minute=wanted.requests_per_minute,
    )
    text = await _issue(session, client, row, environment=environment, now=now)
    await _record(session, "key_created", row, principal=principal, now=now)
    return KeyCreated(**_shown(row, now).model_dump(by_alias=False), key=text)


async def list_keys(
    session: AsyncSession, client: ClientContext | None, paging: Paging, *, now: datetime
) -> Page[KeyOut]:
    """Return a page of the keys in the order of their making, ended ones among them; never a secret."""
    query = _keys(client).order_by(ApiKey.id).limit(paging.limit + 1)
    after = paging.key(UUID)
    if after is not None:
        query = query.where(ApiKey.id > after[0])
    rows, next_after = paging.page((await session.scalars(query)).all(), lambda row: (row.id,))
    return Page(items=[_shown(row, now) for row in rows], next_after=next_after)


async def read_key(session: AsyncSession, client: ClientContext | None, key_id: UUID, *, now: datetime) -> KeyOut:
    """Return a key, without its secret.

    Raises:
        KeyNotFound: the client, or the operators, have no such key.
    """
    row = await session.scalar(_keys(client).where(ApiKey.id == key_id))
    if row is None:
        raise KeyNotFound
    return _shown(row, now)


async def owner_of(session: AsyncSession, key_id: UUID) -> str | None:
    """Return the clientKey of a key's client, None for an operator's; for the shell, which may touch any key.

    Raises:
        KeyNotFound: there is no such key at all.
    """
    query = select(Client.client_key).select_from(ApiKey).outerjoin(Client, Client.id == ApiKey.client_id)
    row = (await session.execute(query.where(ApiKey.id == key_id))).first()
    if row is None:
        raise KeyNotFound
    owner: str | None = row[0]
    return owner


async def change_key(
    session: AsyncSession,
    client: ClientContext | None,
    key_id: UUID,
    change: KeyChange,
    *,
    principal: Principal,
    if_match: str | None,
    now: datetime,
) -> KeyOut:
    """Change a key's name or limit; the version grows only if something is different then.

    Raises:
        KeyNotFound: the client, or the operators, have no such key.
        OperatorOnly: a client's key would set a limit.
        PreconditionFailed, VersionConflict, PreconditionRequired: see `core.versions`.
    """
    row = await _lock(session, client, key_id)
    check_version(row.version, if_match=if_match, version=change.version, required=True)
    changed = {name: value for name, value in change.changes().items() if getattr(row, name) != value}
    if "requests_per_minute" in changed and not principal.is_operator:
        raise OperatorOnly
    if changed:
        for name, value in changed.items():
            setattr(row, name, value)
        row.version += 1
        await session.flush()
        forget_after_commit(session, KEYS, row.id)
        await _record(session, "key_changed", row, principal=principal, now=now)
    return _shown(row, now)


async def rotate_key(
    session: AsyncSession,
    client: ClientContext | None,
    key_id: UUID,
    *,
    overlap: timedelta,
    principal: Principal,
    environment: Environment,
    if_match: str | None,
    now: datetime,
) -> KeyRotated:
    """Replace a key by a new one of the same scopes and end; the old one works on for the overlap at most.

    Raises:
        KeyNotFound: the client, or the operators, have no such key.
        KeyNotActive: it has ended.
        ScopeNotGrantable: it may do more than the principal, who would get to know the new one.
        ClientInactive: the client is deactivated.
        PreconditionFailed: `If-Match` names another version.
    """
    old = await _lock(session, client, key_id)
    check_version(old.version, if_match=if_match, version=None)
    if _status(old, now) != "active":
        raise KeyNotActive
    _refuse_escalation([Scope(scope) for scope in old.scopes], client, principal)
    new = ApiKey(name=old.name, scopes=old.scopes, expires_at=old.expires_at, rotated_from=old.id)
    new.requests_per_minute = old.requests_per_minute
    text = await _issue(session, client, new, environment=environment, now=now)
    ends = min(now + overlap, old.expires_at or now + overlap)
    old.expires_at = ends
    old.version += 1
    await session.flush()
    forget_after_commit(session, KEYS, old.id)
    await _record(session, "key_rotated", new, principal=principal, now=now)
    return KeyRotated(**_shown(new, now).model_dump(by_alias=False), key=text, previous_expires_at=ends)


async def revoke_key(
    session: AsyncSession,
    client: ClientContext | None,
    key_id: UUID,
    *,
    principal: Principal,
    if_match: str | None,
    now: datetime,
) -> KeyOut:
    """End a key for good, from the next request on; nothing happens to one that was revoked before.

    Raises:
        KeyNotFound: the client, or the operators, have no such key.
        PreconditionFailed: `If-Match` names another version.
    """
    row = await _lock(session, client, key_id)
    check_version(row.version, if_match=if_match, version=None)
    if row.revoked_at is None:
        row.revoked_at = now
        row.version += 1
        await session.flush()
        forget_after_commit(session, KEYS, row.id)
        await _record(session, "key_revoked", row, principal=principal, now=now)
    return _shown(row, now)


def _keys(client: ClientContext | None) -> Select[ApiKey]:
    return select(ApiKey).where(ApiKey.client_id == (client.id if client else None))


async def _lock(session: AsyncSession, client: ClientContext | None, key_id: UUID) -> ApiKey:
    row = await session.scalar(_keys(client).where(ApiKey.id == key_id).with_for_update(key_share=True))
    if row is None:
        raise KeyNotFound
    return row


async def _issue(
    session: AsyncSession, client: ClientContext | None, row: ApiKey, *, environment: Environment, now: datetime
) -> str:
    """Give a new row its id and secret, insert it, and return the text that is shown once."""
    if client is not None and client.status != "active":
        raise ClientInactive
    key = make_key(new_id(), environment, entropy=secrets.randbits(SECRET_BITS))
    row.id, row.key_hash, row.last4 = key.id, digest(key.text), key.last4
    row.client_id, row.created_at, row.version = client.id if client else None, now, 1
    session.add(row)
    await session.flush()
    return key.text


def _refuse_escalation(scopes: list[Scope], client: ClientContext | None, principal: Principal) -> None:
    if not principal.scopes.issuperset(scopes) or (client is not None and _OPERATOR_SCOPES.intersection(scopes)):
        raise ScopeNotGrantable


def _status(row: ApiKey, now: datetime) -> KeyStatus:
    return key_status(revoked_at=row.revoked_at, expires_at=row.expires_at, now=now)


def _shown(row: ApiKey, now: datetime) -> KeyOut:
    row_values = {name: getattr(row, name) for name in KeyOut.model_fields if name != "status"}
    return KeyOut(**row_values, status=_status(row, now))


async def _record(session: AsyncSession, action: str, row: ApiKey, *, principal: Principal, now: datetime) -> None:
    data: dict[str, Any] = {"scopes": row.scopes, "last4": row.last4}
    if row.rotated_from is not None:
        data["rotated_from"] = str(row.rotated_from)
    if row.requests_per_minute is not None:
        data["requests_per_minute"] = row.requests_per_minute
    await audit.record(
        session, client_id=row.client_id, actor=principal.name, action=action, subject_id=row.id, now=now, data=data
    )
