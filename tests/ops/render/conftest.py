"""Render's stand-in, a client of it that never sleeps, and the command as a person runs it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.core.http import create_client
from app.integrations.render.api import Render
from app.ops.render.service.waiting import Waiting
from tests.cli.inside import run
from tests.render import KEY, POSTGRES, SERVICE, Server, StandIn, serving


@pytest.fixture(scope="session")
def _server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def stand(_server: Server) -> StandIn:
    """Render as it is at the beginning of a test."""
    return _server.begin()


@dataclass
class Pauses:
    """Remembers how long was to be waited, and does not."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
async def render(stand: StandIn, pauses: Pauses) -> AsyncIterator[Render]:
    async with create_client() as client:
        yield Render(client, f"{stand.url}/v1", SecretStr(KEY), pause=pauses)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def waiting(pauses: Pauses, told: list[str]) -> Waiting:
    return Waiting(10, 5, pauses, told.append)


Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ask(stand: StandIn, tmp_path: Path) -> Ask:
    """Run `booking render ...` and return exit code, output and errors, none of which holds the key."""

    def asked(*arguments: str, **variables: str | None) -> tuple[int, str, str]:
        given = {
            "RENDER_API_KEY": KEY,
            "RENDER_SERVICE_ID": SERVICE,
            "APP_RENDER_POSTGRES_ID": POSTGRES,
            "APP_RENDER_API_URL": f"{stand.url}/v1",
        }
        code, said, errors = run("render", *arguments, directory=tmp_path, **{**given, **variables})
        assert KEY not in said + errors
        assert "Traceback" not in errors
        return code, said, errors

    return asked
