"""`?sslmode=` in DATABASE_URL, as hosts write it, reaches the driver."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.core.db import create_engine


@pytest.fixture
async def plain():
    """The port of a server that cannot encrypt: it answers the wish for TLS with N."""

    async def refuse(reader, writer):
        await reader.read(8)
        writer.write(b"N")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def connect(settings, url):
    engine = create_engine(settings.model_copy(update={"database_url": url}), role="test")
    try:
        async with engine.connect() as connection:
            return await connection.scalar(text("SELECT 1"))
    finally:
        await engine.dispose()


async def test_encryption_that_is_asked_for_is_not_done_without(settings, plain):
    with pytest.raises(ConnectionError, match="SSL upgrade"):
        await connect(settings, f"postgresql+asyncpg://u:p@127.0.0.1:{plain}/x?sslmode=require")


async def test_a_server_that_needs_none_is_reached_with_any_other_wish(settings, database_url):
    url = make_url(database_url).update_query_dict({"sslmode": "prefer"})

    assert await connect(settings, url.render_as_string(hide_password=False)) == 1
