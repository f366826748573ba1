"""Processes killed in the middle of a race: what was answered stands, nothing is half-written, a retry books once."""

import asyncio

import pytest

from tests.races.callers import Patience
from tests.races.processes import Database
from tests.races.scene import a_seed, plans, scene, summary, tell


async def survive(directory, kills, *, attempts, fast, days=2, **servers):
    """Race while killing: `kills` are coroutine functions, run one after the other at even distances.

    A caller sends again, with the same key, what was lost or answered 503.
    """
    with Database(directory, fast=fast) as database:
        async with scene(database.url, directory, **servers) as arranged:
            patience = Patience()
            planned = plans(arranged.practice, a_seed(), attempts=attempts, days=days)
            async with asyncio.TaskGroup() as group:
                group.create_task(arranged.race(planned, send=patience, all_keyed=True))
                for number, kill in enumerate(kills, 1):
                    await arranged.ledger.milestone(attempts * number // (len(kills) + 1)).wait()
                    await kill(arranged, database)
            tell(f"{summary(arranged.ledger)}; {patience}")
            return await arranged.outcome(), patience


async def kill_a_server(arranged, _database):
    victim = arranged.servers[0]
    victim.kill()
    await asyncio.sleep(0.1)  # callers find nobody there
    victim.start()
    await asyncio.to_thread(victim.wait_until_ready)


async def kill_a_worker(arranged, _database):
    arranged.servers[0].kill_worker()


async def kill_the_database(_arranged, database):
    database.kill()
    await asyncio.sleep(0.3)  # callers are told so
    database.start_again()


def check(outcome, patience, *, attempts):
    assert outcome.flaws == {}
    assert outcome.unexpected == {}
    assert outcome.ledger.attempts == attempts
    assert patience.lost + patience.unavailable > 0


async def test_a_race_survives_the_death_of_a_server_and_of_the_database(tmp_path):
    kills = [kill_a_server, kill_the_database]
    outcome, patience = await survive(tmp_path, kills, attempts=120, fast=True)

    check(outcome, patience, attempts=120)


@pytest.mark.prove
async def test_a_long_race_survives_many_deaths_of_servers(tmp_path):
    outcome, patience = await survive(tmp_path, [kill_a_server] * 5, attempts=2400, days=4, fast=False)

    check(outcome, patience, attempts=2400)


@pytest.mark.prove
async def test_a_long_race_survives_many_deaths_of_the_database(tmp_path):
    outcome, patience = await survive(tmp_path, [kill_the_database] * 5, attempts=2400, days=4, fast=False)

    check(outcome, patience, attempts=2400)


@pytest.mark.prove
async def test_a_supervisor_replaces_the_workers_that_die(tmp_path):
    outcome, patience = await survive(
        tmp_path, [kill_a_worker] * 3, attempts=2400, days=4, fast=False, servers=1, workers=2
    )

    check(outcome, patience, attempts=2400)
