"""What goes wrong beside a backup, and what is seen of it from outside."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import select
from sqlalchemy.engine import make_url

from app.core.clock import utcnow
from app.core.db import create_engine, create_sessions
from app.core.ids import new_id
from app.core.progress import unheard
from app.ops.backups.models import BackupRun
from app.ops.backups.rules.manifests import Manifest
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.running import run_backup

PATIENCE = 20
OURS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'booking-backup' AND datname = current_database()"


def dsn(url: str) -> str:
    """Return a URL as the driver takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def name_of(context: BackupContext) -> str:
    """Return the name of the database that is backed up."""
    return str(make_url(context.database_url).database)


@asynccontextmanager
async def beside(url: str) -> AsyncIterator["asyncpg.Connection"]:
    """A connection of somebody else."""
    connection = await asyncpg.connect(dsn(url))
    try:
        yield connection
    finally:
        connection.terminate()


@asynccontextmanager
async def locked(url: str, table: str = "claims") -> AsyncIterator["asyncpg.Connection"]:
    """Hold a table as a migration does that alters it."""
    async with beside(url) as connection:
        await connection.execute(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield connection


async def eventually(condition: Callable[[], Awaitable[Any]]) -> Any:
    """Wait until something holds that raises no event, and return it."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await condition()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return found


async def waiting_dump(observer: "asyncpg.Connection") -> int:
    """Return the process of the server that serves pg_dump and waits for a lock, once there is one."""
    query = f"{OURS} AND wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%'"
    found: int = await eventually(lambda: observer.fetchval(query))
    return found


async def run(context: BackupContext, *, run_id: Any = None, report: Any = unheard, now: Any = None) -> Manifest:
    """Run a backup as a command does."""
    engine = create_engine(context.settings, role="command")
    try:
        manifest, _ = await run_backup(
            context,
            create_sessions(engine),
            run_id=run_id or new_id(),
            requested_by="test",
            report=report,
            now=now or utcnow(),
        )
        return manifest
    finally:
        await engine.dispose()


async def remembered(context: BackupContext, run_id: Any) -> Any:
    """Return the row of a run, or None."""
    engine = create_engine(context.settings, role="command")
    try:
        async with create_sessions(engine)() as session:
            return await session.scalar(select(BackupRun).where(BackupRun.id == run_id))
    finally:
        await engine.dispose()


def dumps_of(context: BackupContext) -> list[int]:
    """Return the processes of pg_dump that dump a database on this machine."""
    found, database = [], name_of(context)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "comm").read_text().strip() != "pg_dump":
                continue
            variables = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"PGDATABASE={database}".encode() in variables:
            found.append(int(process.name))
    return found
