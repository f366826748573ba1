"""An order that reaches every process: with two of them, each with a pool of its own."""

import asyncio

import asyncpg
import httpx
import pytest

from app.core.clock import utcnow
from tests.generous import GENEROUS_IN_ENVIRONMENT
from tests.ops.faults.scene import KEY
from tests.races.practice import Offer, found
from tests.races.processes import Web, dsn_of

POOLED = "SELECT pid FROM pg_stat_activity WHERE application_name = 'booking-web' AND datname = current_database()"


@pytest.mark.prove
async def test_every_process_has_a_new_pool_within_five_seconds(databases, tmp_path):
    url = databases.create()
    practice = await found(url, resources=1, offers=(Offer(30, range(1)),), now=utcnow())
    environment = {"OPERATOR_API_KEY": KEY, "DB_POOL_MAX": "2", "APP_RATE_LIMITS": GENEROUS_IN_ENVIRONMENT}
    observer = await asyncpg.connect(dsn_of(url))
    with Web(url, tmp_path / "web.log", workers=2, environment=environment) as web:
        async with asyncio.timeout(20):
            while len(before := await pids(observer)) < 4:
                await asyncio.gather(*(ask(web, practice.key) for _ in range(12)))
        async with client(web, KEY) as http:
            answer = await http.post("/api/database/pool/reset", json={"reason": "a drill"})
        async with asyncio.timeout(5):
            while before & await pids(observer):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        after = [await ask(web, practice.key) for _ in range(6)]
    await observer.close()
    databases.drop(url)

    assert answer.status_code == 200, answer.text
    assert set(after) == {200}


async def pids(observer):
    return {row["pid"] for row in await observer.fetch(POOLED)}


def client(web, key):
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{web.port}", timeout=20, headers={"X-API-Key": key})


async def ask(web, key):
    async with client(web, key) as http:
        return (await http.get("/api/bookings")).status_code
