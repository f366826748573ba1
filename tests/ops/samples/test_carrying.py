"""What a process counts gets to the database: all of it, once, whatever happens in between."""

import asyncio
import random
from datetime import timedelta

import pytest

from app.core.signals import Answered
from app.ops.samples.service import as_text, spells, tallies, totals
from tests.ops.samples.conftest import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def counted(sessions):
    """Return how often each key of a kind was counted by all processes."""

    async def count(kind="requests", since=NOW - timedelta(days=1)):
        async with sessions() as session:
            return {
                key: (tally.count, tally.failed) for key, tally in (await tallies(session, kind, since=since)).items()
            }

    return count


async def test_what_was_counted_is_there_however_often_it_is_carried(begin, counted, read):
    process = begin()
    process.signals.requests.add(Answered("GET", "/a", 200), 5.0)
    process.signals.requests.add(Answered("GET", "/a", 500), 7.0, failed=True)
    process.signals.loop_lag.add("loop", 1.0)
    for _ in range(3):
        await process.flush()

    assert await counted() == {"GET /a 200": (1, 0), "GET /a 500": (1, 1)}
    assert await counted("loop_lag") == {"loop": (1, 0)}
    assert [tuple(row) for row in await read("SELECT total, most, seconds FROM samples WHERE key LIKE '%500'")] == [
        (7.0, 7.0, 60)
    ]


async def test_only_what_has_changed_is_written_again(begin, read):
    process = begin()
    process.signals.requests.add(Answered("GET", "/a", 200), 5.0)
    process.signals.requests.add(Answered("GET", "/b", 200), 5.0)
    await process.flush()
    before = dict(await read("SELECT key, xmin::text FROM samples"))
    process.signals.requests.add(Answered("GET", "/b", 200), 5.0)
    await process.flush()
    after = dict(await read("SELECT key, xmin::text FROM samples"))

    assert {key for key in before if before[key] != after[key]} == {"GET /b 200"}


async def test_what_came_after_a_flush_in_the_same_minute_is_added(begin, counted):
    process = begin()
    for number in range(4):
        process.signals.requests.add(Answered("GET", "/a", 200), 5.0)
        await process.flush(NOW + timedelta(seconds=10 * number))

    assert await counted() == {"GET /a 200": (4, 0)}


async def test_a_flush_that_was_rolled_back_has_carried_nothing(begin, counted, sessions):
    process = begin()
    process.request("GET /a", "SELECT a FROM t")
    for now in (NOW, NOW + MINUTE):
        async with sessions() as session:
            await process.carrier.flush(session, state={}, now=now)
            await session.rollback()
    await process.flush(NOW + 2 * MINUTE)

    assert await counted("database") == {"statements": (1, 0)}
    assert len(await counted("queries")) == 1


async def test_nothing_is_lost_while_the_database_is_away_for_most_of_an_hour(begin, counted, read):
    process = begin()
    for minute in range(55):
        process.signals.rotate(NOW + minute * MINUTE)
        process.signals.requests.add(Answered("GET", "/a", 200), 1.0)
        process.request("GET /a", "SELECT a FROM t")
    await process.flush(NOW + 55 * MINUTE)

    assert await counted() == {"GET /a 200": (55, 0)}
    assert [count for count, *_ in (await counted("queries")).values()] == [55]
    assert (await read("SELECT count(*) FROM samples WHERE kind = 'requests'"))[0][0] == 55
    assert (await read("SELECT count(*), min(seconds) FROM samples WHERE kind = 'queries'"))[0] == (12, 300)


async def test_more_than_one_statement_can_hold_is_written_in_several(begin, counted):
    process = begin()
    for minute in range(3):
        process.signals.rotate(NOW + minute * MINUTE)
        for number in range(1_500):
            process.signals.requests.add(Answered("GET", f"/{number}", 200), 1.0)
    await process.flush(NOW + 2 * MINUTE)

    assert set((await counted()).values()) == {(3, 0)}
    assert len(await counted()) == 1_500


async def test_a_process_that_begins_again_is_another_one(begin, counted, read):
    for _ in range(2):
        process = begin()
        process.signals.requests.add(Answered("GET", "/a", 200), 5.0)
        await process.flush(state={"pool": {"active": 3}})

    assert await counted() == {"GET /a 200": (2, 0)}
    assert [row[0] for row in await read("SELECT state->'pool'->>'active' FROM processes")] == ["3", "3"]


