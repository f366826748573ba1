"""One snapshot of the database: the dump is taken in it, and what the dump has to hold is counted in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from app.core import migrations
from app.core.handlers import DatabaseUnavailable
from app.core.progress import Progress
from app.ops.backups.errors import BackupRunning, SchemaMissing
from app.ops.backups.rules.manifests import Table
from app.ops.backups.service.reaching import parts

LOCK_PATIENCE = "10s"
"""How long a table may stay locked; a migration that alters one holds it for as long as it takes."""
SETTINGS = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    # A killed command must not hold its lock until a long statement ends.
    "client_connection_check_interval": "1s",
    # A row's text depends on these; a checksum has to be the same wherever it is taken.
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "search_path": "public",
}

ABOUT = """
SELECT current_database() AS database, current_setting('server_version') AS server_version,
       current_setting('server_version_num')::int / 10000 AS major, clock_timestamp() AS at,
       CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text AS lsn
"""
TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
  AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1
"""
# A constraint that says NOT NULL is a row of its own from PostgreSQL 18 on only.
STRUCTURE = """
SELECT format('%s %s.%s', CASE k.contype WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check' WHEN 'p' THEN 'primary key'
              WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclusion' ELSE k.contype::text END,
              k.conrelid::regclass, k.conname) AS name
FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
WHERE n.nspname = 'public' AND k.conrelid <> 0 AND k.contype <> 'n' AND k.convalidated
UNION ALL
SELECT format('index %s', i.indexrelid::regclass)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND i.indisvalid
UNION ALL
SELECT format('trigger %s.%s', t.tgrelid::regclass, t.tgname)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND NOT t.tgisinternal AND t.tgenabled <> 'D'
ORDER BY 1
"""
SEQUENCES = """
SELECT format('%I.%I', schemaname, sequencename) AS name, coalesce(last_value, 0) AS value
FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1
"""
COUNT = """
SELECT count(*) AS rows, coalesce(sum(hashtextextended(t::text COLLATE "C", 0)::numeric), 0)::text AS checksum
FROM ONLY {table} t
"""
# Of PostgreSQL 17 and later only, so it cannot be among the settings of a connection.
UNLIMITED = "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'"
# A newer version's migration is unknown here, its tables are not.
OURS = "SELECT to_regclass('public.clients') IS NOT NULL AND to_regclass('public.bookings') IS NOT NULL"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('backups:' || $1, 0))"
LOCK = "SELECT pg_try_advisory_lock(hashtextextended('backups:' || $1, 0))"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of the database, held open so that others can see it too."""

    connection: "asyncpg.Connection"
    name: str
    database: str
    server_version: str
    major: int
    lsn: str
    at: datetime
    migration: str | None


@asynccontextmanager
async def connected(database_url: str, *, database: str | None = None) -> AsyncIterator["asyncpg.Connection"]:
    """Open a connection of its own, without limits of time, for the length of the block.

    Raises:
        DatabaseUnavailable: the database does not answer.
    """
    words = parts(database_url, database=database)
    settings = {**SETTINGS, "lock_timeout": LOCK_PATIENCE, "application_name": "booking-backup"}
    try:
        connection = await asyncpg.connect(**words, timeout=10, server_settings=settings, statement_cache_size=0)
    except (OSError, asyncpg.PostgresError, TimeoutError) as failure:
        raise DatabaseUnavailable from failure
    try:
        await connection.execute(UNLIMITED)
        yield connection
    finally:
        connection.terminate()


@asynccontextmanager
async def alone(database_url: str, what: str) -> AsyncIterator["asyncpg.Connection"]:
    """Be the only one at something, for the length of the block; who dies lets go. Yields the connection that holds it.

    Raises:
        BackupRunning: somebody else is at it.
        DatabaseUnavailable: the database does not answer.
    """
    async with connected(database_url) as connection:
        if not await connection.fetchval(LOCK, what):
            raise BackupRunning
        try:
            yield connection
        finally:
            # A server notices only later that a connection was cut, and the next one would be refused until then.
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                await connection.execute(UNLOCK, what, timeout=2)


@asynccontextmanager
async def snapshot(connection: "asyncpg.Connection") -> AsyncIterator[Snapshot]:
    """Take a snapshot, and hold it for the length of the block."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        name = await connection.fetchval("SELECT pg_export_snapshot()")
        about = await connection.fetchrow(ABOUT)
        yield Snapshot(
            connection=connection,
            name=name,
            database=about["database"],
            server_version=about["server_version"].split()[0],
            major=about["major"],
            lsn=about["lsn"],
            at=about["at"],
            migration=await migration(connection),
        )


async def migration(connection: "asyncpg.Connection") -> str | None:
    """Return the migration that a database has seen last."""
    if await connection.fetchval("SELECT to_regclass('public.alembic_version')") is None:
        return None
    version: str | None = await connection.fetchval("SELECT max(version_num) FROM public.alembic_version")
    return version


async def refuse_others(connection: "asyncpg.Connection") -> None:
    """Let only a database pass that is this service's, of whatever version.

    Raises:
        SchemaMissing: it is empty, or somebody else's.
    """
    found = await migration(connection)
    if found is None or (found not in migrations.revisions() and not await connection.fetchval(OURS)):
        raise SchemaMissing


async def tables(connection: "asyncpg.Connection") -> list[str]:
    """Return all tables, quoted and with their schemas."""
    return [row["name"] for row in await connection.fetch(TABLES)]


async def counted(connection: "asyncpg.Connection", report: Progress) -> dict[str, Table]:
    """Return how many rows each table has, and their checksum."""
    names = await tables(connection)
    found = {}
    for done, name in enumerate(names):
        report("counting", done, len(names))
        row: Any = await connection.fetchrow(COUNT.format(table=name))
        found[name] = Table(rows=row["rows"], checksum=row["checksum"])
    report("counting", len(names), len(names))
    return found


async def structure(connection: "asyncpg.Connection") -> list[str]:
    """Return the constraints, indexes and triggers that are valid, by kind and name."""
    return sorted(row["name"] for row in await connection.fetch(STRUCTURE))


async def sequences(connection: "asyncpg.Connection") -> dict[str, int]:
    """Return where each sequence stands; 0: it has given no number yet."""
    return {row["name"]: row["value"] for row in await connection.fetch(SEQUENCES)}
