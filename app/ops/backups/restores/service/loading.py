"""Load a backup into an empty database."""

import asyncio
import re
import subprocess
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, BinaryIO

from app.core.masking import cut
from app.core.progress import Progress
from app.ops.backups.errors import ConnectionLost, DatabaseNotEmpty, ProgramsTooOld, RestoreFailed, UnpackingFull
from app.ops.backups.restores.rules import without_unknown_settings
from app.ops.backups.restores.service.extensions import fitting
from app.ops.backups.restores.service.unpacking import unpacked
from app.ops.backups.rules.manifests import Manifest
from app.ops.backups.service import programs
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.dumping import LOST
from app.ops.backups.service.snapshots import connected, tables

RESTORE = ("--exit-on-error", "--no-owner", "--no-acl", "--verbose")
SCRIPT = ("-X", "-q", "--single-transaction", "-v", "ON_ERROR_STOP=1")
OPEN_FILES = Path("/proc/self/fd")
FULL = re.compile(r"No space left on device|Disk quota exceeded")
_STEP = re.compile(rb"processing data for table")
_ERROR = re.compile(r"(?:error|ERROR|FATAL):\s+(.*)")


async def load(context: BackupContext, manifest: Manifest, database_url: str, report: Progress) -> tuple[str, ...]:
    """Load a backup into an empty database, and have the planner's statistics made.

    Return the extensions that were left out, because this server refuses them and the data does not need them.

    Nothing is loaded before the whole dump has been checked against its digests. What fails later leaves the database
    in pieces: who created it drops it.

    Raises:
        DatabaseNotEmpty: there are tables already.
        ArtefactMissing, ArtefactEmpty, ArtefactTruncated, ArtefactDamaged: the dump is not what was written.
        KeyMissing, WrongKey, UnpackingFull: it cannot be unpacked here.
        ProgramsMissing, ProgramsTooOld: nothing here can read it.
        RestoreFailed, ConnectionLost, DatabaseUnavailable: the database did not take all of it.
        StoreUnreachable, StoreRefused: the store does not give it.
    """
    async with connected(database_url) as connection:
        if await tables(connection):
            raise DatabaseNotEmpty
        major = await connection.fetchval("SELECT current_setting('server_version_num')::int / 10000")
        known = frozenset(row[0] for row in await connection.fetch("SELECT name FROM pg_settings"))
    tools = _tools(context, manifest, major)
    loading = _Loading(context, manifest, tools, database_url, report)
    work = asyncio.create_task(asyncio.to_thread(loading.run, known if tools.major > major else None))
    try:
        await asyncio.wait({work})
    finally:
        loading.stop()
        await asyncio.wait({work})
    work.result()
    report("analysing")
    async with connected(database_url) as connection:
        await connection.execute("ANALYZE")
    return loading.left_out


def _tools(context: BackupContext, manifest: Manifest, server: int) -> programs.Programs:
    """Return programs that know both the server and the dump: an older pg_restore cannot read a newer archive."""
    made_by = int(manifest.artefact.tool_version.partition(".")[0])
    try:
        return programs.for_server(max(server, made_by), context.settings.postgres_programs)
    except ProgramsTooOld:
        if made_by <= server:
            raise
        raise ProgramsTooOld(
            f"This backup was made by pg_dump {manifest.artefact.tool_version}, and pg_restore here is older:"
            f" install postgresql-client-{made_by}."
        ) from None


