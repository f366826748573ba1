"""Restore a backup into a new database, prove it, and name it as the one to switch to.

Disaster replay from a journal of commands will stand between the erasures and the naming: there the database is
proven, at the newest schema, and nobody is in it yet.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import asyncpg
import structlog
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from app.clients.auth import operator
from app.core import migrations
from app.core.db import create_engine, create_sessions
from app.core.handlers import DatabaseUnavailable, database_problem
from app.core.progress import Progress
from app.ops.backups.errors import ConnectionLost, DatabaseNotEmpty, NameRefused, RestoreFailed
from app.ops.backups.restores.rules import (
    BEFORE,
    FAILED,
    RESTORED,
    RESTORING,
    Restored,
    database_name,
    is_half_made,
    may_be_named,
)
from app.ops.backups.restores.service import databases, erasures
from app.ops.backups.restores.service.choosing import refuse_newer
from app.ops.backups.restores.service.comparing import compare, refuse_differences
from app.ops.backups.restores.service.loading import load
from app.ops.backups.rules.manifests import Erasure, Manifest
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.snapshots import connected, tables
from app.ops.outbound import service as outbound

log = structlog.get_logger()

PAUSED = "this database was restored from a backup"


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a backup is to be restored, and what may happen there."""

    server_url: str
    """Any database of the server; its own name is not used."""
    database: str
    """The database that was lost, or is there still."""
    into: str | None = None
    """The name that it is to have; None: one of its own, beside what is there."""
    overwrite: bool = False
    """Whether it may take the place of a database that is not empty, which is kept under another name."""
    keep: bool = False
    """Whether what fails is kept for looking at."""
    trust: bool = False
    """Whether erasures count that were sealed with another secret."""


async def restore(
    context: BackupContext, manifest: Manifest, wish: Wish, report: Progress, *, now: datetime
) -> Restored:
    """Restore a backup into a new database: loaded, compared row by row, migrated, forgetful of whom was erased since,
    and silent towards customers. Only then it gets its name. A failure leaves everything else as it was.

    Raises:
        NameRefused: no database may have the wished name.
        SchemaNewer, SchemaMissing: the backup is of a newer version of this service, or of another database.
        DatabaseNotEmpty: the place is taken, and nobody said that it may be replaced.
        BackupRunning: somebody else restores this database.
        ErasuresUnreadable: it is not known who was erased since.
        RowsDiffer, StructureDiffers, SequencesBehind: what was loaded is not what was backed up.
        RestoreFailed, ConnectionLost, DatabaseInUse, DatabaseUnavailable: the server did not do all of it.
        AppError: what `load` raises.
    """
    began = monotonic()
    if wish.into is not None and not may_be_named(wish.into):
        raise NameRefused
    refuse_newer(manifest)
    forgotten = await erasures.since(context, manifest.source.snapshot_at, trust=wish.trust)
    target = wish.into or (wish.database if wish.overwrite else database_name(wish.database, RESTORED, now))
    with _named():
        async with databases.administering(wish.server_url, wish.database) as connection:
            taken = await _look(connection, wish, target)
            await _clear(connection, wish.database)
            scratch = database_name(wish.database, RESTORING, now)
            await databases.create(connection, scratch)
            try:
                erased, left_out = await _fill(context, manifest, _url(wish, scratch), forgotten, report, now=now)
                replaced = await _name(connection, scratch, target, now if taken else None)
            except BaseException:
                await asyncio.shield(asyncio.create_task(_leave(wish, scratch, now)))
                raise
    done = _Made(target, replaced, erased, left_out)
    return _told(context, manifest, wish, done, seconds=round(monotonic() - began, 3))


@dataclass(frozen=True, slots=True)
class _Made:
    """What became of it."""

    name: str
    replaced_name: str | None
    erased_again: int
    left_out: tuple[str, ...]


