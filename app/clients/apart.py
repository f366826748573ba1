"""Who asks for an operational endpoint, also while the database is away; and whose key it is, from memory alone."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Scope

from app.clients.auth import TOUCH, is_break_glass, operator, presented
from app.clients.errors import MalformedKey
from app.clients.memory import CLIENTS, KEYS, KnownKey, read_client, read_key
from app.clients.rules import parse_key
from app.clients.schemas import ClientContext
from app.core.auth import Principal, Recognised
from app.core.cache import Caches
from app.core.clock import utcnow
from app.core.db import Sessions
from app.core.direct import fetch
from app.core.errors import Unauthorized
from app.core.handlers import database_problem
from app.core.lifeline import Lifeline
from app.core.patience import aside, within
from app.core.security import digest

T = TypeVar("T")

ANSWER_SECONDS = 1.5
"""So long the database has to say who asks; then what memory knows counts, or nothing."""

KNOWN_DOWN_SECONDS = 3.0
"""So long the lifeline's bad news keep us from asking the database once more."""


async def authenticate_apart(request: Request, now: datetime) -> Principal:
    """Return who asks for an operational endpoint; the users' pool is not touched.

    A key that this process has seen within the last hour is known while the database is away.

    Raises:
        MissingKey, ConflictingKeys, MalformedKey, UnknownKey, RevokedKey, ExpiredKey: the key is not good.
        ClientNotFound, ClientInactive: as for every request.
        OSError, TimeoutError, DBAPIError: the database does not say, within 1.5 s, and memory does not know.
    """
    text, client_key = presented(request.scope["headers"])
    hashed = digest(text)
    desk = _Desk(request)
    if is_break_glass(request.app.state.settings, hashed):
        client = None if client_key is None else await desk.client(client_key)
        request.state.client = client
        return operator(client)
    key_id = parse_key(text)
    if key_id is None:
        raise MalformedKey
    known = await desk.key(key_id)
    known.verify(hashed, now=now)
    name = known.client_it_names(client_key)
    client = known.permitted(None if name is None else await desk.client(name))
    request.state.client = client
    if known.due(now) and desk.reached:
        known.used(now)
        aside(_note_use(desk.sessions, key_id, now))
    return known.acting_for(client)


class _Desk:
    """Where an operational request learns of keys and clients."""

    def __init__(self, request: Request) -> None:
        process = request.app.state.process
        self.sessions: Sessions = process.sessions
        self._caches: Caches = process.caches
        self._lifeline: Lifeline = process.lifeline
        self.reached = self._caches.trusted
        """Whether the database answers, as far as this request knows."""

    async def key(self, key_id: UUID) -> KnownKey:
        """Return a key, whether it is good or not."""

        async def read(session: AsyncSession) -> KnownKey:
            return await read_key(session, key_id)

        keys = self._caches.of(KEYS)
        return await keys.get(key_id, lambda: self._read(read), fresh=not self._caches.trusted)

    async def client(self, client_key: str) -> ClientContext:
        """Return a client by its public name."""

        async def read(session: AsyncSession) -> ClientContext:
            return await read_client(session, client_key)

        clients = self._caches.of(CLIENTS)
        return await clients.get(client_key, lambda: self._read(read), fresh=not self._caches.trusted)

    async def _read(self, read: Callable[[AsyncSession], Awaitable[T]]) -> T:
        last = self._lifeline.last
        if last is not None and not last.up and self._lifeline.clock() - last.at < KNOWN_DOWN_SECONDS:
            raise ConnectionError("the database is known to be down")

        async def ask() -> T:
            async with self.sessions() as session:
                return await read(session)

        found = await within(ANSWER_SECONDS, ask())
        self.reached = True
        return found


async def _note_use(sessions: Sessions, key_id: UUID, now: datetime) -> None:
    """Note that a key was used; if the database fails just now, it will be noted when it is used later."""
    try:
        async with sessions.begin() as session:
            await fetch(session, TOUCH, key_id, now)
    except Exception as failure:
        if database_problem(failure) is None:
            raise


def claims(scope: Scope) -> bool:
    """Tell whether a request carries what may be a key, known or not: its checksum is right."""
    try:
        text, _ = presented(scope["headers"])
    except Unauthorized:
        return False
    return parse_key(text) is not None


def recognise(scope: Scope) -> Recognised | None:
    """Return whose key a request carries, as far as memory can verify it; None: unknown here, or not good.

    Never waits. It admits nobody: a key that was revoked a moment ago may still be recognised.
    """
    try:
        text, _ = presented(scope["headers"])
    except Unauthorized:
        return None
    state, hashed = scope["app"].state, digest(text)
    if is_break_glass(state.settings, hashed):
        return Recognised("operator", is_operator=True)
    key_id = parse_key(text)
    caches: Caches = state.process.caches
    known = None if key_id is None else caches.of(KEYS).peek(key_id)
    if known is None:
        return None
    try:
        known.verify(hashed, now=utcnow())
    except Unauthorized:
        return None
    principal = known.principal
    return Recognised(principal.name, principal.is_operator, known.requests_per_minute)
