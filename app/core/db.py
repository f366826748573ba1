"""The database: engine, declarative base, the request's one transaction, constraints as errors."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Annotated, Any

import asyncpg
from fastapi import Depends, Request
from sqlalchemy import MetaData, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from app.core.config import Settings
from app.core.patience import holding
from app.core.tracking import MeasuredPool, Recorder

Sessions = async_sessionmaker[AsyncSession]

_HOLD = "hold"
_SETTINGS = "settings"


class Base(DeclarativeBase):
    """Base of every table. Constraints get predictable names, so that errors can be told apart by them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def _refuse_dead_connections(connection: Any, _record: Any, _proxy: Any) -> None:
    """Let the pool replace a connection that the server has closed.

    asyncpg learns of a closed socket by itself, so this costs nothing; a ping on every checkout
    would be one more round trip in every request.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError("the server closed this connection")


def _take(connection: Any, record: Any, _proxy: Any = None) -> None:
    """Put down whose work a connection serves, from when it is opened until it comes back."""
    hold = holding.get()
    if hold is not None:
        record.info[_HOLD] = hold
        hold.take(connection.driver_connection)


def _release(connection: Any, record: Any) -> None:
    """Take a connection back, and cut one that is not as it was given out.

    Work that is cancelled while the server begins or ends its transaction leaves that open, unknown to SQLAlchemy,
    and all who got the connection afterwards would work in it, and never commit.
    """
    hold = record.info.pop(_HOLD, None)
    driver = None if connection is None else connection.driver_connection
    if driver is None:
        return
    if hold is not None:
        hold.release(driver)
    if not driver.is_closed() and (driver._top_xact is not None or driver.is_in_transaction()):
        driver.terminate()


def _doubt(failure: Any) -> None:
    """Have a connection replaced that the driver has lost its way on, as with one killed under a statement."""
    if isinstance(getattr(failure.original_exception, "__cause__", None), asyncpg.InternalClientError):
        failure.is_disconnect = True


def spoken(database_url: str) -> tuple[URL, dict[str, Any]]:
    """Return a database's URL as SQLAlchemy takes it, and what goes to the driver beside it.

    Hosts and people write libpq's `?sslmode=require`, of which SQLAlchemy knows nothing; the driver takes it as `ssl`.
    """
    url = make_url(database_url)
    mode = url.query.get("sslmode")
    return url.difference_update_query(["sslmode"]), {} if mode is None else {"ssl": mode}


def create_engine(settings: Settings, *, role: str, recorder: Recorder | None = None) -> AsyncEngine:
    """Return the engine of one process; `role` shows in `pg_stat_activity.application_name`.

    Every wait is bounded: for a free connection, for a new one, for a statement, for a lock. A recorder takes down
    what is run and how long connections are waited for.
    """
    engine = _engine(
        settings,
        role,
        recorder,
        pool_size=settings.db_pool_max,
        pool_timeout=settings.pool_timeout.total_seconds(),
        statement_timeout=settings.statement_timeout,
        lock_timeout=settings.lock_timeout,
    )
    if recorder is not None:
        recorder.listen(engine)
    return engine


OPERATIONS_POOL = 2
"""Connections of the operational endpoints in one process."""

OPERATIONS_POOL_SECONDS = 1.7
"""So long one of them is waited for: whoever asks has 2 s or more in all, and is told that it was the pool."""


def create_operations_engine(settings: Settings, *, role: str) -> AsyncEngine:
    """Return the small engine of the operational endpoints, which never queue behind the users' traffic.

    It is not measured: what it runs would stand among the slow queries that it is asked about.
    """
    limit = timedelta(seconds=2)
    return _engine(
        settings,
        f"{role}-ops",
        None,
        pool_size=OPERATIONS_POOL,
        pool_timeout=OPERATIONS_POOL_SECONDS,
        statement_timeout=limit,
        lock_timeout=limit,
    )


def _engine(
    settings: Settings,
    role: str,
    recorder: Recorder | None,
    *,
    pool_size: int,
    pool_timeout: float,
    statement_timeout: timedelta,
    lock_timeout: timedelta,
) -> AsyncEngine:
    if settings.database_url is None:
        raise ValueError("DATABASE_URL is not set and no embedded server was started")
    milliseconds = {"statement_timeout": statement_timeout, "lock_timeout": lock_timeout}
    url, driver = spoken(settings.database_url)
    engine = create_async_engine(
        url,
        poolclass=MeasuredPool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_timeout,
        pool_recycle=1800,
        pool_use_lifo=True,
        hide_parameters=True,
        execution_options={"recorder": recorder},
        connect_args={
            **driver,
            "timeout": settings.connect_timeout.total_seconds(),
            "command_timeout": settings.request_deadline.total_seconds() * 2,
            "server_settings": {
                "application_name": f"booking-{role}",
                "idle_in_transaction_session_timeout": "30s",
                "jit": "off",
                **{name: str(int(limit.total_seconds() * 1000)) for name, limit in milliseconds.items()},
            },
        },
    )
    _attend(engine)
    return engine


def _attend(engine: AsyncEngine) -> None:
    """Know whose each connection is, and give none out that is dead or in doubt."""
    event.listen(engine.sync_engine, "connect", _take, insert=True)  # before what is asked of a new connection
    event.listen(engine.sync_engine, "checkout", _refuse_dead_connections)
    event.listen(engine.sync_engine, "checkout", _take)
    event.listen(engine.sync_engine, "checkin", _release)
    event.listen(engine.sync_engine, "handle_error", _doubt)


def create_sessions(engine: AsyncEngine, *, info: Mapping[str, Any] | None = None) -> Sessions:
    """Return the maker of sessions; loaded objects stay readable after the commit. Each gets `info` of its own."""
    return async_sessionmaker(engine, expire_on_commit=False, autoflush=False, info=dict(info or {}))


def knowing(settings: Settings) -> dict[str, Any]:
    """Return what a maker of sessions puts into each session's `info`, for `settings_of`."""
    return {_SETTINGS: settings}


def settings_of(session: AsyncSession) -> Settings:
    """Return the settings of the worker that a job or a periodic task runs in."""
    settings: Settings = session.info[_SETTINGS]
    return settings


def count(session: AsyncSession, name: str, *labels: str) -> None:
    """Add to a plain counter of the process that works with this session, if it counts; committed or not."""
    if isinstance(session.bind, AsyncEngine):
        recorder: Recorder | None = session.bind.sync_engine.get_execution_options().get("recorder")
        if recorder is not None:
            recorder.signals.count(name, *labels)


def sessions_like(session: AsyncSession) -> Sessions:
    """Return a maker of sessions for work that takes longer than a transaction may: of the same engine and settings."""
    engine = session.bind
    if not isinstance(engine, AsyncEngine):
        raise TypeError("the session is bound to one connection")
    return create_sessions(engine, info=knowing(settings_of(session)))


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Yield the request's session: one transaction, committed before the answer leaves, else rolled back."""
    sessions: Sessions = request.app.state.sessions
    async with sessions() as session, session.begin():
        request.state.session = session
        yield session


Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
"""The request's transaction. Function scope: FastAPI's default would commit after the answer was sent."""


def violated(error: IntegrityError) -> str | None:
    """Return the name of the constraint that refused a statement, where the server names one."""
    for refusal in (error.orig, getattr(error.orig, "__cause__", None)):
        name = getattr(refusal, "constraint_name", None)
        if isinstance(name, str):
            return name
    return None