def _told(context: BackupContext, manifest: Manifest, wish: Wish, done: _Made, *, seconds: float) -> Restored:
    address = make_url(_url(wish, done.name))
    return Restored(
        backup_id=manifest.id,
        snapshot_at=manifest.source.snapshot_at,
        database=done.name,
        url=address.render_as_string(hide_password=True),
        in_use=address == make_url(context.database_url).set(drivername=address.drivername),
        replaced_name=done.replaced_name,
        tables=len(manifest.tables),
        rows=sum(table.rows for table in manifest.tables.values()),
        migrated_from=manifest.source.migration,
        migrated_to=migrations.revisions()[-1],
        erased_again=done.erased_again,
        left_out=done.left_out,
        duration_seconds=seconds,
    )


@contextmanager
def _named() -> Iterator[None]:
    """Name what the server says; its own words may quote rows."""
    try:
        yield
    except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.AdminShutdownError) as failure:
        raise ConnectionLost from failure
    except (asyncpg.PostgresError, SQLAlchemyError) as failure:
        state = getattr(getattr(failure, "orig", failure), "sqlstate", None)
        away = database_problem(failure) if isinstance(failure, SQLAlchemyError) else None
        refused = f"The server refused a step of the restore (SQLSTATE {state}): nothing else was changed."
        raise away or RestoreFailed(refused) from None


def _url(wish: Wish, database: str) -> str:
    url = make_url(wish.server_url).set(drivername="postgresql+asyncpg", database=database)
    return url.render_as_string(hide_password=False)


async def _look(connection: "asyncpg.Connection", wish: Wish, target: str) -> bool:
    """Return whether there is a database of the target's name.

    Raises:
        DatabaseNotEmpty: there is something in it, and it may not be replaced.
    """
    if target not in await databases.names(connection):
        return False
    if not wish.overwrite:
        async with connected(_url(wish, target)) as there:
            if await tables(there):
                raise DatabaseNotEmpty(
                    f"The database {target} is not empty. Leave out --into for a new one beside it; or say"
                    " --overwrite-existing-data: then it is replaced, and kept under another name."
                )
    return True


async def _clear(connection: "asyncpg.Connection", database: str) -> None:
    """Drop what restores left that were killed; nobody else is at it."""
    for name in await databases.names(connection):
        if is_half_made(name, database):
            log.warning("restore_left_behind", database=name)
            await databases.drop(connection, name)


async def _fill(
    context: BackupContext,
    manifest: Manifest,
    url: str,
    forgotten: list[Erasure],
    report: Progress,
    *,
    now: datetime,
) -> tuple[int, tuple[str, ...]]:
    """Make of an empty database one to switch to; return how many were erased again, and which extensions it lacks."""
    left_out = await load(context, manifest, url, report)
    refuse_differences(await compare(url, manifest, report))
    report("migrating")
    await asyncio.to_thread(migrations.upgrade, url)
    report("erasing", 0, len(forgotten))
    settings = context.settings.model_copy(update={"database_url": url})
    engine = create_engine(settings, role="command")
    try:
        sessions = create_sessions(engine)
        erased = await erasures.apply(sessions, forgotten)
        async with sessions.begin() as session:
            await outbound.pause(session, operator(None), reason=PAUSED, now=now)
    finally:
        await engine.dispose()
    return erased, left_out


async def _name(connection: "asyncpg.Connection", scratch: str, target: str, now: datetime | None) -> str | None:
    """Give the restored database its name; return that of the one that had it, `now` None: there is none."""
    if now is None:
        await databases.rename(connection, scratch, target)
        return None
    before = database_name(target, BEFORE, now)
    await databases.take_place(connection, scratch, target, before)
    return before


async def _leave(wish: Wish, scratch: str, now: datetime) -> None:
    """Drop a half-made database, or keep it under a name that says what it is."""
    try:
        async with connected(wish.server_url, database=databases.MAINTENANCE[0]) as connection:
            if wish.keep:
                await databases.rename(connection, scratch, database_name(wish.database, FAILED, now))
            else:
                await databases.drop(connection, scratch)
    except (*databases.FAILURES, DatabaseUnavailable) as failure:
        # The next restore drops it; why this one failed must not be lost over it.
        log.warning("restore_not_dropped", database=scratch, failure=type(failure).__name__)
