"""Metrics and diagnostics ask nothing of the database: they answer while it is away."""

import httpx
import pytest

from app.main import create_app
from tests.ops.metrics.conftest import parse

NOBODY_LISTENS = "postgresql+asyncpg://127.0.0.1:1/none"


@pytest.fixture
async def lonely(settings, operator):
    app = create_app(settings.model_copy(update={"database_url": NOBODY_LISTENS}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=operator) as http:
        await app.state.process.lifeline.check()
        yield http
    await app.state.process.stop()
    await app.state.engine.dispose()


@pytest.mark.parametrize("path", ["tasks", "memory", "logs", "profile"])
async def test_diagnostics_answer(lonely, path):
    answer = await lonely.get(f"/api/diagnostics/{path}")

    assert answer.status_code == 200, answer.text


async def test_metrics_answer_and_say_that_it_is_away(lonely):
    await lonely.get("/api/bookings", headers={"X-Client-Key": "anybody"})
    seen = parse((await lonely.get("/metrics")).text)

    assert seen["db_up"] == {(): 0.0}
    assert seen["http_requests_total"]["GET", "/api/bookings", "503"] == 1
    assert seen["db_pool_wait_failures_total"][()] >= 1
