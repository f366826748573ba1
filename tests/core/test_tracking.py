"""What a request's statements cost: each counted exactly once, execution apart from the wait for a connection."""

import asyncio
import secrets
import time
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from app.core.db import create_engine, create_sessions
from app.core.direct import fetch
from app.core.shapes import Shapes, shape_of
from app.core.signals import POOL_WAIT, STATEMENTS, Signals
from app.core.tracking import LOOP, Recorder, Trace, current

SLEEP = "SELECT pg_sleep($1)"
FAILS = "SELECT 1 / 0"


@pytest.fixture
def recorder():
    return Recorder(Signals())


@pytest.fixture
def role():
    """A name in `pg_stat_activity` that no other test has."""
    return f"tracked-{secrets.token_hex(4)}"


@pytest.fixture
async def engine(settings, recorder, role):
    """An engine with two connections, whose statements are taken down."""
    engine = create_engine(settings.model_copy(update={"db_pool_max": 2}), role=role, recorder=recorder)
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(engine):
    return create_sessions(engine)


@pytest.fixture
def trace():
    """The trace of a request that runs."""
    token = current.set(Trace())
    yield current.get()
    current.reset(token)


@pytest.fixture
def counted(recorder):
    """Return how often a statement was counted, and how often as failed."""

    def count(statement):
        tally = recorder.signals.queries.since_start().get(shape_of(statement)[0])
        return (tally.count, tally.failed) if tally else (0, 0)

    return count


def total(recorder, key):
    tally = recorder.signals.database.since_start().get(key)
    return (tally.count, tally.failed) if tally else (0, 0)


async def test_every_statement_is_counted_exactly_once_whichever_way_it_goes(sessions, recorder, counted, trace):
    async with sessions() as session:
        await fetch(session, "SELECT current_user")
        await fetch(session, "SELECT now()")
        await session.execute(text("SELECT pg_backend_pid()"))
        await session.execute(text("CREATE TEMPORARY TABLE counted (a int) ON COMMIT DROP"))
        await session.execute(text("INSERT INTO counted VALUES (:a)"), [{"a": 1}, {"a": 2}, {"a": 3}])
        await session.commit()
        await session.execute(text("SELECT version()"))

    expected = {
        "SELECT current_user": (1, 0),
        "SELECT now()": (1, 0),
        "SELECT pg_backend_pid()": (1, 0),
        "SELECT version()": (1, 0),
        "INSERT INTO counted VALUES ($1::INTEGER)": (1, 0),
    }
    assert {statement: counted(statement) for statement in expected} == expected
    assert total(recorder, STATEMENTS) == (6, 0)
    assert (trace.queries, trace.pool_waits, total(recorder, POOL_WAIT)) == (6, 2, (2, 0))


@pytest.mark.parametrize("begun", [True, False], ids=["later", "first"])
@pytest.mark.parametrize("straight", [True, False], ids=["driver", "sqlalchemy"])
async def test_statements_that_fail_are_counted_as_failed(sessions, counted, straight, begun):
    async with sessions() as session:
        if begun:
            await fetch(session, "SELECT 1")
        with pytest.raises(DBAPIError):
            await (fetch(session, FAILS) if straight else session.execute(text(FAILS)))

    assert counted(FAILS) == (1, 1)


@pytest.mark.parametrize("begun", [True, False], ids=["later", "first"])
@pytest.mark.parametrize("straight", [True, False], ids=["driver", "sqlalchemy"])
async def test_a_cancelled_statement_is_counted_with_the_time_that_it_took(
    role, sessions, recorder, counted, sql, straight, begun
):
    async def run():
        async with sessions() as session:
            if begun:
                await fetch(session, "SELECT 1")
            await (fetch(session, SLEEP, 30) if straight else session.execute(text("SELECT pg_sleep(30)")))

    task = asyncio.create_task(run())
    running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND application_name = :name"
    async with asyncio.timeout(30):
        while not (await sql(running, name=f"booking-{role}"))[0][0]:
            pass
    task.cancel()
    with pytest.raises((asyncio.CancelledError, DBAPIError)):  # the driver's way ends the connection at once
        await task

    assert counted(SLEEP) == (1, 1)
    assert recorder.signals.queries.since_start()[shape_of(SLEEP)[0]].sketch.most > 0


async def test_the_wait_for_a_connection_is_apart_from_execution(engine, sessions, recorder, sql):
    async with sessions() as one, sessions() as other:
        await fetch(one, "SELECT 1")
        await fetch(other, "SELECT 1")
        current.set(waiting := Trace())

        async def wait():
            async with sessions() as late:
                await fetch(late, "SELECT version()")

        began = time.perf_counter()
        task = asyncio.create_task(wait())
        current.set(None)
        async with asyncio.timeout(30):
            while engine.sync_engine.pool.waiting == 0:  # noqa: ASYNC110
                await asyncio.sleep(0)
        full = engine.sync_engine.pool.figures()
        await fetch(one, SLEEP, 0.05)
        await one.rollback()
        await task
        took = (time.perf_counter() - began) * 1000

    waiting.route = "GET /late"
    recorder.finished(waiting)
    executed = recorder.signals.queries.since_start()[shape_of("SELECT version()")[0]].sketch.most
    waited = recorder.signals.pool_wait.since_start()["GET /late"].sketch.most
    assert (full["active"], full["idle"], full["max"], full["waiting"], full["utilization"]) == (2, 0, 2, 1, 100.0)
    assert waited == waiting.pool_wait_ms >= 50
    assert 0 < executed == waiting.query_ms
    assert executed + waited <= took  # no moment counts as both
    assert engine.sync_engine.pool.figures()["waiting"] == 0


