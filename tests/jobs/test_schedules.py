"""Periodic tasks: once for all workers, each run whole or not at all."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.jobs import schedules
from app.jobs.errors import TookTooLong
from app.jobs.jobs import KEPT, purge_log
from app.jobs.schedules import Periodic, Schedule, run_if_due
from tests.jobs.conftest import eventually, mark

OFTEN = timedelta(milliseconds=50)
HOUR = timedelta(hours=1)


@pytest.fixture
def row(sessions, name):
    """The task's row in `periodic_runs`."""

    async def read():
        async with sessions() as session:
            question = text("SELECT * FROM periodic_runs WHERE name = :name")
            return (await session.execute(question, {"name": name})).one_or_none()

    return read


@pytest.fixture
def make_due(sessions, name):
    async def past():
        async with sessions.begin() as session:
            await session.execute(text("UPDATE periodic_runs SET due_at = now() WHERE name = :name"), {"name": name})

    return past


async def test_among_workers_each_run_is_run_by_one(working, schedule, name, row):
    ends, most_at_once = [], 0
    running = set()

    @schedule.periodic(name, every=OFTEN)
    async def sweep(session, /, *, now):
        nonlocal most_at_once
        running.add(session)
        most_at_once = max(most_at_once, len(running))
        await session.execute(text("SELECT"))
        running.remove(session)
        ends.append(now)

    async def ten():
        return len(ends) >= 10

    async with AsyncExitStack() as workers:
        for _ in range(3):
            await workers.enter_async_context(working())
        await eventually(ten)

    assert most_at_once == 1
    assert (await row()).runs >= len(ends)


async def test_of_those_who_come_at_once_one_runs(sessions, name, row, make_due):
    runs = []

    async def sweep(session, /, *, now):
        runs.append(now)

    periodic = Periodic(name=name, every=HOUR, run=sweep)
    for _ in range(5):
        await asyncio.gather(*(run_if_due(periodic, sessions) for _ in range(6)))
        await make_due()

    assert (len(runs), (await row()).runs) == (5, 5)


async def test_a_run_is_committed_and_noted(sessions, marks, marked, name, row):
    async def sweep(session, /, *, now):
        await mark(session, name)

    due_in = await run_if_due(Periodic(name=name, every=HOUR, run=sweep), sessions)
    kept = await row()

    assert timedelta(minutes=59) < due_in <= HOUR
    assert await marked() == 1
    assert kept.due_at == kept.last_started_at + HOUR
    assert kept.last_started_at <= kept.last_succeeded_at
    assert (kept.runs, kept.last_error_code) == (1, None)


async def test_a_task_that_is_not_due_does_not_run(sessions, name, row):
    runs = []

    async def sweep(session, /, *, now):
        runs.append(now)

    periodic = Periodic(name=name, every=HOUR, run=sweep)
    await run_if_due(periodic, sessions)
    due_in = await run_if_due(periodic, sessions)

    assert len(runs) == 1
    assert timedelta(minutes=59) < due_in <= HOUR


async def test_a_failed_run_leaves_its_code_and_nothing_else_and_comes_again_soon(
    sessions, marks, marked, name, row, make_due
):
    failing = True

    async def sweep(session, /, *, now):
        await mark(session, name)
        if failing:
            raise ConnectionError("no luck")

    periodic = Periodic(name=name, every=HOUR, run=sweep)
    with pytest.raises(ConnectionError):
        await run_if_due(periodic, sessions)
    failed, left = await row(), await marked()
    failing = False
    await make_due()
    await run_if_due(periodic, sessions)
    mended = await row()

    assert (failed.last_error_code, failed.last_succeeded_at, left) == ("connection_error", None, 0)
    assert failed.due_at - failed.last_started_at == schedules.AGAIN
    assert (mended.last_error_code, mended.runs, await marked()) == (None, 2, 1)


async def test_a_run_that_takes_longer_than_its_interval_is_not_joined_by_another(sessions, name, row, make_due):
    begun, go_on = asyncio.Event(), asyncio.Event()
    runs = []

    async def sweep(session, /, *, now):
        runs.append(now)
        begun.set()
        await go_on.wait()

    periodic = Periodic(name=name, every=timedelta(seconds=1), run=sweep)
    first = asyncio.create_task(run_if_due(periodic, sessions))
    await begun.wait()
    await make_due()
    due_in = await run_if_due(periodic, sessions)
    go_on.set()
    await first

    assert (len(runs), due_in) == (1, timedelta(seconds=1))
    assert (await row()).runs == 1


async def test_a_run_that_hangs_is_given_up(sessions, name, row, monkeypatch):
    async def hang(session, /, *, now):
        await asyncio.Event().wait()

    monkeypatch.setattr(schedules, "LONGEST_RUN", timedelta(milliseconds=20))
    with pytest.raises(TookTooLong):
        await run_if_due(Periodic(name=name, every=HOUR, run=hang), sessions)

    assert (await row()).last_error_code == "took_too_long"


@pytest.mark.parametrize(("taken", "every"), [("room.verb", HOUR), ("nodots", HOUR), ("room.other", timedelta(0))])
def test_a_task_needs_a_name_of_its_own_and_an_interval(taken, every):
    schedule = Schedule()

    @schedule.periodic("room.verb", every=HOUR)
    async def sweep(session, /, *, now):
        """Do nothing."""

    with pytest.raises(ValueError, match="taken"):
        schedule.periodic(taken, every=every)


async def test_what_the_queue_logged_long_ago_is_forgotten_except_of_jobs_that_are_still_here(sessions, name):
    now = datetime.now(UTC)
    line = text("INSERT INTO pgqueuer_log (created, job_id, status, priority, entrypoint)"
                " VALUES (:created, :job, 'failed', 0, :name)")  # fmt: skip
    held = text("INSERT INTO pgqueuer (priority, entrypoint, status) VALUES (0, :name, 'failed') RETURNING id")
    async with sessions.begin() as session:
        job = await session.scalar(held, {"name": name})
        for created, number in [(now - 2 * KEPT, job), (now - 2 * KEPT, -1), (now, -2)]:
            await session.execute(line, {"created": created, "job": number, "name": name})
        await purge_log(session, now=now)
        left = await session.scalars(
            text("SELECT job_id FROM pgqueuer_log WHERE entrypoint = :name ORDER BY id"), {"name": name}
        )

    assert left.all() == [job, -2]
