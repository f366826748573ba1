"""What tests of drills begin with: a backup, and what it is once restored, copied for each test to be altered."""

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from app.core.clock import utcnow
from app.core.config import Settings
from app.core.ids import new_id
from app.core.progress import unheard
from app.ops.backups.restores.service.loading import load
from app.ops.backups.rules.manifests import Manifest
from app.ops.backups.service.context import BackupContext, open_context
from app.ops.backups.service.making import make
from app.ops.backups.service.snapshots import connected
from tests.fixtures.database import Databases, in_a_thread


async def order(url: str, *statements: str) -> None:
    """Run statements as somebody who may do everything."""
    async with connected(url) as connection:
        for statement in statements:
            await connection.execute(statement)


async def scratches(url: str) -> list[str]:
    """Return the databases of drills of a database that are there now."""
    async with connected(url) as connection:
        prefix = f"{make_url(url).database}_drill_"
        return [
            row[0]
            for row in await connection.fetch("SELECT datname FROM pg_database WHERE starts_with(datname, $1)", prefix)
        ]


@pytest.fixture(scope="session")
def restored_once(
    databases: Databases, filled_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Manifest, str]]:
    """A backup and a database that it was restored into; only to be copied."""
    url = databases.create(empty=True)
    context = plain_context(filled_url, tmp_path_factory.mktemp("restored") / "store")

    async def restore() -> Manifest:
        manifest = await make(context, new_id(), unheard, now=utcnow())
        await load(context, manifest, url, unheard)
        return manifest

    yield in_a_thread(lambda: asyncio.run(restore())), url
    databases.drop(url)


def plain_context(database_url: str, store: Path) -> BackupContext:
    """Return backups of a database without encryption."""
    given = {"env": "test", "database_url": database_url, "backup_url": str(store), "secret_key": "s" * 40}
    return open_context(Settings.model_validate(given))


@pytest.fixture
def manifest(restored_once: tuple[Manifest, str]) -> Manifest:
    """What the restored database has to be."""
    return restored_once[0]


@pytest.fixture
def untouched_url(restored_once: tuple[Manifest, str]) -> str:
    """The restored database, for tests that only read it."""
    return restored_once[1]


@pytest.fixture
async def restored_url(restored_once: tuple[Manifest, str], filled_url: str, databases: Databases):
    """A restored database of one test, to be altered."""
    source = make_url(restored_once[1])
    name = f"{source.database}_{secrets.token_hex(4)}"
    await order(filled_url, f'CREATE DATABASE "{name}" TEMPLATE "{source.database}"')
    url = source.set(database=name).render_as_string(hide_password=False)
    yield url
    databases.drop(url)