class _Loading:
    """pg_restore at work, with psql behind it where the server is older than they are. Blocking but for `stop`."""

    def __init__(
        self,
        context: BackupContext,
        manifest: Manifest,
        tools: programs.Programs,
        database_url: str,
        report: Progress,
    ) -> None:
        self._context, self._manifest, self._tools, self._report = context, manifest, tools, report
        self._environment = programs.environment(database_url)
        self._stopping = threading.Event()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._done = 0
        self._options: list[str] = list(RESTORE)
        self.left_out: tuple[str, ...] = ()

    def run(self, known: frozenset[str] | None) -> None:
        """Unpack and load; `known`: the settings that an older server knows, None: it is as new as the programs."""
        with unpacked(self._context, self._manifest, self._report, self._stopping) as file:
            self._report("restoring", 0, len(self._manifest.tables))
            try:
                with fitting(self._tools, self._environment, file) as (options, self.left_out):
                    self._options.extend(options)
                    if known is None:
                        self._directly(file)
                    else:
                        self._through_a_filter(file, known)
            finally:
                self.stop()
                self._close()

    def stop(self) -> None:
        """End what still runs, and let nothing begin any more."""
        self._stopping.set()
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()

    def _close(self) -> None:
        """Let go of the pipes; what psql did not take any more is nobody's."""
        for process in self._processes:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()

    def _directly(self, file: BinaryIO) -> None:
        target = programs.target(self._environment.get("PGDATABASE", ""))
        if OPEN_FILES.exists():
            name = str(OPEN_FILES / str(file.fileno()))
            restore = self._start("pg_restore", *self._options, "-j2", target, name, pass_fds=(file.fileno(),))
        else:
            restore = self._start("pg_restore", *self._options, target, stdin=file)
        self._ended(restore, self._heard(restore))

    def _through_a_filter(self, file: BinaryIO, known: frozenset[str]) -> None:
        """Hand the dump as a script to psql, in one transaction that is committed only if all of it came."""
        restore = self._start("pg_restore", *self._options, "-f", "-", stdin=file, stdout=subprocess.PIPE)
        script = self._start("psql", *SCRIPT, stdin=subprocess.PIPE)
        hearing, also = self._heard(restore), self._heard(script)
        assert restore.stdout is not None
        assert script.stdin is not None
        try:
            _pump(without_unknown_settings(restore.stdout, known), script.stdin)
            self._ended(restore, hearing)
            script.stdin.close()
        except BrokenPipeError:
            pass  # psql has given up, and said why
        self._ended(script, also)

    def _start(
        self,
        name: str,
        *options: str,
        stdin: BinaryIO | int = subprocess.DEVNULL,
        stdout: int = subprocess.DEVNULL,
        pass_fds: tuple[int, ...] = (),
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            self._tools.call(name, *options),
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=self._environment,
            pass_fds=pass_fds,
        )
        self._processes.append(process)
        if self._stopping.is_set():
            process.kill()
        return process

    def _heard(self, process: subprocess.Popen[bytes]) -> "_Hearing":
        assert process.stderr is not None
        return _Hearing(process.stderr, self._step)

    def _step(self) -> None:
        self._done += 1
        self._report("restoring", self._done, max(self._done, len(self._manifest.tables)))

    def _ended(self, process: subprocess.Popen[bytes], hearing: "_Hearing") -> None:
        """Wait for a program.

        Raises:
            ConnectionLost, UnpackingFull, RestoreFailed: it did not end well.
        """
        code = process.wait()
        hearing.join(timeout=10)
        if code == 0:
            return
        said = hearing.error()
        if LOST.search(said):
            raise ConnectionLost
        if FULL.search(said):
            raise UnpackingFull(
                "The server has no room for what is restored: free some of its disk, or use another one."
            )
        raise RestoreFailed(f"The backup could not be restored: {cut(said)[:300] or 'the program gave no reason'}")


class _Hearing(threading.Thread):
    """Reads what a program says, so that it never waits for a reader."""

    def __init__(self, words: IO[bytes], step: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._words, self._step = words, step
        self._first = ""
        self.start()

    def run(self) -> None:
        """Read to the end."""
        with self._words:
            for line in self._words:
                if _STEP.search(line):
                    self._step()
                elif not self._first and (found := _ERROR.search(line.decode(errors="replace"))):
                    self._first = found[1]

    def error(self) -> str:
        """Return the first error, which may quote rows."""
        return self._first


def _pump(lines: Iterable[bytes], into: IO[bytes]) -> None:
    for line in lines:
        into.write(line)
    into.flush()
