"""Make a backup: one snapshot, dumped, counted, encrypted and stored; the manifest comes last."""

import asyncio
import re
import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from socket import gethostname
from time import monotonic
from typing import IO
from uuid import UUID

import asyncpg

from app.core.clock import utcnow
from app.ops.backups.errors import ConnectionLost, DumpFailed
from app.ops.backups.rules.manifests import Artefact, Manifest, Source
from app.ops.backups.rules.names import dump_key, manifest_key
from app.ops.backups.service import programs
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.progress import Progress
from app.ops.backups.service.snapshots import Snapshot, alone, counted, sequences, snapshot, structure
from app.ops.backups.service.streaming import Tally, encrypted

DUMP = ("-Fc", "--no-owner", "--no-acl", "--lock-wait-timeout=10s")
COMPRESSION = 6
LOST = re.compile(r"connection|server closed|terminat|could not connect|SSL SYSCALL|timeout expired", re.IGNORECASE)


async def make(
    context: BackupContext, backup_id: UUID, report: Progress, *, now: datetime, compression: int = COMPRESSION
) -> Manifest:
    """Make a backup and return its manifest; whatever ends it earlier leaves nothing that counts.

    Raises:
        BackupRunning: another backup of this database goes on.
        ProgramsMissing, ClientTooOld: nothing here can dump this server.
        DumpFailed, ConnectionLost, DatabaseUnavailable: the database did not give all of it.
        StoreUnreachable, StoreRefused, StoreFull: the store did not take all of it.
    """
    began = monotonic()
    try:
        async with alone(context.database_url, "backup") as connection, snapshot(connection) as moment:
            key = dump_key(backup_id, encrypted=bool(context.recipients()))
            dump = _Dump(context, moment, key, compression=compression, report=report)
            storing = asyncio.create_task(asyncio.to_thread(dump.store))
            try:
                held = await counted(connection, dump.quietly)
                built, numbers = await structure(connection), await sequences(connection)
                artefact = await storing
            finally:
                dump.stop()
                await asyncio.wait({storing})
    except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.AdminShutdownError) as failure:
        raise ConnectionLost from failure
    manifest = Manifest(
        id=backup_id,
        started_at=now,
        finished_at=utcnow(),
        duration_seconds=round(monotonic() - began, 3),
        source=_source(context, moment),
        artefact=artefact,
        tables=held,
        structure=built,
        sequences=numbers,
    )
    report("manifest")
    await asyncio.to_thread(context.store.put, manifest_key(backup_id), [context.seal.write(manifest)])
    return manifest


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


class _Dump:
    """pg_dump at work, and its way into the store. Blocking; its `stop` may come from elsewhere."""

    def __init__(
        self,
        context: BackupContext,
        moment: Snapshot,
        key: str,
        *,
        compression: int,
        report: Progress,
    ) -> None:
        self._context, self._key, self._report = context, key, report
        self._recipients = context.recipients()
        self._tools = tools = programs.for_server(moment.major, context.settings.postgres_programs)
        options = (*DUMP, f"-Z{compression}", f"--snapshot={moment.name}")
        self._process = subprocess.Popen(
            tools.call("pg_dump", *options),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=programs.environment(context.database_url),
        )
        self._said: deque[str] = deque(maxlen=20)

    def store(self) -> Artefact:
        """Put the dump into the store; it becomes an object only when pg_dump has ended well."""
        output, words = self._process.stdout, self._process.stderr
        assert output is not None
        assert words is not None
        listening = threading.Thread(target=self._listen, args=(words,), daemon=True)
        listening.start()
        plain, stored = Tally(partial(self._report, "dumping")), Tally()
        try:
            pieces = encrypted(output, self._recipients, plain, stored)  # type: ignore[arg-type] # a buffered pipe
            self._context.store.put(self._key, self._whole(pieces, listening))
        finally:
            self.stop()
            output.close()
        return Artefact(
            key=self._key,
            bytes=stored.bytes,
            sha256=stored.sha256,
            plain_bytes=plain.bytes,
            plain_sha256=plain.sha256,
            encrypted=bool(self._recipients),
            tool_version=self._tools.version,
        )

    def _whole(self, pieces: Iterator[bytes], listening: threading.Thread) -> Iterator[bytes]:
        """Yield pieces, and at their end raise if pg_dump did not end well: half a dump must not be stored."""
        yield from pieces
        ended = self._process.wait()
        listening.join(timeout=10)
        if ended != 0:
            self._fail()

    def _fail(self) -> None:
        errors = [line for line in self._said if "error:" in line or "FATAL" in line or "detail" in line] or ["no word"]
        if any(LOST.search(line) for line in errors):
            raise ConnectionLost
        raise DumpFailed(f"pg_dump failed: {errors[0].removeprefix('pg_dump: ')[:300]}")

    def _listen(self, words: IO[bytes]) -> None:
        with words:
            for line in words:
                self._said.append(line.decode(errors="replace").strip())

    def stop(self) -> None:
        """End pg_dump if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def quietly(self, _stage: str, _done: int = 0, _total: int | None = None, /) -> None:
        """Counting goes on beside the dump, whose progress is the one to show."""
