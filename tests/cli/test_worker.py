"""A worker is seen beside the web processes, and what it runs is counted."""

import asyncio
import time

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from tests.cli.processes import finish, start

PATIENCE_SECONDS = 60
SEEN = "SELECT id, pid, instance, state FROM processes WHERE role = 'worker'"
RAN = """
SELECT coalesce(sum(count), 0)::int FROM samples WHERE kind = 'queries' AND process_id = $1
"""


@pytest.fixture
def dsn(databases):
    url = databases.create()
    yield make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    databases.drop(url)


async def test_a_worker_tells_how_it_is_and_what_it_has_run_and_ends_in_good_order(dsn, tmp_path):
    worker = start("worker", directory=tmp_path, DATABASE_URL=dsn, RENDER_INSTANCE_ID="worker-1")
    connection = await asyncpg.connect(dsn)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (row := await connection.fetchrow(SEEN)) is None:
            assert time.monotonic() < deadline
            assert worker.poll() is None, finish(worker)
            await asyncio.sleep(0.05)
    finally:
        worker.terminate()
        ended = await asyncio.to_thread(finish, worker)
    ran = await connection.fetchval(RAN, row["id"])
    routes = {route for each in await connection.fetch("SELECT routes FROM query_shapes") for route in each["routes"]}
    await connection.close()

    assert ended == (0, "", "")
    assert (row["pid"], row["instance"]) == (worker.pid, "worker-1")
    assert "rss_bytes" in row["state"]
    assert ran > 0
    assert "PERIODIC jobs.purge_answers" in routes
