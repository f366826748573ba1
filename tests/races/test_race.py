"""Forty callers, thirty staff, two server processes: nobody gets the same person at the same time."""

import asyncpg
import pytest

from tests.races.processes import Database
from tests.races.scene import a_seed, plans, scene, summary, tell
from tests.races.wire import Caller

ATTEMPTS, USUAL = 1200, 400


async def race(url, directory, *, seed, attempts=ATTEMPTS, days=2, **servers):
    """Run the race on a database and return how it ended."""
    async with scene(url, directory, **servers) as arranged:
        await arranged.race(plans(arranged.practice, seed, attempts=attempts, days=days))
        await replay(arranged)
        tell(summary(arranged.ledger))
        return await arranged.outcome()


async def replay(arranged):
    """Send some requests again that were accepted with a key: the answer is the first one, byte for byte."""
    caller = Caller(arranged.servers[-1].port)
    for done in [each for each in arranged.ledger.accepted if each.keyed][:50]:
        again = await caller.send(done.raw)
        assert (again.status, again.body, again.replayed) == (done.answer.status, done.answer.body, True)
    caller.close()


def check(outcome, *, attempts=ATTEMPTS):
    assert outcome.flaws == {}
    assert outcome.unexpected == {}
    assert outcome.deadlocks == 0
    assert outcome.ledger.attempts == attempts
    assert len(outcome.ledger.accepted) > attempts / 3


async def test_in_a_race_nobody_gets_the_same_person_at_the_same_time(databases, tmp_path):
    url = databases.create()
    check(await race(url, tmp_path, seed=a_seed(), attempts=USUAL, days=1), attempts=USUAL)
    databases.drop(url)


@pytest.mark.prove
@pytest.mark.parametrize("workers", [1, 2])
async def test_in_a_long_race_on_a_durable_server_nobody_gets_the_same_person_at_the_same_time(tmp_path, workers):
    """Long enough for holds to run out in it; the servers are two, or one with two processes."""
    with Database(tmp_path) as database:
        servers = {"servers": 2 // workers, "workers": workers}
        check(
            await race(database.url, tmp_path, seed=a_seed(), attempts=8 * ATTEMPTS, days=10, **servers),
            attempts=8 * ATTEMPTS,
        )

        assert "deadlock detected" not in database.said


@pytest.mark.prove
async def test_the_locks_alone_keep_bookings_apart(databases, tmp_path):
    """The constraint is the last word, and never needed: a booking that only it refuses has read too early."""
    url = databases.create()
    await drop_constraint(url)
    check(await race(url, tmp_path, seed=a_seed()))
    databases.drop(url)


async def drop_constraint(url):
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute("ALTER TABLE claims DROP CONSTRAINT claims_no_overlap")
    await connection.close()
