"""Old minutes become hours: nothing is lost, percentiles least of all, and the oldest is forgotten."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.signals import Answered
from app.ops.samples.jobs import roll_up as job
from app.ops.samples.service import BEFORE_ALL, KEPT, MINUTES_KEPT, counts, kept_since, roll_up, tallies
from tests.ops.samples.conftest import NOW

HOUR = timedelta(hours=1)
LATER = NOW + timedelta(hours=12)


@pytest.fixture
def roll(sessions):
    """Run the periodic task at an instant."""

    async def run(now=LATER):
        async with sessions.begin() as session:
            return await roll_up(session, now=now)

    return run


@pytest.fixture
def rows(read):
    async def count(kind):
        return [tuple(row) for row in await read(
            "SELECT seconds, count(*), sum(count)::int FROM samples WHERE kind = :kind GROUP BY 1 ORDER BY 1", kind=kind
        )]  # fmt: skip

    return count


async def test_an_hour_of_all_processes_becomes_one_sample_with_the_same_percentiles(begin, roll, rows, sessions):
    chance, values = random.Random(9), []
    for _ in range(2):
        process = begin(NOW)
        for minute in range(50):
            process.signals.rotate(NOW + timedelta(minutes=minute))
            for _ in range(20):
                values.append(chance.lognormvariate(2, 1))
                process.recorder.ran("SELECT a", values[-1] / 1000, failed=values[-1] > 50)
        await process.flush(NOW + timedelta(minutes=50))
    before = await rows("queries")
    await roll()
    again = await roll()
    async with sessions() as session:
        (tally,) = (await tallies(session, "queries", since=NOW - HOUR)).values()

    assert before == [(300, 22, 2_000)]
    assert await rows("queries") == [(3600, 1, 2_000)]
    assert again == 0
    assert tally.sketch.quantile(0.95) == pytest.approx(sorted(values)[1_899], rel=0.02)
    assert tally.failed == sum(value > 50 for value in values)
    assert tally.sketch.most == pytest.approx(max(values))
    assert tally.sketch.total == pytest.approx(sum(values))


async def test_what_comes_late_is_added_to_its_hour(begin, roll, rows):
    for _ in range(2):
        process = begin()
        process.signals.pool_wait.add("GET /a", 3.0)
        await process.flush()
        await roll()

    assert await rows("pool_wait") == [(3600, 1, 2)]


async def test_minutes_stay_for_as_long_as_their_kind_is_asked_about(begin, roll, rows):
    process = begin()
    process.signals.requests.add(Answered("GET", "/a", 200), 1.0)
    process.signals.pool_wait.add("GET /a", 1.0)
    await process.flush()
    await roll(NOW + HOUR * 6)

    assert await rows("requests") == [(60, 1, 1)]
    assert await rows("pool_wait") == [(3600, 1, 1)]
    assert kept_since("requests", NOW) == (NOW - MINUTES_KEPT["requests"]).replace(minute=0)


async def test_the_hour_that_goes_on_stays_as_it_is(begin, roll, rows):
    process = begin()
    process.signals.pool_wait.add("GET /a", 1.0)
    await process.flush()
    await roll(NOW + HOUR)

    assert await rows("pool_wait") == [(300, 1, 1)]


async def test_what_nobody_asks_about_any_more_is_forgotten(begin, roll, read):
    process = begin()
    process.request("GET /a", "SELECT a FROM t")
    process.signals.requests.add(Answered("GET", "/a", 200), 1.0)
    await process.flush()
    await roll(NOW + timedelta(hours=2))
    gone = await read("SELECT (SELECT count(*) FROM processes), (SELECT count(*) FROM query_shapes)")
    await roll(NOW + KEPT + HOUR)
    left = await read("SELECT (SELECT count(*) FROM samples), (SELECT count(*) FROM query_shapes)")

    assert (tuple(gone[0]), tuple(left[0])) == ((0, 1), (0, 0))


async def test_what_was_only_counted_is_put_into_one_number_that_never_falls(begin, roll, rows, sessions, read):
    for at in (NOW, NOW + HOUR * 5):
        process = begin(at)
        process.signals.count("messages", "sms", "sent")
        await process.flush(at)
    seen = []
    for now in (NOW, NOW + HOUR * 4, NOW + HOUR * 4, NOW + HOUR * 24, NOW + KEPT * 3):
        await roll(now)
        async with sessions() as session:
            seen.append(await counts(session))

    assert seen == [{"messages sms sent": 2}] * 5
    assert [tuple(row) for row in await read("SELECT starts_at, count FROM samples")] == [(BEFORE_ALL, 2)]


async def test_the_periodic_task_rolls_up(begin, rows, sessions):
    process = begin()
    process.signals.pool_wait.add("GET /a", 1.0)
    await process.flush()
    async with sessions.begin() as session:
        await job(session, now=LATER)

    assert await rows("pool_wait") == [(3600, 1, 1)]


async def test_thousands_of_samples_leave_others_their_turn(begin, roll, sessions, rows):
    async with sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO samples SELECT 'queries', :now, 300, 'k' || n % 700, gen_random_uuid(), 1, 0, 1, 1,"
                " '\\x0000000001000000' FROM generate_series(1, 2100) AS n"
            ),
            {"now": NOW},
        )
    written = await roll()

    assert written == 700
    assert await rows("queries") == [(3600, 700, 2_100)]
