"""A database that is there for as long as somebody needs it, and no longer."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from hashlib import sha256

import asyncpg
import structlog
from sqlalchemy.engine import make_url

from app.core.errors import AppError
from app.ops.backups.drills.errors import ScratchRefused
from app.ops.backups.restores.rules import LONGEST_NAME
from app.ops.backups.restores.service.databases import drop, quoted
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.snapshots import alone, connected

log = structlog.get_logger()

RANDOM_DIGITS = 12
# Whose name begins like ours and ends as ours do; nobody else may be at it while we hold the lock.
LEFTOVERS = f"""
SELECT datname FROM pg_database
WHERE starts_with(datname, $1) AND substr(datname, length($1) + 1) ~ '^[0-9a-f]{{{RANDOM_DIGITS}}}$'
"""  # noqa: S608 - made of constants
REFUSALS = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidParameterValueError,
    asyncpg.ObjectInUseError,
    asyncpg.ReadOnlySQLTransactionError,  # of a standby
)


@asynccontextmanager
async def scratch(context: BackupContext, *, purpose: str) -> AsyncIterator[str]:
    """Make an empty database for the length of the block, one at a time for each purpose; yield its URL.

    It is dropped however the block ends, cancellation included. What a killed process left is dropped first.

    Raises:
        BackupRunning: somebody else is at it.
        ScratchRefused: the server makes us no database.
        DatabaseUnavailable: it does not answer.
    """
    server = server_url(context)
    prefix = _prefix(str(make_url(server).database), purpose)
    async with alone(server, f"scratch:{purpose}") as connection:
        for row in await connection.fetch(LEFTOVERS, prefix):
            log.warning("scratch_left_behind", database=row["datname"])
            await drop(connection, row["datname"])
        name = prefix + secrets.token_hex(RANDOM_DIGITS // 2)
        try:
            await connection.execute(f'CREATE DATABASE {quoted(name)} TEMPLATE template0 ENCODING "UTF8"')
        except REFUSALS as refusal:
            raise ScratchRefused from refusal
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            await _to_its_end(_dropped(server, name))


def server_url(context: BackupContext) -> str:
    """Return the database whose server has the scratch ones: another than the live one where it is set."""
    secret = context.settings.drill_database_url
    return secret.get_secret_value() if secret else context.database_url


def _prefix(database: str, purpose: str) -> str:
    """Return how the names begin; of a long name a part and its digest, so that no two databases share one."""
    prefix = f"{database}_{purpose}_"
    if len(prefix.encode()) + RANDOM_DIGITS <= LONGEST_NAME:
        return prefix
    digest = sha256(database.encode()).hexdigest()[:16]
    return f"{digest}_{purpose}_"


async def _dropped(server: str, name: str) -> None:
    """Drop through a connection of its own: the one with the lock may have been lost meanwhile."""
    try:
        async with connected(server) as connection:
            await drop(connection, name)
    except (AppError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
        # The next drill drops it; what the block found out must not be lost over it.
        log.warning("scratch_not_dropped", database=name, failure=type(failure).__name__)


async def _to_its_end(work: Coroutine[None, None, None]) -> None:
    """Await work that must be done also by who is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as wish:
            cancelled = wish
    if cancelled is not None:
        raise cancelled
