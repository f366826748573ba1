"""`Idempotency-Key`: the same request twice has one effect and one answer, byte for byte.

The key's lock, the effect and the stored answer share one transaction, so a crash between commit and
reply loses nothing: the retry finds the answer. Only 2xx answers are stored; a refusal runs again.
Answers are encrypted at rest, for they hold tokens, keys and personal data. After the practice of the
expired draft-ietf-httpapi-idempotency-key-header-07, but a second request in flight waits instead of
getting 409.
"""

import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.routing import APIRoute
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy import CursorResult, Index, LargeBinary, SmallInteger, String, Uuid, delete, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core.auth import Principal
from app.core.config import Settings
from app.core.db import Base
from app.core.direct import fetch, fetch_first
from app.core.errors import BadRequest, Conflict, Invalid
from app.core.security import Vault

_SUBJECTS = "idempotency_subjects"

LONGEST_KEY = 200


class StoredAnswer(Base):
    """The answer to one principal's key. Exempt from composite keys: an operator's key has no client."""

    __tablename__ = "idempotency_answers"
    __table_args__ = (
        Index("ix_idempotency_answers_expires_at", "expires_at"),
        Index("ix_idempotency_answers_subjects", "subjects", postgresql_using="gin"),
    )

    principal: Mapped[str] = mapped_column(String(100), primary_key=True, doc="Who asked, for which client.")
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, doc="SHA-256 of the key.")
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, doc="SHA-256 of method, path, query and body.")
    status: Mapped[int] = mapped_column(SmallInteger)
    content_type: Mapped[str] = mapped_column(String(100))
    body: Mapped[bytes] = mapped_column(LargeBinary, doc="Encrypted.")
    subjects: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), doc="Customers in the answer, and holds without one.")
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class IdempotencyKeyInvalid(BadRequest):
    """The header is empty, too long, not printable ASCII, or there twice."""

    detail = "Send one Idempotency-Key of 1 to 200 printable ASCII characters."


class IdempotencyKeyReused(Invalid):
    """The key came with another request before."""

    detail = "This Idempotency-Key was used for another request; take a new key for each new request."


class Replay(Exception):
    """Carries the stored answer past the handler."""

    def __init__(self, response: Response) -> None:
        super().__init__("an answer was stored")
        self.response = response


class AnswerUnreadable(Conflict):
    """The request was carried out before, but its stored answer was encrypted under another key."""

    detail = "This request was carried out before, but its answer can no longer be read; look at the result instead."


@dataclass(frozen=True, slots=True)
class _Pending:
    """A keyed request that is being carried out."""

    principal: str
    key_hash: bytes
    fingerprint: bytes
    now: datetime

    @property
    def context(self) -> bytes:
        return self.principal.encode() + self.key_hash


