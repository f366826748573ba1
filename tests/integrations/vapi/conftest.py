"""The stand-in for Vapi, a server that answers what it was told to, and our way to both."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from app.core.http import Client, create_client
from app.integrations.vapi.api import Vapi
from tests.scripted import Scripted, serving_a_script

KEY = "a-key-that-nobody-should-ever-see"


class Pauses:
    """Waits no time, and remembers how long it should have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        """Take note of a wait."""
        self.seconds.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    """How long was waited."""
    return Pauses()


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A client with connections of its own."""
    async with create_client() as client:
        yield client


@pytest.fixture
def vapi(client, outside, pauses) -> Vapi:
    """The stand-in's API."""
    return Vapi(client, outside.vapi_url, SecretStr(outside.accounts.vapi_key), pause=pauses)


@pytest.fixture
async def script() -> AsyncIterator[Scripted]:
    """A server that answers what it was told to."""
    async with serving_a_script() as script:
        yield script


@pytest.fixture
def told(client, script, pauses) -> Vapi:
    """The API of that server."""
    return Vapi(client, script.url, SecretStr(KEY), pause=pauses, seconds=5)
