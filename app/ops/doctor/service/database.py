"""Look at a database directly, over one connection of our own."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import asyncpg
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.core.migrations import revisions
from app.ops.doctor.rules.facts import DatabaseSeen, Failure
from app.ops.doctor.service.failures import failure_of
from app.ops.probes.rules import Schema, schema

SECONDS = 3.0
CONNECT_SECONDS = 2.0
NAME = "booking-doctor"

_SERVER = """
SELECT CAST(current_setting('server_version_num') AS int) AS version,
       (SELECT COUNT(*) FROM pg_stat_activity WHERE datid IS NOT NULL) AS connections,
       CAST(current_setting('max_connections') AS int) - CAST(current_setting('superuser_reserved_connections') AS int)
       - COALESCE(CAST(current_setting('reserved_connections', TRUE) AS int), 0) AS usable_connections
"""
_REVISION = "SELECT version_num FROM alembic_version"
_WORK = """
SELECT (SELECT COUNT(*) FROM pgqueuer WHERE status = 'failed') AS held_jobs,
       (SELECT MIN(execute_after) FROM pgqueuer WHERE status = 'queued') AS due_since,
       (SELECT MAX(last_started_at) FROM periodic_runs) AS worked_at
"""


async def look_at(database_url: str, *, now: datetime) -> DatabaseSeen:
    """Return what a database says of itself within three seconds, or why it says nothing; never raises for it."""
    try:
        url = make_url(database_url).set(drivername="postgresql")
    except (ArgumentError, ValueError):
        return DatabaseSeen("the address in DATABASE_URL", failure=Failure.other)
    seen = DatabaseSeen(_place(url))
    port_open = asyncio.create_task(_takes_connections(url))
    try:
        async with asyncio.timeout(SECONDS):
            return await _examine(url, seen, now)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, ValueError) as refusal:
        state = getattr(refusal, "sqlstate", None)
        wanted = any(sign in str(refusal) for sign in ("no encryption", "SSL off", "SSL required"))
        failure = None if state else failure_of(refusal)
        is_open = await port_open if failure is Failure.silent else None
        return replace(seen, failure=failure, sqlstate=state, port_open=is_open, encryption_wanted=wanted)
    finally:
        port_open.cancel()


async def _examine(url: URL, seen: DatabaseSeen, now: datetime) -> DatabaseSeen:
    dsn = url.render_as_string(hide_password=False)
    settings = {"application_name": NAME, "statement_timeout": "1500", "jit": "off"}
    connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS, server_settings=settings)
    try:
        seen = replace(seen, **dict(await connection.fetchrow(_SERVER)))
        try:
            revision = await connection.fetchval(_REVISION)
        except asyncpg.UndefinedTableError:
            return replace(seen, schema=Schema.behind)
        except asyncpg.InsufficientPrivilegeError:
            return seen
        seen = replace(seen, revision=revision, schema=schema(revision, revisions()))
        with suppress(asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
            work = await connection.fetchrow(_WORK)
            seen = replace(
                seen,
                held_jobs=work["held_jobs"],
                waiting_seconds=work["due_since"] and (now - work["due_since"]).total_seconds(),
                worked_seconds=work["worked_at"] and (now - work["worked_at"]).total_seconds(),
            )
        return seen
    finally:
        connection.terminate()


async def _takes_connections(url: URL) -> bool:
    """Tell whether something takes connections there, whatever it is: a frozen server still does."""
    host = str(url.query.get("host", url.host) or "localhost")
    with suppress(OSError):
        async with asyncio.timeout(CONNECT_SECONDS):
            if host.startswith("/"):
                _, writer = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{url.port or 5432}")
            else:
                _, writer = await asyncio.open_connection(host, url.port or 5432)
            writer.close()
            return True
    return False


def _place(url: URL) -> str:
    """Return where a database is, without user and password."""
    host = url.query.get("host", url.host) or "localhost"
    return f"{host}:{url.port or 5432}/{url.database}"
