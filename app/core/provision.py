"""A database for a process: the one that DATABASE_URL names if it answers, else one of our own.

Blocking; for the beginning of a command, before an event loop runs.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.engine import URL, make_url

from app.core.config import Settings
from app.core.embedded import EmbeddedServer

DIRECTORY = Path("var/postgres")
DATABASE = "booking"
OLDEST_SERVER = 150_000
PATIENCE_SECONDS = 2.0


class DatabaseUnreachable(Exception):
    """DATABASE_URL names nothing that answers; the message is one line without the password."""


@contextmanager
def database_for(settings: Settings) -> Iterator[Settings]:
    """Give settings whose `database_url` is set: as it is, or the embedded server's for the length of the block.

    Raises:
        ServerRefused: DATABASE_URL is unset and the embedded server cannot run here.
    """
    if settings.database_url is not None:
        yield settings
        return
    with EmbeddedServer(DIRECTORY) as server:
        yield settings.model_copy(update={"database_url": server.create_database(DATABASE)})


def ensure_reachable(database_url: str) -> None:
    """Connect once, within three seconds also where a name does not resolve or a server is silent.

    Raises:
        DatabaseUnreachable: no connection came about, or the server is older than is supported.
    """
    url = make_url(database_url)
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        if url.host:
            _resolve(url.host, url.port or 5432, deadline)
        version = asyncio.run(_ask_version(url, deadline - time.monotonic()))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as failure:
        reason = str(failure) or "no answer in time"
        place = url.render_as_string().partition("://")[2]
        raise DatabaseUnreachable(
            f"DATABASE_URL: no connection to {place} ({reason.splitlines()[0]}). "
            "Start that server, correct the address, or unset it to use the embedded PostgreSQL."
        ) from None
    if version < OLDEST_SERVER:
        raise DatabaseUnreachable(f"DATABASE_URL: PostgreSQL {version // 10_000} is too old; 15 to 18 are supported.")


def _resolve(host: str, port: int, deadline: float) -> None:
    """Look a name up on a thread that may be left behind: a resolver without network waits half a minute."""
    failures: list[OSError] = []

    def look_up() -> None:
        try:
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as failure:
            failures.append(failure)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(deadline - time.monotonic())
    if thread.is_alive():
        raise TimeoutError("the host's name does not resolve in time")
    if failures:
        raise failures[0]


async def _ask_version(url: URL, seconds: float) -> int:
    async with asyncio.timeout(seconds):
        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(dsn, timeout=seconds)
        try:
            return int(await connection.fetchval("SHOW server_version_num"))
        finally:
            connection.terminate()
