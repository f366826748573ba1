"""Recovery to a point in time on a server of one's own: the blocks of docs/recovery.md, run as they stand there."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.embedded_programs import NOBODY, ServerRefused, as_ordinary_user, binary
from tests.memory import in_memory

RECOVERY = Path(__file__).parents[3] / "docs" / "recovery.md"
TITLE = "## Point in time on your own server\n"
DEBIAN = Path("/usr/lib/postgresql/15/bin")
ROWS = 10_000


def blocks() -> list[str]:
    """The blocks of the section; the first sets what all others use."""
    section = RECOVERY.read_text().partition(TITLE)[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", section, flags=re.DOTALL | re.MULTILINE)


class Cluster:
    """A server of the kind that self-hosters have, and a shell of the user who owns it."""

    def __init__(self, programs: Path, home: Path) -> None:
        self.home = home
        self._as_owner = as_ordinary_user(home)
        self._environment = {
            **{name: os.environ[name] for name in ("LANG", "PATH") if name in os.environ},
            "BIN": str(programs),
            "PGHOST": str(home),
            "PGUSER": "postgres",
            **{name: str(home / name.lower()) for name in ("PGDATA", "ARCHIVE", "BASE", "RECOVERED")},
        }

    def run(self, script: str, **variables: str) -> str:
        """Run a script after the first block, and return what it printed."""
        done = self.try_to(script, **variables)
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}\n{self.log()}"
        return done.stdout.strip()

    def try_to(self, script: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run a script after the first block."""
        return subprocess.run(
            [*self._as_owner, "bash", "-euo", "pipefail", "-c", blocks()[0] + script],
            env={**self._environment, **variables},
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def log(self) -> str:
        """What the servers said."""
        return "\n".join(path.read_text()[-2_000:] for path in self.home.glob("*/startup.log"))

    def ask(self, statement: str, port: int = 5432) -> str:
        """Run a statement, as `psql` prints its result."""
        return self.run(f'psql -qXAt -d postgres -p {port} -c "$STATEMENT"', STATEMENT=statement)

    def start(self) -> None:
        """Make a cluster and start it, on a Unix socket alone."""
        self.run(
            'initdb -D "$PGDATA" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null\n'
            'printf "%s\\n" "listen_addresses = \'\'" "unix_socket_directories = \'$PGHOST\'" "max_connections = 20"'
            ' "shared_buffers = 16MB" "wal_level = replica" "fsync = off" >>"$PGDATA/postgresql.conf"\n'
            'pg_ctl start --silent --wait --log="$PGDATA/startup.log"'
        )

    def stop(self) -> None:
        """Stop what runs."""
        for name in ("PGDATA", "RECOVERED"):
            if (self.home / name.lower() / "postmaster.pid").exists():
                self.run(f'pg_ctl stop --silent --wait --mode=immediate --pgdata="${name}"')


def programs(kind: str) -> Path:
    if kind == "15":
        if not (DEBIAN / "pg_verifybackup").exists():
            pytest.skip("PostgreSQL 15 of Debian is not here: apt-get install postgresql-15")
        return DEBIAN
    return binary("pg_verifybackup").parent


@pytest.fixture(params=["15", pytest.param("embedded", marks=pytest.mark.prove)])
def cluster(request) -> Iterator[Cluster]:
    """A running server of PostgreSQL 15, or of the embedded version."""
    found = programs(request.param)
    home = Path(tempfile.mkdtemp(prefix="booking-pitr-", dir=in_memory()))
    if os.getuid() == 0:
        os.chown(home, *NOBODY)
    try:
        made = Cluster(found, home)
    except ServerRefused as refusal:
        pytest.skip(str(refusal))
    try:
        made.start()
        yield made
        made.stop()
    finally:
        shutil.rmtree(home)


def test_what_was_deleted_comes_back_as_of_the_last_good_instant(cluster):
    _, archive, copy, look, hand_over, recover = blocks()
    cluster.run(archive)
    cluster.ask("CREATE TABLE kept (id int PRIMARY KEY, said text)")
    cluster.ask(f"INSERT INTO kept SELECT n, 'before the copy' FROM generate_series(1, {ROWS // 2}) n")
    cluster.run(copy)
    cluster.ask(f"INSERT INTO kept SELECT n, 'after it' FROM generate_series({ROWS // 2 + 1}, {ROWS}) n")
    good = cluster.ask("SELECT clock_timestamp()")
    cluster.ask("DELETE FROM kept WHERE id > 10")
    cluster.ask("INSERT INTO kept VALUES (0, 'too late')")

    cluster.run(hand_over)
    assert cluster.run(look) == "t"
    assert cluster.run(recover, TARGET=good).endswith("accepting connections")

    count = "SELECT count(*), count(*) FILTER (WHERE said = 'after it'), min(id), pg_is_in_recovery() FROM kept"
    assert cluster.ask(count, 5433) == f"{ROWS}|{ROWS // 2}|1|f"
    assert cluster.ask("SELECT count(*) FROM kept") == "11"
    assert cluster.ask("SHOW archive_mode", 5433) == "off"


@pytest.mark.prove
def test_an_instant_that_the_archive_does_not_reach_is_told(cluster):
    _, archive, copy, _, _, recover = blocks()
    cluster.run(archive)
    cluster.run(copy)
    cluster.ask("CREATE TABLE late (id int)")

    refused = cluster.try_to(recover, TARGET="2100-01-01 00:00:00+00")

    assert refused.returncode != 0
    assert "no response" in refused.stdout or "could not start server" in refused.stderr
    assert "recovery ended before configured recovery target was reached" in cluster.log()
