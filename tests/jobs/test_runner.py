"""The worker, running: every job once, in order to its end or to a human."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import text

from app.core.db import settings_of
from app.jobs.rules import Retries
from tests.jobs.conftest import HURRIED, NOW, PATIENCE, Happened, eventually, mark, soon


async def test_a_job_gets_its_event_and_a_session_whose_work_is_committed(
    working, subscriptions, happen, name, marked, state
):
    got = []

    @subscriptions.subscribe(Happened, name)
    async def note(session, event, /, *, now):
        await mark(session, name)
        got.append((event, now))

    async with working():
        await happen()
        await eventually(marked)

    [(event, now)] = got
    assert isinstance(event.id, UUID)
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=PATIENCE)
    assert (await marked(), await state()) == (1, None)


async def test_a_job_starts_as_soon_as_its_event_is_committed(working, subscriptions, happen, name):
    loop, started = asyncio.get_running_loop(), asyncio.Queue[float]()

    @subscriptions.subscribe(Happened, name)
    async def note(session, event, /, *, now):
        started.put_nowait(loop.time())

    delays = []
    patient = replace(HURRIED, poll=timedelta(minutes=1))
    async with working(patient):
        for _ in range(5):
            await happen()
            committed = loop.time()
            delays.append(await asyncio.wait_for(started.get(), PATIENCE) - committed)

    assert min(delays) < 1  # tests share a busy machine; a worker that only polled would take a minute


async def test_a_job_that_may_take_longer_is_not_given_up(
    working, subscriptions, happen, name, state, marked, settings
):
    known = []

    @subscriptions.subscribe(Happened, name, limit=timedelta(minutes=1))
    async def slow(session, event, /, *, now):
        known.append(settings_of(session))
        await asyncio.sleep(0.1)
        await mark(session, name)

    async def over():
        return await state() is None

    async with working(replace(HURRIED, job_limit=timedelta(milliseconds=50), retries=Retries(attempts=1))):
        await happen()
        await eventually(over)

    assert (await marked(), known) == (1, [settings])


async def test_two_workers_run_each_job_once(working, subscriptions, happen, name, marked, state):
    @subscriptions.subscribe(Happened, name)
    async def note(session, event, /, *, now):
        await mark(session, name)

    async def done():
        return await marked() >= 60

    async with working(), working():
        await happen(60)
        await eventually(done)

    assert (await marked(), await state()) == (60, None)


async def test_an_event_during_a_job_with_its_key_makes_another_job(
    working, subscriptions, sessions, name, marks, marked
):
    begun, go_on = asyncio.Event(), asyncio.Event()

    @subscriptions.subscribe(Happened, name, once=lambda event: str(event.id))
    async def push(session, event, /, *, now):
        begun.set()
        await go_on.wait()
        await mark(session, name)

    async def done():
        return await marked() == 2

    event = Happened(uuid4())
    async with working():
        for _ in range(2):
            async with sessions.begin() as session:
                await subscriptions.emit(session, event, now=NOW)
            await soon(begun)
        go_on.set()
        await eventually(done)


async def test_a_waiting_job_does_not_start_before_those_who_rely_on_it_have_committed(
    working, subscriptions, sessions, name, marks, marked
):
    seen = []
    facts = text("SELECT count(*) FROM scratch.marks WHERE job = :name")

    @subscriptions.subscribe(Happened, name, once=lambda event: str(event.id))
    async def push(session, event, /, *, now):
        seen.append(await session.scalar(facts, {"name": f"{name}.fact"}))
        await mark(session, name)

    async def emit_another_and_see_it_done():
        async with sessions.begin() as session:
            await subscriptions.emit(session, Happened(uuid4()), now=NOW)
        await eventually(marked)

    event = Happened(uuid4())
    async with sessions.begin() as session:
        await subscriptions.emit(session, event, now=NOW)
    async with sessions.begin() as relying:
        await subscriptions.emit(relying, event, now=NOW)
        await mark(relying, f"{name}.fact")
        async with working():
            await emit_another_and_see_it_done()  # which waited behind it
            await relying.commit()
            await eventually(lambda: is_two(marked))

    assert seen == [0, 1]


async def is_two(count):
    return await count() == 2
