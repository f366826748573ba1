"""PostgreSQL's own programs: the right ones of those that are here, and how they are called."""

import os
import re
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.core.embedded_programs import ServerRefused, binary
from app.ops.backups.errors import ProgramsMissing, ProgramsTooOld
from app.ops.backups.service.reaching import parts

DEBIAN = Path("/usr/lib/postgresql")
_VERSION = re.compile(r"\(PostgreSQL\) ((\d+)\S*)")


@dataclass(frozen=True, slots=True)
class Programs:
    """One installation of PostgreSQL's programs."""

    folder: Path
    version: str
    major: int

    def call(self, name: str, *options: str) -> list[str]:
        """Return the words that run a program, giving way to whatever serves people on this machine."""
        yielding = ["nice", "-n", "10"] if shutil.which("nice") else []
        return [*yielding, str(self.folder / name), *options]


def for_server(major: int, folder: str | None) -> Programs:
    """Return the programs of a server's own major version where they are installed, else the next newer ones.

    Raises:
        ProgramsMissing: there are none.
        ProgramsTooOld: all that are here are older than the server.
    """
    found = sorted(installed(folder), key=lambda each: each.major)
    if not found:
        raise ProgramsMissing
    fitting = [each for each in found if each.major >= major]
    if not fitting:
        newest = found[-1]
        raise ProgramsTooOld(
            f"The server is PostgreSQL {major}, pg_dump here is {newest.version}: install postgresql-client-{major}."
        )
    return fitting[0]


@lru_cache
def installed(folder: str | None) -> tuple[Programs, ...]:
    """Return the installations here that have pg_dump and all that belongs to it."""
    on_path = shutil.which("pg_dump")
    places = [Path(folder)] if folder else [*DEBIAN.glob("*/bin"), *([Path(on_path).parent] if on_path else ())]
    if not folder:
        with suppress(ServerRefused):
            places.append(binary("pg_dump").parent)
    found = [_looked_at(place) for place in places if all((place / name).exists() for name in NEEDED)]
    return tuple(each for each in found if each)


NEEDED = ("pg_dump", "pg_restore", "psql")
UNLIMITED = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "client_connection_check_interval": "1s",
}
"""Settings of the programs' connections, whatever the role or the database has: a backup takes as long as it takes."""


# The private key of backups and the keys of operators are in our environment, and none of theirs; and whatever would
# lead elsewhere than the address does (PGSERVICE, PGHOSTADDR) is not handed on either.
_OF_THE_SYSTEM = re.compile("PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|LD_LIBRARY_PATH")
_INHERITED = re.compile(
    f"{_OF_THE_SYSTEM.pattern}|PG(HOST|PORT|USER|PASSWORD|PASSFILE|DATABASE|SSL[A-Z]+|CHANNELBINDING|REQUIREAUTH)"
    "|PG(GSS[A-Z]+|KRBSRVNAME)|KRB5[A-Z_0-9]+"
)


def _looked_at(folder: Path) -> Programs | None:
    said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=False).stdout
    version = _VERSION.search(said)
    return Programs(folder, version[1], int(version[2])) if version else None


def environment(database_url: str, *, database: str | None = None) -> dict[str, str]:
    """Return the environment in which programs reach a database: a password in arguments could be read by all."""
    words = parts(database_url, database=database)
    given = {
        **{variable: _joined(words.get(name)) for name, variable in VARIABLES.items()},
        "PGCONNECT_TIMEOUT": "10",
        "PGAPPNAME": "booking-backup",
        "PGOPTIONS": " ".join(f"-c {name}={value}" for name, value in UNLIMITED.items()),
        "LC_MESSAGES": "C",
    }
    inherited = {name: value for name, value in os.environ.items() if _INHERITED.fullmatch(name)}
    return {**inherited, **{name: value for name, value in given.items() if value is not None}}


VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "database": "PGDATABASE",
    "ssl": "PGSSLMODE",
}


def _joined(value: object) -> str | None:
    """Return a word as libpq takes it: of several hosts and ports a list with commas."""
    if isinstance(value, list):
        return ",".join("" if each is None else str(each) for each in value)
    return None if value is None else str(value)


def bare_environment() -> dict[str, str]:
    """Return the environment of programs that reach no database."""
    return {name: value for name, value in os.environ.items() if _OF_THE_SYSTEM.fullmatch(name)}


def target(database: str) -> str:
    """Return the option that names a database to pg_restore, which takes a name with `=` in it for an address."""
    escaped = database.replace("\\", "\\\\").replace("'", "\\'")
    return f"--dbname=dbname='{escaped}'"