async def test_a_wait_in_vain_is_a_timeout_and_a_failed_wait_of_its_route(engine, sessions, recorder, trace):
    engine.sync_engine.pool._timeout = 0.1
    async with sessions() as one, sessions() as other, sessions() as late:
        await fetch(one, "SELECT 1")
        await fetch(other, "SELECT 1")
        with pytest.raises(PoolTimeout):
            await fetch(late, "SELECT 1")

    trace.route = "GET /late"
    recorder.finished(trace)
    tally = recorder.signals.pool_wait.since_start()["GET /late"]
    assert (engine.sync_engine.pool.timeouts, total(recorder, POOL_WAIT)) == (1, (3, 1))
    assert (tally.count, tally.failed) == (1, 1)
    assert tally.sketch.most >= 90


async def test_a_connection_that_cannot_be_opened_is_no_timeout_of_the_pool(settings, recorder, tmp_path):
    url = f"postgresql+asyncpg://nobody@/nowhere?host={tmp_path}"
    engine = create_engine(settings.model_copy(update={"database_url": url}), role="tracked", recorder=recorder)
    pool: Any = engine.sync_engine.pool
    with pytest.raises(OSError, match="No such file"):
        async with engine.connect():
            pass
    await engine.dispose()

    assert (pool.timeouts, total(recorder, POOL_WAIT)) == (0, (1, 1))


async def test_a_new_pool_goes_on_counting(engine, sessions, recorder):
    engine.sync_engine.pool.timeouts = 3
    await engine.dispose()
    async with sessions() as session:
        await fetch(session, "SELECT 1")

    assert (engine.sync_engine.pool.timeouts, total(recorder, POOL_WAIT)) == (3, (1, 0))


def test_an_unused_pool_has_nothing_in_use_and_its_whole_size_to_give(engine):
    assert engine.sync_engine.pool.figures() == {
        "active": 0, "idle": 0, "max": 2, "waiting": 0, "timeouts": 0, "utilization": 0.0
    }  # fmt: skip


def test_the_pool_of_sqlalchemy_still_has_what_is_read_of_it(engine):
    pool = engine.sync_engine.pool

    assert isinstance(pool, QueuePool)
    assert (pool.size(), pool._max_overflow, pool.overflow()) == (2, 0, -2)
    assert type(pool).connect is not QueuePool.connect


@pytest.fixture
def serving(app, recorder, monkeypatch):
    """Return what the application's own recorder has counted."""
    return app.state.process.recorder


async def test_a_statement_is_of_the_route_with_the_prefixes_of_its_routers(serving, http, make_bookable):
    place = await make_bookable()
    await http.get(f"/api/services/{place.service_id}", headers=place.headers)

    routes = set().union(*serving.routes.values())
    assert "GET /api/services/{service_id}" in routes
    assert serving.signals.pool_wait.since_start()["GET /api/services/{service_id}"].count >= 1


def request_of(recorder, route, statements):
    trace = Trace()
    token = current.set(trace)
    for statement in statements:
        recorder.ran(statement, 0.001)
    current.reset(token)
    trace.route = route
    recorder.finished(trace)


def test_a_shape_that_one_request_runs_again_and_again_is_a_loop(recorder):
    for times in (LOOP, LOOP + 5, LOOP - 1):
        request_of(recorder, "GET /a", [f"SELECT x FROM t WHERE id = {number}" for number in range(times)])
    request_of(recorder, "GET /b", [f"SELECT x{number} FROM t" for number in range(LOOP)])

    shape = shape_of("SELECT x FROM t WHERE id = 1")[0]
    loops = recorder.signals.loops.since_start()
    assert recorder.loops == {("GET /a", shape): 2}
    assert {key: (tally.count, tally.sketch.most) for key, tally in loops.items()} == {f"{shape} GET /a": (2, LOOP + 5)}


def test_a_statement_outside_of_any_request_is_counted_all_the_same(recorder):
    recorder.ran("SELECT 1", 0.002)
    recorder.waited(0.001)

    assert total(recorder, STATEMENTS) == (1, 0)
    assert recorder.signals.pool_wait.since_start()[""].count == 1


def test_a_request_without_a_route_has_none_to_remember(recorder):
    request_of(recorder, None, ["SELECT 1"] * LOOP)

    assert (recorder.routes, recorder.loops) == ({}, {})


def test_what_ends_after_its_request_was_given_up_is_still_of_its_route(recorder):
    current.set(trace := Trace())
    trace.route = "POST /slow"
    recorder.finished(trace)
    recorder.ran("SELECT 1", 5, failed=True)
    current.set(None)

    assert recorder.routes == {shape_of("SELECT 1")[0]: {"POST /slow"}}


def test_shapes_beyond_the_most_still_count_among_all_statements():
    recorder = Recorder(Signals(), Shapes(most=1))
    current.set(trace := Trace())
    recorder.ran("SELECT a", 0.001)
    recorder.ran("SELECT b", 0.001)
    current.set(None)

    assert (total(recorder, STATEMENTS), trace.queries, recorder.shapes.dropped) == ((2, 0), 2, 1)
