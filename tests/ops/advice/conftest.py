"""Databases filled with our own tables, and applications over them."""

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import httpx
import pytest

from app.main import create_app
from app.ops.advice.service import Advisor
from tests.ops.advice.scene import Scene, prepare

MakeScene = Callable[..., Awaitable[Scene]]


@pytest.fixture
async def make_scene(settings) -> AsyncIterator[MakeScene]:
    """Return an application over a database by its URL; its searches have the time that a busy machine takes."""
    made: list[Scene] = []

    async def make(url: str, *, seconds: float = 60) -> Scene:
        app = create_app(settings.model_copy(update={"database_url": url}))
        app.state.advisor = Advisor(app.state.process, app.state.server_statements, seconds=seconds)
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        made.append(Scene(app, http, connection))
        return made[-1]

    yield make
    for scene in made:
        await scene.http.aclose()
        await scene.connection.close()
        await scene.app.state.process.engine.dispose()
        await scene.app.state.engine.dispose()


@pytest.fixture(scope="session")
async def filled(databases) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """Return the URL of a filled database, "with_hypopg" or "without_hypopg"; whoever changes it changes it back.

    It has an index too many, `ix_twice`, on bookings.
    """
    urls: dict[str, str] = {}

    async def find(kind: str) -> str:
        if kind not in urls:
            url = databases.create()
            try:
                await prepare(url, hypopg=kind == "with_hypopg")
            except BaseException:
                databases.drop(url)
                raise
            urls[kind] = url
        return urls[kind]

    yield find
    for url in urls.values():
        databases.drop(url)
