"""The outbox: an event becomes one job for each subscriber, in the transaction of what happened.

So a rollback leaves no job, a commit leaves all of them, and no job starts before the commit.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Generic, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import orjson
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import fetch

E = TypeVar("E")
E_contra = TypeVar("E_contra", contravariant=True)

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
CARRIED = (UUID, datetime, date, bool, int, str, Enum, NoneType)
IMMEDIATELY = timedelta(0)

# Leaner than the library's own statement, which also writes a line of its log: measured, 2,180
# against 1,750 transactions a second. NOW() + an interval: only the server's clock decides what is due.
ENQUEUE = """
INSERT INTO pgqueuer AS job (priority, entrypoint, payload, execute_after, status)
SELECT 0, name, $2::bytea, NOW() + delay, 'queued'
FROM UNNEST($1::text[], $3::interval[]) AS subscriber (name, delay)
"""
ENQUEUE_ALL = """
INSERT INTO pgqueuer AS job (priority, entrypoint, payload, execute_after, status)
SELECT 0, name, payload, NOW() + delay, 'queued'
FROM UNNEST($1::text[], $2::bytea[], $3::interval[]) AS subscriber (name, payload, delay)
"""
# DO UPDATE rather than DO NOTHING: it locks the waiting job until our commit, so that it cannot run
# before what we write is there to be read.
ENQUEUE_ONCE = """
INSERT INTO pgqueuer AS job (priority, entrypoint, payload, execute_after, status, dedupe_key)
SELECT 0, name, $2::bytea, NOW() + delay, 'queued', key
FROM UNNEST($1::text[], $3::interval[], $4::text[]) AS subscriber (name, delay, key)
ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL
DO UPDATE SET priority = job.priority
"""


class Handler(Protocol[E_contra]):
    """What does a job: idempotent, because a crash may make it run again.

    The session's transaction is committed after it, together with the job's end. A job that talks to the
    outside world commits what it has (`session.commit()`) first: no transaction waits for a network.
    """

    async def __call__(self, session: AsyncSession, event: E_contra, /, *, now: datetime) -> None:
        """Do the job. Raise PermanentFailure when trying again is pointless; all else is tried again."""


@dataclass(frozen=True, kw_only=True)
class Subscription(Generic[E]):
    """One kind of job: who does it, upon which event, and when."""

    name: str
    handle: Handler[E]
    reads: TypeAdapter[E]
    delay: timedelta
    at: Callable[[E], datetime] | None
    once: Callable[[E], str] | None
    limit: timedelta | None
    """How long it may go on; None: as long as jobs usually may."""
    outbound: bool
    """Whether it sends something to somebody outside, and so waits while that is paused."""

    def wait(self, event: E, now: datetime) -> timedelta:
        """Return how long after `now` the job is due."""
        return self.delay if self.at is None else self.at(event) - now + self.delay

    def key(self, event: E) -> str | None:
        """Return what makes two jobs of this kind the same, among all kinds."""
        return None if self.once is None else f"{self.name}:{self.once(event)}"


@dataclass
class _Plan:
    """What `emit` needs for one type of event, made ready when somebody subscribes."""

    subscriptions: list[Subscription[Any]]

    def __post_init__(self) -> None:
        self.names = [subscription.name for subscription in self.subscriptions]
        self.statement = ENQUEUE_ONCE if any(each.once for each in self.subscriptions) else ENQUEUE
        timed = any(each.at for each in self.subscriptions)
        self._delays = None if timed else [each.delay for each in self.subscriptions]

    def parameters(self, event: object, now: datetime) -> tuple[Any, ...]:
        delays = self._delays or [each.wait(event, now) for each in self.subscriptions]
        if self.statement is ENQUEUE:
            return self.names, _written(event), delays
        return self.names, _written(event), delays, [each.key(event) for each in self.subscriptions]


class Subscriptions:
    """Who does what upon which event. The application has one; a test may have its own."""

    def __init__(self) -> None:
        self._plans: dict[type, _Plan] = {}
        self._names: set[str] = set()

    def __iter__(self) -> Iterator[Subscription[Any]]:
        """Iterate over all subscriptions."""
        for plan in self._plans.values():
            yield from plan.subscriptions

    def subscribe(
        self,
        event_type: type[E],
        name: str,
        *,
        delay: timedelta = IMMEDIATELY,
        at: Callable[[E], datetime] | None = None,
        once: Callable[[E], str] | None = None,
        limit: timedelta | None = None,
        outbound: bool = False,
    ) -> Callable[[Handler[E]], Handler[E]]:
        """Register the decorated function as one job upon each event of a type.

        The name (`room.verb`) is stored with the jobs: never change it while some wait. A job is due at once,
        `delay` later, or at an instant that the event tells, plus `delay`. `once` returns a key: an event whose
        key waits already adds no second job, and the waiting one keeps its time; one that runs does not count.
        `limit` is for what takes longer than a minute: such a job commits before its work, for no transaction waits.
        `outbound` is for what customers would notice, as messages: it waits while that is paused, and runs after.

        Raises:
            ValueError: the name is taken or malformed.
            TypeError: the event is no frozen dataclass of ids, codes and instants.
        """
        if not NAME.fullmatch(name) or name in self._names:
            raise ValueError(f"{name!r} is taken, or not of the form room.verb")
        _check_event(event_type)
        options: dict[str, Any] = {"delay": delay, "at": at, "once": once, "limit": limit, "outbound": outbound}

        def register(handle: Handler[E]) -> Handler[E]:
            subscription = Subscription(name=name, handle=handle, reads=TypeAdapter(event_type), **options)
            known = self._plans.get(event_type)
            self._plans[event_type] = _Plan([*(known.subscriptions if known else ()), subscription])
            self._names.add(name)
            return handle

        return register

    async def emit(self, session: AsyncSession, event: object, *, now: datetime) -> None:
        """Leave one job for each subscriber of the event: one statement, none where nobody subscribed.

        The jobs become visible to workers when the caller's transaction commits.
        """
        plan = self._plans.get(type(event))
        if plan is None:
            return
        await fetch(session, plan.statement, *plan.parameters(event, now))

    async def emit_all(self, session: AsyncSession, events: Sequence[object], *, now: datetime) -> None:
        """Leave the jobs of many events at once: one statement for all of them.

        Raises:
            ValueError: a subscriber of theirs wants only one at a time (`once`); `emit` is for those.
        """
        jobs = []
        for event in events:
            plan = self._plans.get(type(event))
            for each in plan.subscriptions if plan else ():
                if each.once is not None:
                    raise ValueError(f"{each.name} wants one job at a time")
                jobs.append((each.name, _written(event), each.wait(event, now)))
        if jobs:
            await fetch(session, ENQUEUE_ALL, *map(list, zip(*jobs, strict=True)))


def _written(event: object) -> bytes:
    """Return an event as JSON; the driver's ids are a subclass of UUID, which the encoder does not know."""
    return orjson.dumps(event, default=str)


def _check_event(event_type: type) -> None:
    if not dataclasses.is_dataclass(event_type) or not event_type.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise TypeError(f"{event_type.__name__} must be a frozen dataclass")
    for field, hint in get_type_hints(event_type).items():
        kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
        if not all(isinstance(kind, type) and issubclass(kind, CARRIED) for kind in kinds):
            raise TypeError(f"{event_type.__name__}.{field}: an event carries ids, codes and instants only")


subscriptions = Subscriptions()
subscribe = subscriptions.subscribe
emit = subscriptions.emit
emit_all = subscriptions.emit_all
