"""Applications with limits of their own, a clock that stands, and callers from addresses of their own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.clients.rules import make_key
from app.core.auth import Recognised
from app.core.ids import new_id
from app.core.limits.bounds import Bounds
from app.core.limits.limiter import Limits
from app.core.limits.memory import Memory
from app.core.limits.refused import Refused
from app.main import create_app
from app.ops.process import Process
from tests.fixtures.api import OPERATOR_KEY

START = 1_800_000_000.0
"""The first instant of a window."""

ADDRESS = "203.0.113.7"
OPERATOR = {"X-API-Key": OPERATOR_KEY}


def made_up() -> dict[str, str]:
    """Return a key that is well formed, and that nobody has issued."""
    return {"X-API-Key": make_key(new_id(), "test", entropy=17).text}


@dataclass
class Limited:
    """One application, as one process has it."""

    app: FastAPI
    now: float = START + 15
    known: dict[str, Recognised] = field(default_factory=lambda: {OPERATOR_KEY: Recognised("operator", True)})
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def limits(self) -> Limits:
        limits: Limits = self.app.state.limits
        return limits

    @property
    def process(self) -> Process:
        process: Process = self.app.state.process
        return process

    def http(self, address: str = ADDRESS) -> httpx.AsyncClient:
        """Return a caller at an address."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 4711))
        self.clients.append(httpx.AsyncClient(transport=transport, base_url="http://test"))
        return self.clients[-1]

    def recognise(self, scope: Any) -> Recognised | None:
        """Know the keys that the test says are known."""
        return self.known.get(dict(scope["headers"]).get(b"x-api-key", b"").decode())

    async def status(self, identifier: str | None = None) -> dict[str, Any]:
        """Ask as the operator."""
        asked = {} if identifier is None else {"identifier": identifier}
        answer = await self.http().get("/api/rate-limit/status", params=asked, headers=OPERATOR)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


async def end(app: FastAPI) -> None:
    await app.state.limits.close()
    await app.state.process.stop()
    await app.state.engine.dispose()


@pytest.fixture(scope="module")
async def ready(settings: Any) -> AsyncIterator[list[FastAPI]]:
    """Applications that wait for the next test: making one takes longer than most tests do."""
    apps: list[FastAPI] = []
    yield apps
    for app in apps:
        await end(app)


@pytest.fixture
async def limited(settings: Any, ready: list[FastAPI]) -> AsyncIterator[Callable[..., Awaitable[Limited]]]:
    """Take an application: `await limited({"public": 3})`; policies that are not named have their usual limit.

    One with other settings (`redis_url=…`) is made anew.
    """
    taken: list[Limited] = []
    ended: list[FastAPI] = []

    async def begin(limits: dict[str, int] | None = None, **changes: Any) -> Limited:
        app = create_app(settings.model_copy(update=changes)) if changes or not ready else ready.pop()
        (ended if changes else ready_again).append(app)
        it = Limited(app)
        process, secret = it.process, settings.secret_key.get_secret_value()
        process.controls.replace(())
        it.limits.bounds = Bounds(limits or {}, process.controls, secret=secret)
        it.limits.memory = Memory()
        it.limits.refused = Refused()
        it.limits.agreed.clear()
        process.signals.counts.clear()
        it.limits.clock = lambda: it.now
        app.state.recognise = it.recognise
        taken.append(it)
        return it

    ready_again: list[FastAPI] = []
    yield begin
    for each in taken:
        for client in each.clients:
            await client.aclose()
    ready.extend(ready_again)
    for app in ended:
        await end(app)
