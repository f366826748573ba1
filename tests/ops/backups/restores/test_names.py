"""Databases and tables of whatever name are backed up, tried and restored; nothing of a name is run."""

import pytest
from sqlalchemy.engine import make_url

from app.core.clock import utcnow
from app.core.progress import unheard
from app.ops.backups.drills.service.drilling import drill
from app.ops.backups.service.snapshots import connected
from tests.ops.backups.conftest import look
from tests.ops.backups.disturbing import run
from tests.ops.backups.restores.conftest import beside, held

COMMON = """it's "quoted" \\ %41 %s dbname=postgres host=nowhere"""
NAMES = [
    COMMON,
    *(
        pytest.param(name, marks=pytest.mark.prove)
        for name in ("Upper Case", "postgresql://nowhere", "ünï/cödé?a=b#c;d", "long-" + "ä" * 29)
    ),
]
TABLE = """"Robert'); DROP TABLE bookings;--\n%s \\. $$" """


@pytest.fixture
async def renamed(own_url, databases):
    """Give a database another name; return its URL."""
    changed = []

    async def rename(name):
        word = name.replace('"', '""')
        async with connected(own_url, database="postgres") as connection:
            await connection.execute(f'ALTER DATABASE "{make_url(own_url).database}" RENAME TO "{word}"')
        changed.append(beside(own_url, name))
        return changed[-1]

    yield rename
    async with connected(own_url, database="postgres") as connection:
        for url in changed:
            word = str(make_url(url).database).replace('"', '""')
            await connection.execute(f'DROP DATABASE IF EXISTS "{word}" WITH (FORCE)')


@pytest.mark.parametrize("name", NAMES)
async def test_a_database_of_any_name_is_backed_up_drilled_and_restored(
    make_context, renamed, restored, databases_like, name
):
    url = await renamed(name)
    async with connected(url) as connection:
        await connection.execute(f"CREATE TABLE {TABLE} (id int, \"a'b\" text); INSERT INTO {TABLE} VALUES (1, 'x')")
    context = make_context(database_url=url)

    manifest = await run(context)
    proof = await drill(context, look(context).backups[-1], unheard, now=utcnow())
    done = await restored(context, manifest)

    assert (proof.passed, proof.code, proof.detail) == (True, None, None)
    assert (await held(beside(url, done.database)))[0].keys() == manifest.tables.keys()
    async with connected(url, database="postgres") as connection:
        await connection.execute('DROP DATABASE "{}" WITH (FORCE)'.format(done.database.replace('"', '""')))
