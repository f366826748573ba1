"""Restores of real backups into real databases, which are dropped again."""

import contextlib

import pytest
from sqlalchemy.engine import make_url

from app.core.clock import utcnow
from app.core.progress import unheard
from app.ops.backups.restores.service.restoring import Wish, restore
from app.ops.backups.service.snapshots import connected, counted, sequences, structure


@pytest.fixture
def name_of():
    return lambda url: str(make_url(url).database)


@pytest.fixture
def databases_like(name_of):
    """Return the names of a database and all that were made beside it."""

    async def names(url):
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY 1"
        async with connected(url, database="postgres") as connection:
            return [row["datname"] for row in await connection.fetch(query, name_of(url))]

    return names


@pytest.fixture
def restored(databases, name_of):
    """Restore a backup of a context; what was made is dropped after the test."""
    made = []

    async def run(context, manifest, *, now=None, **wish):
        wanted = Wish(server_url=context.database_url, database=name_of(context.database_url), **wish)
        done = await restore(context, manifest, wanted, unheard, now=now or utcnow())
        made.append(make_url(context.database_url).set(database=done.database))
        return done

    yield run
    for url in made:
        with contextlib.suppress(Exception):
            databases.drop(url.render_as_string(hide_password=False))


async def held(url):
    """Return all that a manifest says of a database."""
    async with connected(url) as connection:
        return await counted(connection, unheard), await structure(connection), await sequences(connection)


def beside(url, database):
    """Return the address of another database of the same server."""
    return make_url(url).set(database=database).render_as_string(hide_password=False)
