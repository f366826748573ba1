"""A store that is away when somebody is erased: the erasure is neither lost nor left to a person."""

import asyncio
from pathlib import Path

import pytest

from app.core.clock import utcnow
from app.core.db import create_engine, create_sessions
from app.core.ids import new_id
from app.customers.events import CustomerForgotten
from app.jobs.outbox import emit
from app.jobs.runner import run_worker
from app.jobs.schedules import Schedule
from app.ops.backups.restores.jobs import AGAIN
from app.ops.backups.rules.names import erasure_key
from app.ops.backups.service.snapshots import connected
from tests.jobs.conftest import HURRIED, PATIENCE

WAITING = """
SELECT execute_after - now() AS due FROM pgqueuer
WHERE status = 'queued' AND entrypoint = 'backups.remember_erasure_later' AND execute_after > now() + interval '1 min'
"""


@pytest.fixture
def erasure():
    return CustomerForgotten(new_id(), new_id(), utcnow())


async def working_until(context, condition):
    """Have a worker work until something holds, and return that."""
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(context.settings, stop=stop, schedule=Schedule(), pace=HURRIED))
    async with asyncio.timeout(PATIENCE):
        while not (found := await condition()):  # noqa: ASYNC110 - neither the queue nor the store raises an event
            await asyncio.sleep(0.02)
    stop.set()
    await worker
    return found


async def test_an_erasure_waits_for_a_store_that_is_away_however_long(make_context, own_url, tmp_path, erasure):
    context = make_context(database_url=own_url)
    away = Path(context.settings.backup_url)
    away.write_text("a file where the folder should be")
    engine = create_engine(context.settings, role="command")
    async with create_sessions(engine).begin() as session:
        await emit(session, erasure, now=utcnow())
    await engine.dispose()

    async with connected(own_url) as connection:
        for _ in range(7):  # more often than any job is tried
            due = await working_until(context, lambda: connection.fetchval(WAITING))
            assert AGAIN.total_seconds() - 60 < due.total_seconds() <= AGAIN.total_seconds()
            await connection.execute("UPDATE pgqueuer SET execute_after = now()")
        away.unlink()
        [key] = await working_until(context, lambda: asyncio.to_thread(context.store.list, "erasures/"))
        left = await connection.fetchval("SELECT count(*) FROM pgqueuer")

    assert key == erasure_key(erasure.at, erasure.customer_id)
    assert left == 0
