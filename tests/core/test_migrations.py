"""The schema: up, down and up again, and the same as the models say."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from app.core import migrations
from tests.fixtures.database import in_a_thread

ROOT = Path(__file__).parents[2]

RELATIONS = """
SELECT array_agg(relname::text ORDER BY relname) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relname <> ALL ('{alembic_version,alembic_version_pkc}')
"""


async def relations(url):
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(RELATIONS) or []
    finally:
        await connection.close()


async def test_migrations_run_up_down_and_up_again(empty_database_url):
    in_a_thread(lambda: migrations.upgrade(empty_database_url))
    first = await relations(empty_database_url)
    in_a_thread(lambda: migrations.downgrade(empty_database_url, "base"))
    emptied = await relations(empty_database_url)
    in_a_thread(lambda: migrations.upgrade(empty_database_url))
    again = await relations(empty_database_url)

    assert first
    assert emptied == []
    assert again == first


def test_the_tables_are_what_the_models_say(database_url):
    in_a_thread(lambda: migrations.check(database_url))


def test_a_database_without_its_migrations_is_told(empty_database_url):
    with pytest.raises(migrations.SchemaDiffers):
        in_a_thread(lambda: migrations.check(empty_database_url))


def test_two_migrators_at_once_do_not_meet(empty_database_url):
    program = "import sys; from app.core.migrations import upgrade; upgrade(sys.argv[1])"
    command = [sys.executable, "-c", program, empty_database_url]
    migrators = [subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": "."}) for _ in range(2)]

    assert [migrator.wait(60) for migrator in migrators] == [0, 0]
    in_a_thread(lambda: migrations.check(empty_database_url))


def test_the_revisions_read_from_the_files_are_those_that_alembic_knows():
    scripts = ScriptDirectory(str(ROOT / "migrations"))

    assert list(migrations.revisions()) == [each.revision for each in scripts.walk_revisions()][::-1]
