"""Workers killed at every point of a send, under load: nothing is lost, and nothing is sent twice."""

import asyncio
import os
import random
import signal
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.jobs.conftest import NOW, Happened, eventually
from tests.jobs.doomed import Doom, Workers
from tests.jobs.post_office import post_office
from tests.jobs.sending_worker import POINTS, STANDS, work

BACKLOG = 30
"""Letters that wait at any time while workers die: as many as a worker takes at once."""


@pytest.fixture
async def letters(sessions, marks, name):
    """The letters that are to be sent, in a table that a worker records in."""
    table = "CREATE TABLE scratch.letters (id uuid PRIMARY KEY, begun_at timestamptz, sent int NOT NULL DEFAULT 0)"
    async with sessions.begin() as session:
        await session.execute(text(table))
    yield
    async with sessions.begin() as session:
        await session.execute(text("DROP TABLE scratch.letters"))


@pytest.fixture
def write(sessions, subscriptions, letters, name):
    """Write letters, each with its job."""
    subscriptions.subscribe(Happened, name)(None)

    async def emit(count):
        async with sessions.begin() as session:
            for letter in [uuid4() for _ in range(count)]:
                await session.execute(text("INSERT INTO scratch.letters (id) VALUES (:id)"), {"id": letter})
                await subscriptions.emit(session, Happened(letter), now=NOW)

    return emit


@pytest.fixture
def drill(database_url, sessions, write, ask, name):
    """Kill workers while letters are written, then have one finish; return what was written, and the post office."""
    waiting = "SELECT count(*) FROM pgqueuer WHERE entrypoint = :name"

    async def keep_writing():
        while True:
            await write(max(0, BACKLOG - await ask(waiting)))
            await asyncio.sleep(0.02)

    async def none_left():
        return await ask(waiting) == 0

    async def run(dooms, *, settles, at_once):
        async with post_office() as office:
            workers = Workers(work, database_url, name, office.url, timedelta(seconds=settles))
            writer = asyncio.create_task(keep_writing())
            queue = iter(dooms)

            async def die_one_after_another():
                for doom in queue:
                    await workers.die(doom)

            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(die_one_after_another())
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            await workers.finish(none_left, eventually)
        return await recorded(sessions), office, workers.deaths

    return run


def check(written, office):
    assert {letter for letter, recorded in written.items() if recorded != 1} == set()
    assert {letter for letter, times in office.sent.items() if times != 1} == set()
    assert set(office.sent) == set(written)


async def test_whatever_workers_are_killed_at_every_letter_is_sent_once(drill):
    dooms = [Doom(point, number) for number, point in enumerate(POINTS, 2)]

    written, office, deaths = await drill(dooms, settles=1.5, at_once=len(dooms))

    check(written, office)
    assert deaths == len(POINTS)
    assert office.listed > 0


@pytest.mark.prove
@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", POINTS)
async def test_killed_25_times_at_one_point_under_load_every_letter_is_sent_once(drill, point):
    dooms = [Doom(point, random.randint(1, 60)) for _ in range(25)]

    written, office, deaths = await drill(dooms, settles=3, at_once=2)

    check(written, office)
    assert deaths == 25


@pytest.mark.prove
@pytest.mark.parametrize("point", STANDS)
async def test_a_worker_that_stood_still_while_others_took_over_sends_nothing_again(
    database_url, sessions, write, ask, name, point
):
    async def stands():
        return stat_of(frozen).rpartition(")")[2].split()[0] == "T"

    async def none_left():
        return await ask("SELECT count(*) FROM pgqueuer WHERE entrypoint = :name") == 0

    async def only_its_own_left():
        """What it has locked has to wait, or is tried in vain; the server ends its transactions after 30 s."""
        free = "SELECT id FROM pgqueuer WHERE entrypoint = :name AND attempts = 0 FOR UPDATE SKIP LOCKED"
        return await ask(f"WITH free AS ({free}) SELECT count(*) FROM free") == 0

    async with post_office() as office:
        workers = Workers(work, database_url, name, office.url, timedelta(seconds=1.5))
        async with workers.one(Doom(point, 5, signal.SIGSTOP)) as frozen:
            await write(BACKLOG)
            await eventually(stands)
            async with workers.one(Doom()):
                await eventually(only_its_own_left)
            assert frozen.pid is not None
            os.kill(frozen.pid, signal.SIGCONT)
            await write(1)  # what it did not finish comes before that
            await eventually(none_left)

    check(await recorded(sessions), office)


def stat_of(process):
    return Path(f"/proc/{process.pid}/stat").read_text()


async def recorded(sessions):
    async with sessions() as session:
        rows = await session.execute(text("SELECT id::text, sent FROM scratch.letters"))
        return {row.id: row.sent for row in rows}
