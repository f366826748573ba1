"""The caches of one process, and how they hear of changes: their own at the commit, others' by notice."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from app.core.cache.named import Cache, Definition
from app.core.lifeline import Lifeline

logger = structlog.get_logger()

K = TypeVar("K")
V = TypeVar("V")

CHANNEL = "booking_caches"
"""Triggers send `<cache>:<key>` on it for each change, `<cache>:*` where all may have changed."""

_INFO, _FORGETTING = "caches", "forgetting"


class Caches:
    """Every cache by name; each is made when it is first asked for. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._named: dict[str, Cache[Any, Any]] = {}
        self._lifeline: Lifeline | None = None
        self._found = False

    @property
    def trusted(self) -> bool:
        """Whether notices of changes arrive, so that what is remembered is good; else it must be asked for anew."""
        return self._found and self._lifeline is not None and self._lifeline.listening

    def of(self, definition: Definition[K, V]) -> Cache[K, V]:
        """Return the cache of a definition."""
        cache = self._named.get(definition.name)
        if cache is None:
            cache = self._named[definition.name] = Cache(definition, self._clock)
        return cache

    def __iter__(self) -> Iterator[Cache[Any, Any]]:
        return iter(self._named.values())

    def get(self, name: str) -> Cache[Any, Any] | None:
        """Return the cache of that name, None where there is none."""
        return self._named.get(name)

    def follow(self, lifeline: Lifeline) -> None:
        """Hear of changes from now on; call before the lifeline's first check."""
        self._lifeline = lifeline
        lifeline.hear(CHANNEL, self.hear)
        lifeline.on_found.append(self._hears_again)
        lifeline.on_lost.append(self._is_deaf)

    def hear(self, payload: str) -> None:
        """Forget what a notice says has changed."""
        name, _, text = payload.partition(":")
        cache = self._named.get(name)
        if cache is None:
            return
        parse = cache.definition.parse
        if text == "*" or parse is None:
            cache.clear()
            return
        try:
            cache.forget(parse(text))
        except ValueError:
            logger.warning("notice_unreadable", cache=name)

    def _hears_again(self) -> None:
        """Forget all, for notices were missed, and serve from now on."""
        for cache in self:
            cache.clear()
        self._found = True

    def _is_deaf(self) -> None:
        self._found = False


def info_of(caches: Caches) -> dict[str, Caches]:
    """Return what a maker of sessions puts into each session's `info`, for `caches_of`."""
    return {_INFO: caches}


def caches_of(session: AsyncSession) -> Caches:
    """Return the caches of the session's process; a session without any gets some of its own, which nobody tells."""
    caches: Caches | None = session.info.get(_INFO)
    if caches is None:
        caches = session.info[_INFO] = Caches(lambda: 0.0)
    return caches


def forget_after_commit(session: AsyncSession, definition: Definition[K, Any], key: K) -> None:
    """Have this process forget an entry as soon as the transaction is committed: what changes it, sees it changed."""
    after_commit(session, lambda: caches_of(session).of(definition).forget(key))


def after_commit(session: AsyncSession, call: Callable[[], None]) -> None:
    """Have something harmless called once the session commits: after a rollback, if it ever commits something else."""
    calls: list[Callable[[], None]] | None = session.info.get(_FORGETTING)
    if calls is None:
        calls = session.info[_FORGETTING] = []
        event.listen(session.sync_session, "after_commit", _call_all)
    calls.append(call)


def _call_all(session: Session) -> None:
    if not session.in_nested_transaction():
        calls, session.info[_FORGETTING][:] = session.info[_FORGETTING][:], []
        for call in calls:
            call()
