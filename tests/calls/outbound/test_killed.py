"""Workers killed at every point of a call: none is lost, and everybody is called once."""

import asyncio
import signal
from collections import Counter
from contextlib import asynccontextmanager
from multiprocessing import get_context
from uuid import uuid4

import pytest

from tests.bookings.conftest import phone
from tests.calls.outbound.calling_worker import POINTS, work
from tests.jobs.conftest import eventually
from tests.jobs.sending_worker import Doom

CALLS = 12


@pytest.fixture
async def name():
    """A kind of job that no other test's worker does."""
    return f"drill.n{uuid4().hex}"


@pytest.fixture
def worker(configured, name):
    """A worker for the length of a block, doomed or not: `async with worker(doom) as process`."""
    processes = get_context("forkserver")
    processes.set_forkserver_preload(["tests.calls.outbound.calling_worker"])  # or each would import it for a second

    @asynccontextmanager
    async def run(doom):
        process = processes.Process(target=work, args=(configured, name, doom), daemon=True)
        await asyncio.to_thread(process.start)
        try:
            yield process
        finally:
            process.kill()
            await asyncio.to_thread(process.join)

    return run


@pytest.mark.prove
@pytest.mark.timeout(180)
@pytest.mark.parametrize("point", POINTS)
async def test_whatever_a_worker_is_killed_at_everybody_is_called_once(board, outside, sql, worker, name, point):
    outside.organisation.concurrency = 1_000
    calls = [await board.order(phone(number)) for number in range(CALLS)]
    ours = {"name": name, "about": f"%{board.client_id}%"}
    mine = "UPDATE pgqueuer SET entrypoint = :name WHERE entrypoint = 'calls.place' AND convert_from(payload, 'utf8')"

    async def take_over():
        await sql(f"{mine} LIKE :about", **ours)

    await take_over()
    for number in (1, 2, 3):
        async with worker(Doom(point, number)) as process:
            await asyncio.to_thread(process.join)
            assert process.exitcode == -signal.SIGKILL

    async def none_left():
        await take_over()  # what is queued anew is left under the usual name
        left = "SELECT id FROM pgqueuer WHERE entrypoint IN (:name, 'calls.place') AND convert_from(payload, 'utf8')"
        return not await sql(f"{left} LIKE :about", **ours)

    async with worker(Doom()):
        await eventually(none_left)

    outside.settle()
    rows = [await board.row(call) for call in calls]
    assert Counter(call["customer"]["number"] for call in outside.calls) == Counter(phone(n) for n in range(CALLS))
    assert {row.status for row in rows} == {"ringing"}
    assert sorted(row.vapi_id for row in rows) == sorted(call["id"] for call in outside.calls)
