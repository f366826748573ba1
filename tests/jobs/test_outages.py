"""The worker, when things die: workers, connections, the database."""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core import migrations
from app.core.config import Settings
from app.core.db import create_engine, create_sessions
from app.core.embedded import EmbeddedServer
from app.jobs import runner
from app.jobs.schedules import Schedule
from tests.fixtures.database import in_a_thread
from tests.jobs.conftest import HURRIED, NOW, PATIENCE, Happened, eventually, mark, soon

ROOT = Path(__file__).parents[2]


async def test_the_job_of_a_killed_worker_is_taken_over(
    working, subscriptions, happen, name, marked, state, database_url
):
    @subscriptions.subscribe(Happened, name)
    async def note(session, event, /, *, now):
        await mark(session, name)

    doomed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.jobs.doomed_worker", database_url, name,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."},
    )  # fmt: skip
    await happen()
    async with asyncio.timeout(PATIENCE):
        assert doomed.stdout is not None
        assert await doomed.stdout.readline() == b"working\n"
    doomed.send_signal(signal.SIGKILL)
    await doomed.wait()
    left = await state()
    async with working():
        await eventually(marked)

    assert left == "picked"
    assert (await marked(), await state()) == (1, None)


async def test_what_a_worker_does_with_a_job_that_was_taken_over_does_not_count(
    working, subscriptions, happen, name, marked, state, sessions
):
    begun, go_on = asyncio.Event(), asyncio.Event()

    @subscriptions.subscribe(Happened, name)
    async def linger(session, event, /, *, now):
        await mark(session, name)
        begun.set()
        await go_on.wait()

    async with working():
        await happen()
        await soon(begun)
        async with sessions.begin() as session:
            await session.execute(
                text("UPDATE pgqueuer SET queue_manager_id = gen_random_uuid() WHERE entrypoint = :name"),
                {"name": name},
            )
        go_on.set()

    assert (await marked(), await state()) == (0, "picked")


async def test_a_worker_that_stops_finishes_its_jobs(working, subscriptions, happen, name, marked):
    begun, go_on = asyncio.Event(), asyncio.Event()

    @subscriptions.subscribe(Happened, name)
    async def linger(session, event, /, *, now):
        begun.set()
        await go_on.wait()
        await mark(session, name)

    async with working():
        await happen()
        await soon(begun)
        asyncio.get_running_loop().call_later(0.05, go_on.set)

    assert await marked() == 1


async def test_a_worker_that_cannot_wait_gives_its_jobs_back(working, subscriptions, happen, name, state, marked):
    begun = asyncio.Event()

    @subscriptions.subscribe(Happened, name)
    async def linger(session, event, /, *, now):
        await mark(session, name)
        begun.set()
        await asyncio.Event().wait()

    async with working(replace(HURRIED, grace=timedelta(milliseconds=20))):
        await happen()
        await soon(begun)

    assert (await state(), await marked()) == ("queued", 0)


async def test_a_worker_survives_the_loss_of_all_its_connections(
    working, subscriptions, happen, name, marked, state, sessions
):
    begun = asyncio.Event()

    @subscriptions.subscribe(Happened, name)
    async def linger(session, event, /, *, now):
        await mark(session, name)
        if not begun.is_set():
            begun.set()
            await asyncio.Event().wait()

    async def done():
        return await marked() >= 2

    cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'booking-worker'"
    async with working(replace(HURRIED, grace=timedelta(milliseconds=20), heartbeat=timedelta(minutes=5))) as worker:
        await happen()
        await soon(begun)
        async with sessions.begin() as session:
            connections = await session.scalar(text(f"{cut} AND datname = current_database()"))
        await happen()
        await eventually(done)
        survived = not worker.done()

    assert connections >= 2
    assert survived
    assert (await marked(), await state()) == (2, None)


@pytest.fixture
def told(logged):
    """What the worker has logged: `told()`."""
    return lambda: [line for line in logged() if line["logger"] == runner.__name__]


@pytest.fixture
def own_server(tmp_path):
    with EmbeddedServer(tmp_path, fast=True) as server:
        in_a_thread(lambda: migrations.upgrade(server.create_database("booking")))
        yield server


async def test_a_worker_outlives_a_restart_of_the_database_and_says_so_once(own_server, subscriptions, name, told):
    done = asyncio.Event()

    @subscriptions.subscribe(Happened, name)
    async def note(session, event, /, *, now):
        done.set()

    async def happen():
        engine = create_engine(settings, role="test")
        async with create_sessions(engine).begin() as session:
            await subscriptions.emit(session, Happened(uuid4()), now=NOW)
        await engine.dispose()
        await soon(done)
        done.clear()

    async def interrupted():
        return told()

    settings = Settings(env="test", database_url=own_server.url("booking"))
    stop = asyncio.Event()
    worker = asyncio.create_task(
        runner.run_worker(settings, stop=stop, subscriptions=subscriptions, schedule=Schedule(), pace=HURRIED)
    )
    await happen()
    own_server.stop()
    await eventually(interrupted)
    await asyncio.wait({worker}, timeout=0.5)  # several attempts to come back fail
    own_server.start()
    await happen()
    stop.set()
    await asyncio.wait_for(worker, PATIENCE)

    assert [(line["level"], line["event"], line["part"]) for line in told()] == [
        ("warning", "worker_interrupted", "queue"),
        ("info", "worker_recovered", "queue"),
    ]
    assert told()[0]["code"] == "database_unavailable"
    assert "exception" not in told()[0]


async def test_a_worker_stops_at_once_while_the_database_is_away(tmp_path, subscriptions, schedule, name, told):
    @subscriptions.subscribe(Happened, name)
    async def note(session, event, /, *, now):
        """Never called."""

    @schedule.periodic(name, every=timedelta(seconds=1))
    async def sweep(session, /, *, now):
        """Never called."""

    async def both_tried():
        return len(told()) == 2

    settings = Settings(env="test", database_url=f"postgresql://nobody@/nothing?host={tmp_path}")
    stop = asyncio.Event()
    slow = replace(HURRIED, least_pause=timedelta(hours=1))  # until it would try again
    worker = asyncio.create_task(
        runner.run_worker(settings, stop=stop, subscriptions=subscriptions, schedule=schedule, pace=slow)
    )
    await eventually(both_tried)
    stop.set()
    await asyncio.wait_for(worker, PATIENCE)

    assert {line["code"] for line in told()} == {"database_unavailable"}
