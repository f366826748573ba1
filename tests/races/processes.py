"""Processes of the service, started as anyone starts them, and killed as a crash would."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self

import asyncpg
from sqlalchemy.engine import make_url

from app.core import migrations
from app.core.embedded import EmbeddedServer
from tests.fixtures.database import in_a_thread
from tests.generous import GENEROUS_IN_ENVIRONMENT

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60
"""On a busy machine the first start of a process has taken more than 20 s."""


class Web:
    """`booking serve` on a free port of this machine; `workers` over 1 are children of one supervisor."""

    def __init__(
        self,
        database_url: str,
        log: Path,
        *,
        workers: int = 1,
        environment: Mapping[str, str] = MappingProxyType({}),
        program: str = "app.cli",
    ) -> None:
        self.port = free_port()
        options = ["serve", f"--port={self.port}", f"--workers={workers}"]
        self._command = [sys.executable, "-m", program, *options]
        self._log = log
        self._environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False),
            "APP_SECRET_KEY": "0" * 32,
            "APP_RATE_LIMITS": GENEROUS_IN_ENVIRONMENT,
            "APP_LOG_LEVEL": "warning",
            "APP_LOG_FORMAT": "json",
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        self.wait_until_ready()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, on the same port each time."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)

    def wait_until_ready(self) -> None:
        """Return when it takes connections.

        Raises:
            AssertionError: it ended, or takes too long.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    probe.sendall(b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
                    if probe.recv(1):
                        return
            assert self._process is not None
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.01)

    def stop(self) -> int | None:
        """Stop it as a host does; what is in flight is finished. Return its exit code, None where it did not run."""
        if self._process is None:
            return None
        self._process.terminate()
        try:
            code = self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self._process = None
        return code

    def kill(self) -> None:
        """Kill it and its children, as if the machine's power were cut."""
        if self._process is not None:
            for child in children(self._process.pid):
                kill(child)
            self._process.kill()
            self._process.wait()
            self._process = None

    def kill_worker(self) -> None:
        """Kill one of several server processes; its supervisor lives on."""
        kill(server_processes(self.pid)[0])

    @property
    def said(self) -> str:
        """What it wrote to its log."""
        return self._log.read_text()


class Database:
    """An embedded server of its own with a migrated database, to be killed and started again."""

    def __init__(self, directory: Path, *, fast: bool = False) -> None:
        self.server = EmbeddedServer(directory, fast=fast)
        self.url = ""

    def __enter__(self) -> Self:
        self.server.start()
        self.url = self.server.create_database("booking")
        in_a_thread(lambda: migrations.upgrade(self.url))
        return self

    def __exit__(self, *_exception: object) -> None:
        self.server.stop()

    @property
    def dsn(self) -> str:
        """The URL as asyncpg wants it."""
        return dsn_of(self.url)

    @property
    def said(self) -> str:
        """The server's log."""
        return self.server.log.read_text(errors="replace")

    def order(self, statement: str, *, on: str | None = None) -> None:
        """Run a statement, on its database or on the one of another URL."""

        async def run() -> None:
            connection = await asyncpg.connect(dsn_of(on or self.url))
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        in_a_thread(lambda: asyncio.run(run()))

    def kill(self) -> None:
        """Kill the postmaster and every process of its own, at once."""
        data = self.server.directory / "data" / "postmaster.pid"
        orphans = children(int(data.read_text().split()[0]))
        self.server.kill()
        for orphan in orphans:
            kill(orphan)

    def start_again(self) -> None:
        """Start it on the data that the killed one left."""
        self.server.start()


def dsn_of(url: str) -> str:
    """Return a URL without SQLAlchemy's name of the driver."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def children(pid: int) -> list[int]:
    """Return the processes that a process started and that still run."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def server_processes(supervisor: int) -> list[int]:
    """Return the workers among a supervisor's children; the other one tracks what they share."""
    commands = {child: Path(f"/proc/{child}/cmdline").read_bytes() for child in children(supervisor)}
    return [child for child, command in commands.items() if b"spawn_main" in command]


def kill(pid: int) -> None:
    """Kill a process that may have ended by itself."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