async def test_two_processes_together_have_the_percentiles_of_all_that_both_measured(begin, sessions):
    chance, values = random.Random(3), []
    for mean in (2.0, 4.0):
        process = begin()
        for _ in range(5_000):
            values.append(chance.lognormvariate(mean, 1.0))
            process.recorder.ran("SELECT 1", values[-1] / 1000)
        await process.flush()
    async with sessions() as session:
        found = await tallies(session, "database", since=NOW - MINUTE)
        sums = {total.key: total for total in await totals(session, "database", since=NOW - MINUTE)}

    truth = sorted(values)
    for share in (0.5, 0.95, 0.99):
        assert found["statements"].sketch.quantile(share) == pytest.approx(truth[int(share * len(truth)) - 1], rel=0.02)
    assert sums["statements"].count == found["statements"].count == 10_000
    assert sums["statements"].total == pytest.approx(sum(values))
    assert sums["statements"].most == pytest.approx(max(values))


async def test_processes_that_carry_the_same_shapes_at_once_do_not_stop_each_other(begin, counted):
    statements = [f"SELECT a{number} FROM t" for number in range(50)]
    processes = [begin() for _ in range(2)]
    for turn in range(5):
        for process in processes:
            order = statements if process is processes[0] else statements[::-1]
            process.request("GET /a", *order)
        await asyncio.gather(*(process.flush(NOW + timedelta(seconds=turn)) for process in processes))

    assert set((await counted("queries")).values()) == {(10, 0)}


async def test_a_shape_is_kept_without_its_literals_with_who_ran_it_and_when(begin, read):
    process, other = begin(), begin()
    process.request("GET /a", "SELECT a FROM t WHERE name = 'Jane Roe'")
    await process.flush(NOW)
    other.request("POST /b", "SELECT a FROM t WHERE name = 'Richard Roe'")
    await other.flush(NOW + timedelta(hours=1))
    ((text, routes, first, last),) = await read("SELECT text, routes, first_seen_at, last_seen_at FROM query_shapes")

    assert (text, routes) == ("SELECT a FROM t WHERE name = $1", ["GET /a", "POST /b"])
    assert timedelta() <= NOW - first < timedelta(seconds=5)
    assert timedelta() <= NOW + timedelta(hours=1) - last < timedelta(seconds=5)


async def test_a_route_that_became_known_after_the_flush_is_carried_with_the_next(begin, read):
    process = begin()
    process.recorder.ran("SELECT a FROM t", 0.001)
    await process.flush()
    process.recorder.routes[next(iter(process.recorder.last))] = {"GET /late"}
    await process.flush()

    assert (await read("SELECT routes FROM query_shapes"))[0][0] == ["GET /late"]


async def test_only_the_keys_that_are_asked_for_are_put_together(begin, sessions):
    process = begin()
    for key in ("a", "b", "c"):
        process.signals.pool_wait.add(key, 1.0)
    await process.flush()
    async with sessions() as session:
        found = await tallies(session, "pool_wait", since=NOW - timedelta(minutes=5), keys=["a", "c", "d"])

    assert set(found) == {"a", "c"}


def test_no_route_is_too_long_for_the_key_of_a_sample(app):
    keys = [as_text(Answered("OPTIONS", path, 599)) for path in app.state.route_templates.values() if path]

    assert max(map(len, keys)) < 180


async def test_several_windows_are_told_as_each_would_be_alone(begin, sessions):
    process = begin()
    for minute in range(10):
        process.signals.rotate(NOW + minute * MINUTE)
        process.signals.database.add("statements", 1.0 + minute, failed=minute % 2 == 0)
    await process.flush(NOW + 9 * MINUTE)
    instants = [NOW + minute * MINUTE for minute in (5, 0, 9, 5, 20)]
    async with sessions() as session:
        together = await spells(session, "database", since=instants)
        apart = [await tallies(session, "database", since=instant) for instant in instants]

    told = [
        [{key: (tally.count, tally.failed, tally.sketch.bins) for key, tally in each.items()} for each in found]
        for found in (together, apart)
    ]
    assert told[0] == told[1]
    assert [each["statements"].count for each in together[:4]] == [5, 10, 1, 5]
    assert together[4] == {}
