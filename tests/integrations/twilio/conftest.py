"""What Twilio's own pages and tests show, read where it lies, and two strangers that play Twilio."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.core.http import Client, create_client
from app.integrations.twilio.api import Twilio
from tests.scripted import Scripted, serving_a_script

PAYLOADS = Path(__file__).parents[4] / "shared" / "payloads"
ACCOUNT, SECRET = "AC" + "0f" * 16, "a-token-that-nobody-should-ever-see"


@pytest.fixture
def payload() -> Callable[[str], Any]:
    """Read a payload of others by its name."""

    def read(name: str) -> Any:
        path = PAYLOADS / f"{name}.json"
        if not path.exists():
            pytest.skip(f"{path} is not here: it is not part of this repository")
        return json.loads(path.read_text())

    return read


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A client with connections of its own."""
    async with create_client() as client:
        yield client


@pytest.fixture
def twilio(client, outside) -> Twilio:
    """The stand-in's API, with the account's token."""
    accounts = outside.accounts
    secret = SecretStr(accounts.twilio_token)
    return Twilio(client, outside.url, accounts.twilio_sid, accounts.twilio_sid, secret, seconds=5)


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    """A server that answers what it was told to."""
    async with serving_a_script() as script:
        yield script


@pytest.fixture
def told(client, scripted) -> Twilio:
    """The API of that server."""
    return Twilio(client, scripted.url, ACCOUNT, ACCOUNT, SecretStr(SECRET), seconds=5)
