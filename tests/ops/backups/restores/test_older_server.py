"""A dump by newer programs goes back into the older server that it came from: 18 into 15, really."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from app.core import migrations
from app.core.clock import utcnow
from app.core.embedded_programs import NOBODY, as_ordinary_user, binary
from app.core.ids import new_id
from app.core.progress import unheard
from app.ops.backups.errors import ProgramsTooOld, RestoreFailed
from app.ops.backups.restores.rules import without_unknown_settings
from app.ops.backups.restores.service.loading import load
from app.ops.backups.service.making import make
from app.ops.backups.service.snapshots import connected
from tests.fixtures.database import in_a_thread
from tests.memory import in_memory
from tests.ops.backups.conftest import fill_database
from tests.ops.backups.restores.conftest import beside, held

DEBIAN = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="module")
def old_server():
    """The URL of a database with bookings on a server of PostgreSQL 15 of its own."""
    if not (DEBIAN / "initdb").exists():
        pytest.skip("PostgreSQL 15 of Debian is not here: apt-get install postgresql-15")
    home = Path(tempfile.mkdtemp(prefix="booking-15-", dir=in_memory() or "/tmp"))
    if os.getuid() == 0:
        os.chown(home, *NOBODY)
    user, data = as_ordinary_user(home), home / "data"

    def run(name, *options):
        subprocess.run([*user, DEBIAN / name, "-D", data, *options], check=True, cwd=home, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        places = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off"
        run("pg_ctl", "-w", "-l", str(home / "log"), "-o", places, "start")
        url = f"postgresql+asyncpg://postgres@/postgres?host={home}"
        in_a_thread(lambda: migrations.upgrade(url))
        fill_database(url)
        yield url
    finally:
        subprocess.run([*user, DEBIAN / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=False, cwd=home)
        shutil.rmtree(home)


@pytest.fixture
async def empty_old(old_server):
    """An empty database of the older server."""
    async with connected(old_server) as connection:
        await connection.execute("CREATE DATABASE emptied TEMPLATE template0")
    yield beside(old_server, "emptied")
    async with connected(old_server) as connection:
        await connection.execute("DROP DATABASE emptied WITH (FORCE)")


@pytest.fixture
def newer(make_context, old_server):
    """Backups of the older server by the newer programs."""
    return make_context(database_url=old_server, postgres_programs=str(binary("pg_dump").parent))


async def test_a_dump_of_15_by_18_goes_back_into_15_with_every_row(newer, empty_old):
    backup = await make(newer, new_id(), unheard, now=utcnow())

    await load(newer, backup, empty_old, unheard)

    assert backup.artefact.tool_version.startswith("18")
    assert backup.source.server_version.startswith("15")
    assert await held(empty_old) == (backup.tables, backup.structure, backup.sequences)


@pytest.mark.prove
async def test_what_the_older_server_refuses_leaves_nothing_behind_and_shows_no_row(newer, empty_old):
    backup = await make(newer, new_id(), unheard, now=utcnow())
    async with connected(empty_old) as connection:
        await connection.execute("CREATE TYPE public.bookings AS ENUM ('Ada Lovelace')")

    with pytest.raises(RestoreFailed) as failure:
        await load(newer, backup, empty_old, unheard)

    async with connected(empty_old) as connection:
        assert await connection.fetchval("SELECT to_regclass('public.clients')") is None
    assert "already exists" not in failure.value.detail
    assert "Ada" not in failure.value.detail


@pytest.mark.prove
async def test_older_programs_say_which_ones_are_needed_for_a_newer_dump(newer, make_context, old_server, empty_old):
    backup = await make(newer, new_id(), unheard, now=utcnow())
    older = make_context(database_url=old_server, postgres_programs=str(DEBIAN))

    with pytest.raises(ProgramsTooOld, match="postgresql-client-18"):
        await load(older, backup, empty_old, unheard)


def test_only_settings_of_the_head_are_left_out():
    dump = [b"--\n", b"\n", b"SET a = 1;\n", b"SET b = 2;\n", b"COPY t FROM stdin;\n", b"SET b = 3;\n", b"\\.\n"]

    kept = list(without_unknown_settings(dump, frozenset({"a"})))

    assert kept == [line for line in dump if line != b"SET b = 2;\n"]
