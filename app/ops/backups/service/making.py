"""Make a backup: one snapshot, dumped, counted, encrypted and stored; the manifest comes last."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from socket import gethostname
from time import monotonic
from uuid import UUID

import asyncpg

from app.core.clock import utcnow
from app.core.errors import AppError
from app.core.progress import Progress, unheard
from app.integrations.storage.errors import ObjectExists
from app.ops.backups.errors import ConnectionLost, DumpFailed, MigrationRanMeanwhile, TablesLocked
from app.ops.backups.rules.manifests import Artefact, Manifest, Source, Table
from app.ops.backups.rules.names import dump_key, manifest_key
from app.ops.backups.service import programs, snapshots
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.dumping import Dump
from app.ops.backups.service.snapshots import Snapshot, alone, counted, migration, sequences, snapshot, structure

COMPRESSION = 6


async def make(
    context: BackupContext, backup_id: UUID, report: Progress, *, now: datetime, compression: int = COMPRESSION
) -> Manifest:
    """Make a backup and return its manifest; whatever ends it earlier leaves nothing that counts.

    Raises:
        BackupRunning: another backup of this database goes on.
        and what `make_alone` raises.
    """
    async with alone(context.database_url, "backup") as connection:
        return await make_alone(context, connection, backup_id, report, now=now, compression=compression)


async def make_alone(
    context: BackupContext,
    connection: "asyncpg.Connection",
    backup_id: UUID,
    report: Progress,
    *,
    now: datetime,
    compression: int = COMPRESSION,
) -> Manifest:
    """Make a backup on the connection by which the caller is the only one at it; see `make`.

    Raises:
        ProgramsMissing, ProgramsTooOld: nothing here can dump this server.
        TablesLocked, MigrationRanMeanwhile, DumpFailed, ConnectionLost: the database did not give all of it.
        StoreUnreachable, StoreRefused, StoreFull: the store did not take all of it.
    """
    began, key = monotonic(), dump_key(backup_id, encrypted=bool(context.recipients()))
    options = [f"-Z{compression}", f"--lock-wait-timeout={snapshots.LOCK_PATIENCE}"]
    try:
        with told():
            moment, content, artefact = await _taken(context, connection, key, report, options=options)
        manifest = Manifest(
            id=backup_id,
            started_at=now,
            finished_at=utcnow(),
            duration_seconds=round(monotonic() - began, 3),
            source=_source(context, moment),
            artefact=artefact,
            tables=content.tables,
            structure=content.structure,
            sequences=content.sequences,
        )
        report("manifest")
        await asyncio.to_thread(context.store.put, manifest_key(backup_id), [context.seal.write(manifest)])
    except ObjectExists:  # what lies there is somebody else's, and may be good
        raise
    except AppError:
        await asyncio.to_thread(_discard, context, backup_id, key)
        raise
    return manifest


@dataclass(frozen=True, slots=True)
class _Content:
    """What the snapshot holds, which the dump has to hold as well."""

    tables: dict[str, Table]
    structure: list[str]
    sequences: dict[str, int]


async def _taken(
    context: BackupContext, connection: "asyncpg.Connection", key: str, report: Progress, *, options: list[str]
) -> tuple[Snapshot, _Content, Artefact]:
    """Take a snapshot and store all of it; the dump is of one schema, or it is none."""
    server = connection.get_server_version().major
    tools = await asyncio.to_thread(programs.for_server, server, context.settings.postgres_programs)
    async with snapshot(connection) as moment:
        # Snapshots do not hold sequences still: read before the dump begins, they are at most where the dump has them.
        numbers = await sequences(connection)
        dump = Dump(context, tools, [*options, f"--snapshot={moment.name}"], key)
        content, artefact = await _dumped(dump, connection, numbers, report)
    if await migration(connection) != moment.migration:
        raise MigrationRanMeanwhile
    return moment, content, artefact


async def _dumped(
    dump: Dump, connection: "asyncpg.Connection", numbers: dict[str, int], report: Progress
) -> tuple[_Content, Artefact]:
    """Dump and count at the same time; what ends one of them ends both."""
    storing = asyncio.create_task(asyncio.to_thread(dump.store, report))
    counting = asyncio.create_task(_counted(connection, numbers))
    try:
        done, _ = await asyncio.wait({storing, counting}, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
        return counting.result(), storing.result()
    finally:
        dump.stop()
        counting.cancel()
        await asyncio.gather(storing, counting, return_exceptions=True)


async def _counted(connection: "asyncpg.Connection", numbers: dict[str, int]) -> _Content:
    """Count quietly: the dump beside it takes longer, and its progress is the one to show."""
    return _Content(await counted(connection, unheard), await structure(connection), numbers)


@contextmanager
def told() -> Iterator[None]:
    """Name what the server says; its own words may quote rows.

    Raises:
        TablesLocked, DumpFailed, ConnectionLost: in its stead.
    """
    try:
        yield
    except asyncpg.InsufficientPrivilegeError as failure:
        raise DumpFailed(
            "The role may not read all of the database: have its owner make backups, or grant it pg_read_all_data."
        ) from failure
    except asyncpg.LockNotAvailableError as failure:
        raise TablesLocked from failure
    except asyncpg.QueryCanceledError as failure:
        raise DumpFailed("A statement of the backup was cancelled on the server: run it again.") from failure
    except (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InterfaceError) as failure:
        raise ConnectionLost from failure
    except asyncpg.PostgresError as failure:
        raise DumpFailed(f"The server refused to be counted: {type(failure).__name__} ({failure.sqlstate}).") from None


def _discard(context: BackupContext, backup_id: UUID, key: str) -> None:
    """Remove a dump that gets no manifest. Without one it counts for nothing, so that this fails does no harm.

    The manifest goes first: a store whose answer was lost may have taken it.
    """
    try:
        context.store.delete(manifest_key(backup_id))
        context.store.delete(key)
    except AppError:
        return


def _source(context: BackupContext, moment: Snapshot) -> Source:
    return Source(
        database=moment.database,
        server_version=moment.server_version,
        lsn=moment.lsn,
        snapshot_at=moment.at,
        migration=moment.migration,
        commit=context.settings.commit,
        host=gethostname(),
    )
