"""Backups of real databases: one with a few hundred bookings for all tests of a process, others for one test."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pyrage
import pytest
from sqlalchemy.engine import make_url

from app.core.clock import utcnow
from app.core.config import Settings
from app.core.ids import new_id
from app.core.progress import unheard
from app.integrations.storage.api import Store
from app.ops.backups.rules.manifests import Manifest
from app.ops.backups.service.context import BackupContext, open_context
from app.ops.backups.service.evidence import Evidence, Reader
from app.ops.backups.service.making import make
from tests.bench.filling import fill
from tests.bench.wishes import STAFF, offers
from tests.fixtures.database import Databases, in_a_thread
from tests.ops.backups.disturbing import run
from tests.ops.backups.webs import fresh_url, make_web  # noqa: F401 - fixtures
from tests.races.practice import found

BOOKINGS = 300
IDENTITY = pyrage.x25519.Identity.generate()
SECRET = "a-secret-of-tests-that-seals-manifests"


def fill_database(url: str) -> None:
    """Give a migrated database a practice with ten staff and some hundred bookings until yesterday."""

    async def run() -> None:
        practice = await found(url, resources=STAFF, offers=offers(), now=utcnow())
        dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        await fill(dsn, practice, BOOKINGS, last_day=0, settle=False)

    in_a_thread(lambda: asyncio.run(run()))


@pytest.fixture(scope="session")
def filled(databases: Databases) -> Iterator[str]:
    """A database with bookings that nobody connects to: only to be copied."""
    url = databases.create()
    fill_database(url)
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def filled_url(databases: Databases, filled: str) -> Iterator[str]:
    """A database with bookings that tests only read."""
    url = databases.create(like=filled)
    yield url
    databases.drop(url)


@pytest.fixture
def own_url(databases: Databases, filled: str) -> Iterator[str]:
    """A database with the same bookings for one test, to write to and to break."""
    url = databases.create(like=filled)
    yield url
    databases.drop(url)


MakeContext = Callable[..., BackupContext]


def context_of(database_url: str, store: Path, **settings: object) -> BackupContext:
    """Return backups of a database into a folder, encrypted, with the private key at hand."""
    given = {
        "env": "test",
        "database_url": database_url,
        "backup_url": str(store),
        "backup_recipient": str(IDENTITY.to_public()),
        "backup_identity": str(IDENTITY),
        "secret_key": SECRET,
        **settings,
    }
    return open_context(Settings.model_validate(given))


@pytest.fixture
def make_context(tmp_path, filled_url) -> MakeContext:
    """Make a context with a folder and keys: `make_context(backup_identity=None, database_url=own_url)`."""
    return lambda **settings: context_of(str(settings.pop("database_url", filled_url)), tmp_path / "store", **settings)


@pytest.fixture
def context(make_context: MakeContext) -> BackupContext:
    """Backups of the filled database into a folder, encrypted; the private key is at hand."""
    return make_context()


@pytest.fixture(scope="session")
def made_once(filled_url: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifest, Path]:
    """A backup of the filled database and the store that has it; only to be copied."""
    context = context_of(filled_url, tmp_path_factory.mktemp("made") / "store")
    return in_a_thread(lambda: asyncio.run(make(context, new_id(), unheard, now=utcnow()))), Path(
        context.store.location
    )


@pytest.fixture
def backup(context: BackupContext, made_once: tuple[Manifest, Path]) -> Manifest:
    """A backup of the filled database, in the test's own store."""
    manifest, store = made_once
    shutil.copytree(store, context.store.location, dirs_exist_ok=True)
    return manifest


@pytest.fixture(scope="session")
def proven_once(filled_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a backup of the filled database as a command makes it, proven to level 3; only to be copied."""
    context = context_of(filled_url, tmp_path_factory.mktemp("proven") / "store")
    in_a_thread(lambda: asyncio.run(run(context)))
    return Path(context.store.location)


@pytest.fixture
def proven(context: BackupContext, proven_once: Path) -> BackupContext:
    """Backups of the filled database, of which there is a good one."""
    shutil.copytree(proven_once, context.store.location, dirs_exist_ok=True)
    return context


def look(context: BackupContext) -> Evidence:
    """Return what the store shows."""
    return Reader(context.store, context.seal).look(now=utcnow())


def replace(store: Store, key: str, content: bytes) -> None:
    """Put other content in the place of an object, as nobody should."""
    store.delete(key)
    store.put(key, [content])
