"""SIGTERM: probes fail first, who is under way finishes, and nobody who still comes is turned away."""

import asyncio
import signal

import asyncpg
import httpx
import pytest

from app.core.clock import utcnow
from tests.generous import GENEROUS_IN_ENVIRONMENT
from tests.races.practice import Offer, found
from tests.races.processes import Web, dsn_of, server_processes

KEY = "break-glass-key-of-the-drills"


@pytest.fixture
async def begin(database_url, tmp_path):
    """Start a server process: `begin(workers=1, **environment)`."""
    webs = []

    def start(*, workers=1, **environment):
        settings = {"OPERATOR_API_KEY": KEY, "APP_RATE_LIMITS": GENEROUS_IN_ENVIRONMENT, **environment}
        web = Web(database_url, tmp_path / "web.log", workers=workers, environment=settings)
        webs.append(web)
        web.start()
        web.wait_until_ready()
        return web

    yield start
    for web in webs:
        if web._process is not None and web._process.poll() is None:
            web.kill()


async def get(web, path, headers=None):
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{web.port}", timeout=20) as http:
        return await http.get(path, headers=headers or {})


async def wait_for(condition):
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_probes_fail_while_requests_under_way_finish_and_new_ones_are_taken(begin, database_url):
    web = begin()
    practice = await found(database_url, resources=1, offers=(Offer(30, range(1)),), now=utcnow())
    user, operator = {"X-API-Key": practice.key}, {"X-API-Key": KEY}
    holder = await asyncpg.connect(dsn_of(database_url))
    await wait_for(lambda: _is(web, "/health/lb", 200))
    await holder.execute("BEGIN; LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")
    under_way = asyncio.create_task(get(web, "/api/customers", user))
    waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'customers'::regclass)"
    await wait_for(lambda: holder.fetchval(waits))

    web._process.send_signal(signal.SIGTERM)
    await wait_for(lambda: _is(web, "/health/lb", 503))
    probes = {path: await get(web, path) for path in ("/health/live", "/health/ready", "/health/lb")}
    taken = await get(web, "/api/services", user)
    looked = await get(web, "/api/health/detailed", operator)
    await holder.execute("COMMIT")
    finished = await under_way
    await asyncio.to_thread(web._process.wait, 60)
    await holder.close()

    assert {path: answer.status_code for path, answer in probes.items()} == {
        "/health/live": 200,
        "/health/ready": 503,
        "/health/lb": 503,
    }
    assert probes["/health/lb"].json()["reason"] == "shutting_down"
    assert (taken.status_code, looked.status_code, finished.status_code) == (200, 200, 200)
    assert web._process.returncode == 0


@pytest.mark.prove
async def test_it_drains_for_as_long_as_it_is_told_and_a_second_order_ends_it(begin):
    web = begin(APP_DRAIN_TIME="60")
    await wait_for(lambda: _is(web, "/health/lb", 200))

    web._process.send_signal(signal.SIGTERM)
    await wait_for(lambda: _is(web, "/health/lb", 503))
    still = await get(web, "/health/live")
    web._process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(web._process.wait, 60)

    assert still.status_code == 200
    assert web._process.returncode == 0


@pytest.mark.prove
async def test_every_one_of_several_processes_drains(begin):
    web = begin(workers=2, APP_DRAIN_TIME="1")
    await wait_for(lambda: _is(web, "/health/lb", 200))
    processes = server_processes(web.pid)

    web._process.send_signal(signal.SIGTERM)
    await wait_for(lambda: _is(web, "/health/lb", 503))
    answers = await asyncio.gather(*(get(web, "/health/lb") for _ in range(8)))
    await asyncio.to_thread(web._process.wait, 15)

    assert len(processes) == 2
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert web._process.returncode == 0


async def _is(web, path, status):
    return (await get(web, path)).status_code == status