IdempotencyKey = Annotated[
    str | SkipJsonSchema[None],
    Header(
        alias="Idempotency-Key",
        description="Makes a retry safe: the same key and body within 24 hours get the first answer again.",
        json_schema_extra={"minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    ),
]

_LOCK = "SELECT pg_advisory_xact_lock($1::int4, $2::int4)"
"""Two-number locks are a space of their own, apart from the one-number locks of resources."""

_FIND = """
SELECT fingerprint, status, content_type, body FROM idempotency_answers
WHERE principal = $1 AND key_hash = $2 AND expires_at > $3
"""

_STORE = """
INSERT INTO idempotency_answers (principal, key_hash, fingerprint, status, content_type, body, subjects, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (principal, key_hash) DO UPDATE SET
    fingerprint = excluded.fingerprint, status = excluded.status, content_type = excluded.content_type,
    body = excluded.body, subjects = excluded.subjects, expires_at = excluded.expires_at
"""


async def begin(request: Request, key: IdempotencyKey = None) -> None:
    """Answer a repeated request from the store; wait while the first one is still in flight.

    Raises:
        IdempotencyKeyInvalid: the header cannot be a key.
        IdempotencyKeyReused: the key came with another request before.
        Replay: the request was answered before.
    """
    if key is None:
        return
    possible = key.isascii() and key.isprintable() and key.strip() and len(key) <= LONGEST_KEY
    if not possible or len(request.headers.getlist("Idempotency-Key")) > 1:
        raise IdempotencyKeyInvalid
    principal: Principal = request.state.principal
    session: AsyncSession = request.state.session
    now: datetime = request.state.now
    body = await request.body()
    target = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    pending = _Pending(
        principal=f"{principal.name}@{principal.client_id or '-'}",
        key_hash=hashlib.sha256(key.encode()).digest(),
        fingerprint=hashlib.sha256(target + body).digest(),
        now=now,
    )
    lock = hashlib.sha256(pending.context).digest()
    halves = (int.from_bytes(lock[:4], signed=True), int.from_bytes(lock[4:8], signed=True))
    await fetch(session, _LOCK, *halves)
    stored = await fetch_first(session, _FIND, pending.principal, pending.key_hash, now)
    if stored is None:
        request.state.idempotency = pending
        return
    if stored["fingerprint"] != pending.fingerprint:
        raise IdempotencyKeyReused
    raise Replay(_answer(request, pending, stored["status"], stored["content_type"], stored["body"]))


def _answer(request: Request, pending: _Pending, status: int, content_type: str, sealed: bytes) -> Response:
    vault: Vault = request.app.state.vault
    body = vault.open(sealed, context=pending.context)
    if body is None:
        raise AnswerUnreadable
    headers = {"Idempotent-Replayed": "true"}
    return Response(body, status_code=status, media_type=content_type, headers=headers)


def concerns(session: AsyncSession, subject_id: UUID) -> None:
    """Note that this transaction's answer holds a customer's data, so that an erasure finds it.

    The subject is the customer, or a hold that may become one's.
    """
    session.info.setdefault(_SUBJECTS, set()).add(subject_id)


async def _store(request: Request, pending: _Pending, response: Response) -> None:
    session: AsyncSession = request.state.session
    settings: Settings = request.app.state.settings
    vault: Vault = request.app.state.vault
    row = (
        pending.principal,
        pending.key_hash,
        pending.fingerprint,
        response.status_code,
        response.headers.get("content-type", "application/json"),
        vault.seal(bytes(response.body), context=pending.context),
        sorted(session.info.get(_SUBJECTS, ())),
        pending.now + settings.idempotency_retention,
    )
    await fetch(session, _STORE, *row)


class IdempotentRoute(APIRoute):
    """A route whose POST honours `Idempotency-Key`; use it as the `route_class` of every router.

    The handler's bytes are known here while the request's transaction is still open.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if "POST" in (options.get("methods") or ()):
            options["dependencies"] = [Depends(begin), *(options.get("dependencies") or ())]
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler that stores a 2xx answer in the transaction which made it."""
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            response = await handle(request)
            pending: _Pending | None = getattr(request.state, "idempotency", None)
            if pending is not None and 200 <= response.status_code < 300:
                await _store(request, pending, response)
            return response

        return handle_once


async def erase_answers(session: AsyncSession, *subject_ids: UUID) -> None:
    """Forget every stored answer that holds data of these subjects: customers, and holds that became theirs."""
    await session.execute(delete(StoredAnswer).where(StoredAnswer.subjects.overlap(subject_ids)))


async def purge_answers(session: AsyncSession, *, now: datetime, most: int = 20_000) -> int:
    """Delete answers past their time, at most so many, and return how many went."""
    statement = text(
        "DELETE FROM idempotency_answers WHERE (principal, key_hash) IN "
        "(SELECT principal, key_hash FROM idempotency_answers WHERE expires_at <= :now LIMIT :most)"
    )
    result = await session.execute(statement, {"now": now, "most": most})
    return cast("CursorResult[Any]", result).rowcount


async def _replay(_request: Request, replay: Exception) -> Response:
    assert isinstance(replay, Replay)
    return replay.response


def add_replay(app: FastAPI) -> None:
    """Teach the application to send stored answers."""
    app.add_exception_handler(Replay, _replay)
