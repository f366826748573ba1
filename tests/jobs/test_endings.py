"""How attempts end: tried again, later where the job says so, and held for a person when it is over."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text

from app.jobs.errors import PermanentFailure, TryLater
from app.jobs.rules import Retries
from tests.jobs.conftest import HURRIED, Happened, eventually, mark, soon


@pytest.fixture
def held(state):
    async def ended():
        return await state() == "failed"

    return ended


async def test_a_failing_job_is_tried_again_ever_later_and_then_held(
    working, subscriptions, happen, name, held, marked, ask
):
    tried = []

    @subscriptions.subscribe(Happened, name)
    async def fail(session, event, /, *, now):
        await mark(session, name)
        tried.append(now)
        raise ConnectionError("no luck")

    async with working():
        await happen()
        await eventually(held)

    assert len(tried) == HURRIED.retries.attempts
    assert tried[1] - tried[0] >= timedelta(milliseconds=20)
    assert tried[2] - tried[1] >= timedelta(milliseconds=80)
    assert await ask("SELECT attempts FROM pgqueuer WHERE entrypoint = :name") == HURRIED.retries.attempts
    assert await marked() == 0


async def test_a_permanent_failure_is_held_at_once(working, subscriptions, happen, name, held):
    tried = []

    @subscriptions.subscribe(Happened, name)
    async def fail(session, event, /, *, now):
        tried.append(now)
        raise PermanentFailure("the number does not exist")

    async with working():
        await happen()
        await eventually(held)

    assert len(tried) == 1


async def test_a_job_that_says_how_long_to_wait_is_tried_then_and_keeps_its_attempts(
    working, subscriptions, happen, name, ask, state
):
    tried, wait = [], timedelta(milliseconds=50)

    @subscriptions.subscribe(Happened, name)
    async def ask_for_time(session, event, /, *, now):
        tried.append(now)
        if len(tried) <= HURRIED.retries.attempts + 1:
            raise TryLater(after=wait)

    async def over():
        return await state() is None

    async with working():
        await happen()
        await eventually(over)

    assert len(tried) == HURRIED.retries.attempts + 2
    assert all(later - earlier >= wait for earlier, later in pairwise(tried))


@pytest.mark.parametrize(
    "asked",
    [
        timedelta(milliseconds=20),
        pytest.param(timedelta(0), marks=pytest.mark.prove),
        pytest.param(timedelta(days=-1), marks=pytest.mark.prove),
    ],
    ids=str,
)
async def test_a_job_that_asks_for_time_for_days_is_held_in_the_end(
    working, subscriptions, happen, name, sessions, held, ask, asked
):
    @subscriptions.subscribe(Happened, name)
    async def ask_for_time(session, event, /, *, now):
        await mark(session, name)
        await session.commit()
        raise TryLater(after=asked) from ConnectionError("busy")

    long_ago = text("UPDATE pgqueuer_log SET created = created - interval '4 days' WHERE entrypoint = :name")

    async def twice():
        return await ask("SELECT count(*) >= 2 FROM scratch.marks WHERE job = :name")

    async with working():
        await happen()
        await eventually(twice)
        async with sessions.begin() as session:
            await session.execute(long_ago, {"name": name})
        await eventually(held)

    told = "SELECT traceback ->> 'exception_type' FROM pgqueuer_log WHERE entrypoint = :name AND status = 'failed'"
    assert await ask(told) == "connection_error"


async def test_what_is_kept_of_a_failure_holds_nobodys_data(working, subscriptions, happen, name, held, ask, logged):
    @subscriptions.subscribe(Happened, name)
    async def fail(session, event, /, *, now):
        try:
            raise ConnectionError("no answer for +15550100")
        except ConnectionError as failure:
            raise PermanentFailure("Ada Lovelace cannot be reached") from failure

    async with working():
        await happen()
        await eventually(held)

    kept = await ask("SELECT string_agg(line::text, ' ') FROM pgqueuer_log AS line WHERE entrypoint = :name")
    told = [line for line in logged() if line["event"] == "job_held"]
    assert "connection_error" in kept
    assert "PermanentFailure < ConnectionError" in kept
    assert [line["code"] for line in told] == ["connection_error"]
    assert not [word for word in ("Ada", "Lovelace", "15550100") if word in kept + str(told)]


async def test_a_failure_of_a_job_that_was_taken_over_does_not_count(
    working, subscriptions, happen, name, state, sessions, ask
):
    begun, go_on = asyncio.Event(), asyncio.Event()

    @subscriptions.subscribe(Happened, name)
    async def linger(session, event, /, *, now):
        begun.set()
        await go_on.wait()
        raise PermanentFailure

    async with working():
        await happen()
        await soon(begun)
        async with sessions.begin() as session:
            await session.execute(
                text("UPDATE pgqueuer SET queue_manager_id = gen_random_uuid() WHERE entrypoint = :name"),
                {"name": name},
            )
        go_on.set()

    assert (await state(), await ask("SELECT attempts FROM pgqueuer WHERE entrypoint = :name")) == ("picked", 0)


async def test_an_event_that_cannot_be_read_is_held_at_once(working, subscriptions, name, sessions, held):
    @subscriptions.subscribe(Happened, name)
    async def note(session, event, /, *, now):
        await mark(session, name)

    async with working():
        async with sessions.begin() as session:
            enqueue = "INSERT INTO pgqueuer (priority, entrypoint, payload, status) VALUES (0, :name, '{}', 'queued')"
            await session.execute(text(enqueue), {"name": name})
        await eventually(held)


async def test_a_job_that_hangs_is_given_up(working, subscriptions, happen, name, held):
    @subscriptions.subscribe(Happened, name)
    async def hang(session, event, /, *, now):
        await asyncio.Event().wait()

    async with working(replace(HURRIED, job_limit=timedelta(milliseconds=50), retries=Retries(attempts=1))):
        await happen()
        await eventually(held)
