"""Asking for connections, and sessions to be asked about."""

import asyncio
import secrets

import asyncpg
import pytest


@pytest.fixture
async def look(http, operator):
    """Return the connections as the service tells them."""

    async def read(**query):
        answer = await http.get("/api/database/connection-limit", params=query, headers=operator)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read


@pytest.fixture
async def connect(database_url):
    """Open connections to the tests' database under any name: `await connect("booking-web")`."""
    opened = []

    async def open_one(name, **options):
        url = database_url.replace("+asyncpg", "")
        connection = await asyncpg.connect(url, server_settings={"application_name": name}, **options)
        opened.append(connection)
        return connection

    yield open_one
    for connection in opened:
        connection.terminate()


@pytest.fixture
async def row():
    """The number of an advisory lock of this test's own."""
    return secrets.randbelow(2**31)


@pytest.fixture
async def blocked(connect, row):
    """A session that waits for another's lock: returns both, and the task of the one that waits."""
    holder, waiter = await connect("booking-web"), await connect("booking-web")
    holding = holder.transaction()
    await holding.start()
    await holder.execute(f"SELECT pg_advisory_xact_lock({row})")
    task = asyncio.create_task(waiter.execute(f"SELECT pg_advisory_xact_lock({row}), 'a secret'"))
    async with asyncio.timeout(30):
        while not await holder.fetchval("SELECT cardinality(pg_blocking_pids($1))", waiter.get_server_pid()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    yield holder, waiter, task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
