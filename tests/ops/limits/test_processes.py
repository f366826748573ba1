"""Two server processes that count in one Redis, which is killed and frozen under them."""

import asyncio
import json
import time
from collections import Counter

import httpx
import pytest
from redis import Redis

from tests.fixtures.api import OPERATOR_KEY
from tests.generous import GENEROUS
from tests.races.processes import Web
from tests.redis import RedisServer

LIMIT = 50
PATIENCE_SECONDS = 10
OBEY_SECONDS = 5


@pytest.fixture
def redis(tmp_path):
    server = RedisServer(tmp_path).start()
    yield server
    server.stop()


@pytest.fixture
def web(tmp_path, database_url, redis):
    limits = json.dumps({**GENEROUS, "public": LIMIT})
    environment = {"REDIS_URL": redis.url, "APP_RATE_LIMITS": limits, "OPERATOR_API_KEY": OPERATOR_KEY}
    with Web(database_url, tmp_path / "web.log", workers=2, environment=environment) as web:
        with Redis.from_url(redis.url) as counters:
            counters.flushall()  # whoever looked whether it is ready has been counted
        yield web


@pytest.fixture
async def http(web):
    limits = httpx.Limits(max_connections=40)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{web.port}", limits=limits, timeout=20) as http:
        yield http


async def statuses(http, requests):
    answers = await asyncio.gather(*(http.get("/api/services") for _ in range(requests)))
    return Counter(answer.status_code for answer in answers)


async def healthy(http):
    """Ask until both processes have been heard, and return what each says of its storage."""
    headers, said = {"X-API-Key": OPERATOR_KEY, "Connection": "close"}, {}
    for _ in range(20):
        told = (await http.get("/api/rate-limit/status", headers=headers)).json()
        said[told["storage"]["healthy"]] = told["storage"]
    return set(said)


async def limits_in_force(http):
    """Ask until both processes have been heard, and return which limits they enforce for this address."""
    headers, asked = {"X-API-Key": OPERATOR_KEY, "Connection": "close"}, {"identifier": "127.0.0.1"}
    told = [(await http.get("/api/rate-limit/status", params=asked, headers=headers)).json() for _ in range(20)]
    return {each["limits"]["public"]["limit"] for each in told}


@pytest.mark.prove
async def test_every_process_obeys_within_five_seconds(http):
    wanted = {"pattern": "public", "limit": 80, "expiresInSeconds": 60, "reason": "a drill"}
    before = await limits_in_force(http)
    answer = await http.put("/api/rate-limit/overrides", json=wanted, headers={"X-API-Key": OPERATOR_KEY})
    deadline = time.monotonic() + OBEY_SECONDS
    while await limits_in_force(http) != {80}:
        assert time.monotonic() < deadline, "not obeyed"
    await http.delete(f"/api/rate-limit/overrides/{answer.json()['id']}", headers={"X-API-Key": OPERATOR_KEY})
    deadline = time.monotonic() + OBEY_SECONDS
    while await limits_in_force(http) != {LIMIT}:
        assert time.monotonic() < deadline, "not lifted"

    assert before == {LIMIT}


async def until_healthy(http):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while await healthy(http) != {True}:
        assert time.monotonic() < deadline, "never found again"


@pytest.mark.prove
async def test_processes_share_their_limits_and_survive_the_loss_of_redis(http, redis):
    together = await statuses(http, 5 * LIMIT)
    assert together == {401: LIMIT, 429: 4 * LIMIT}

    running = asyncio.create_task(statuses(http, 1_000))
    await statuses(http, 10)
    redis.stop()
    alone = (await running) + await statuses(http, 10 * LIMIT)
    assert set(alone) == {401, 429}
    assert alone[401] <= 2 * LIMIT

    assert await healthy(http) == {False}
    redis.start()
    await until_healthy(http)
    running = asyncio.create_task(statuses(http, 1_000))
    await statuses(http, 10)
    redis.freeze()
    assert set(await running) <= {401, 429}
    redis.thaw()
    await until_healthy(http)
    assert set(await statuses(http, 10)) == {429}
