"""Whole databases of a server: made, dropped, and put in each other's place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.engine import make_url

from app.core.errors import AppError
from app.core.handlers import DatabaseUnavailable
from app.ops.backups.errors import DatabaseInUse, RestoreFailed
from app.ops.backups.service.snapshots import alone

MAINTENANCE = ("postgres", "template1")
"""Databases that every server has: the one to be restored may be gone."""
SESSIONS = """
SELECT count(*) FILTER (WHERE NOT pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = $1 AND pid <> pg_backend_pid()
"""
ATTEMPTS, PAUSE_SECONDS = 10, 0.1
"""A session that was ended is gone a moment later."""


@asynccontextmanager
async def administering(server_url: str, database: str) -> AsyncIterator["asyncpg.Connection"]:
    """Be the only one who restores a database of a server; yield a connection to another database of it.

    Raises:
        BackupRunning: somebody else restores it.
        DatabaseUnavailable: the server does not answer.
    """
    for name in MAINTENANCE:
        url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
        entered = False
        try:
            async with alone(url, f"restore:{database}") as connection:
                entered = True
                yield connection
                return
        except DatabaseUnavailable:
            if entered or name == MAINTENANCE[-1]:
                raise


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


async def names(connection: "asyncpg.Connection") -> set[str]:
    """Return the names of all databases."""
    return {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}


async def create(connection: "asyncpg.Connection", name: str) -> None:
    """Make an empty database.

    Raises:
        RestoreFailed: the server makes none.
    """
    try:
        await connection.execute(f"CREATE DATABASE {quoted(name)} TEMPLATE template0 ENCODING 'UTF8'")
    except asyncpg.PostgresError as refusal:
        raise RestoreFailed(f"The server makes no database to restore into (SQLSTATE {refusal.sqlstate}).") from refusal


async def drop(connection: "asyncpg.Connection", name: str) -> None:
    """Drop a database, whoever is connected to it."""
    await connection.execute(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")


async def rename(connection: "asyncpg.Connection", old: str, new: str) -> None:
    """Give a database another name.

    Raises:
        DatabaseInUse: somebody is connected to it.
        RestoreFailed: the name is taken.
    """
    await _renamed(connection, [(old, new)], emptying=old)


async def take_place(connection: "asyncpg.Connection", new: str, live: str, before: str) -> None:
    """Give `new` the name `live`, and that one the name `before`: both or neither, and nobody is in between.

    Raises:
        DatabaseInUse: the sessions of the live one did not end.
        RestoreFailed: the server refuses.
    """
    await _renamed(connection, [(live, before), (new, live)], emptying=live)


async def _renamed(connection: "asyncpg.Connection", pairs: list[tuple[str, str]], *, emptying: str) -> None:
    for attempt in range(ATTEMPTS):
        try:
            # Renaming locks the database, then waits 5 s for those that are ended: nobody enters meanwhile. So nothing
            # has to be forbidden before, which a kill would leave forbidden.
            await connection.fetchval(SESSIONS, emptying)
            async with connection.transaction():
                for old, new in pairs:
                    await connection.execute(f"ALTER DATABASE {quoted(old)} RENAME TO {quoted(new)}")
            return
        except (asyncpg.ObjectInUseError, asyncpg.InsufficientPrivilegeError) as refusal:
            if attempt == ATTEMPTS - 1 or isinstance(refusal, asyncpg.InsufficientPrivilegeError):
                raise DatabaseInUse from refusal
            await asyncio.sleep(PAUSE_SECONDS)
        except asyncpg.PostgresError as refusal:
            raise RestoreFailed(f"The server renames no database (SQLSTATE {refusal.sqlstate}).") from refusal


FAILURES = (AppError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""How the server may fail to clear up."""
