"""Workers killed at every point of a call: none is lost, and everybody is called once."""

from collections import Counter
from uuid import uuid4

import pytest

from tests.bookings.conftest import phone
from tests.calls.outbound.calling_worker import work
from tests.jobs.conftest import eventually
from tests.jobs.doomed import POINTS, Doom, Workers

CALLS = 12


@pytest.fixture
async def name():
    """A kind of job that no other test's worker does."""
    return f"drill.n{uuid4().hex}"


@pytest.mark.prove
@pytest.mark.timeout(180)
@pytest.mark.parametrize("point", POINTS)
async def test_whatever_a_worker_is_killed_at_everybody_is_called_once(board, outside, sql, configured, name, point):
    outside.organisation.concurrency = 1_000
    calls = [await board.order(phone(number)) for number in range(CALLS)]
    ours = {"name": name, "about": f"%{board.client_id}%"}
    mine = "UPDATE pgqueuer SET entrypoint = :name WHERE entrypoint = 'calls.place' AND convert_from(payload, 'utf8')"

    async def take_over():
        await sql(f"{mine} LIKE :about", **ours)

    await take_over()
    workers = Workers(work, configured, name)
    for number in (1, 2, 3):
        await workers.die(Doom(point, number))

    async def none_left():
        await take_over()  # what is queued anew is left under the usual name
        left = "SELECT id FROM pgqueuer WHERE entrypoint IN (:name, 'calls.place') AND convert_from(payload, 'utf8')"
        return not await sql(f"{left} LIKE :about", **ours)

    await workers.finish(none_left, eventually)
    outside.settle()
    rows = [await board.row(call) for call in calls]
    assert Counter(call["customer"]["number"] for call in outside.calls) == Counter(phone(n) for n in range(CALLS))
    assert {row.status for row in rows} == {"ringing"}
    assert sorted(row.vapi_id for row in rows) == sorted(call["id"] for call in outside.calls)
