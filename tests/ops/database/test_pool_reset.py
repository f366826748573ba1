"""A new pool without a restart: who is under way finishes, who waits is served, what was forgotten is cut."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.clock import utcnow
from app.core.direct import fetch
from app.core.handlers import DatabaseUnavailable, database_problem
from app.main import create_app
from app.ops.database.service.pool import renew


@pytest.fixture
async def own(settings):
    """An application with a pool of two of its own."""
    app = create_app(settings.model_copy(update={"db_pool_max": 2}))
    yield app
    await app.state.process.stop()
    await app.state.engine.dispose()


async def server_pid(connection):
    return (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()


async def eventually(condition):
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_who_is_under_way_finishes_and_others_get_new_connections(own):
    engine = own.state.engine
    async with engine.connect() as under_way:
        before = await server_pid(under_way)
        old = engine.sync_engine.pool
        renew(engine, patience=60)
        async with engine.connect() as other:
            assert await server_pid(other) != before
        assert await server_pid(under_way) == before

    assert old is not engine.sync_engine.pool
    assert not old.out
    assert engine.sync_engine.pool.checkedout() == 0


async def test_idle_connections_of_the_old_pool_are_closed(own, sql):
    engine = own.state.engine
    async with engine.connect() as connection:
        pid = await server_pid(connection)

    renew(engine, patience=60)

    async with asyncio.timeout(30):
        while await sql("SELECT pid FROM pg_stat_activity WHERE pid = :pid", pid=pid):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_who_waits_for_a_stuck_pool_gets_a_connection_of_the_new_one(own):
    engine = own.state.engine
    stuck = [await engine.connect() for _ in range(2)]
    pool = engine.sync_engine.pool

    async def ask():
        async with engine.connect() as connection:
            return await server_pid(connection)

    waiting = [asyncio.create_task(ask()) for _ in range(5)]
    await eventually(lambda: pool.waiting == 5)
    renew(engine, patience=60)

    async with asyncio.timeout(30):
        assert len(await asyncio.gather(*waiting)) == 5
    for connection in stuck:
        await connection.close()


async def test_a_connection_that_was_forgotten_is_cut_after_its_time(own, sql):
    engine = own.state.engine
    forgotten = await engine.connect()
    pid = await server_pid(forgotten)

    renew(engine, patience=0)

    async with asyncio.timeout(30):
        while await sql("SELECT pid FROM pg_stat_activity WHERE pid = :pid", pid=pid):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await forgotten.invalidate()
    await forgotten.close()
    async with engine.connect() as connection:
        assert await server_pid(connection) != pid


async def test_while_an_old_pool_drains_there_is_no_third(own):
    engine = own.state.engine
    async with engine.connect() as under_way:
        renew(engine, patience=60)
        fresh = engine.sync_engine.pool
        renew(engine, patience=60)
        assert engine.sync_engine.pool is fresh
        assert await server_pid(under_way) > 0

    renew(engine, patience=60)

    assert engine.sync_engine.pool is not fresh


async def test_an_order_while_another_drains_is_refused(http, operator, app):
    async with app.state.engine.connect():
        first = await http.post("/api/database/pool/reset", json={"reason": "stuck since noon"}, headers=operator)
        second = await http.post("/api/database/pool/reset", json={"reason": "still stuck"}, headers=operator)

    assert first.status_code == 200, first.text
    assert (second.status_code, second.json()["code"]) == (409, "pool_draining")


async def test_an_order_renews_every_process_that_was_there(settings, http, operator, own, app, sql):
    before = {each: each.state.engine.sync_engine.pool for each in (own, app)}

    answer = await http.post("/api/database/pool/reset", json={"reason": "stuck since noon"}, headers=operator)
    at_once = app.state.engine.sync_engine.pool
    await own.state.process.read_controls(now=utcnow())
    renewed = own.state.engine.sync_engine.pool
    await own.state.process.read_controls(now=utcnow())

    assert answer.status_code == 200, answer.text
    assert answer.json()["pool"]["max"] == settings.db_pool_max
    assert at_once is not before[app]
    assert renewed is not before[own]
    assert own.state.engine.sync_engine.pool is renewed
    rows = await sql("SELECT data FROM audit_log WHERE subject_id = :id", id=answer.json()["controlId"])
    assert [row.data["reason"] for row in rows] == ["stuck since noon"]


async def test_a_process_that_began_later_does_not_renew_its_pool(http, operator, settings):
    await http.post("/api/database/pool/reset", json={"reason": "stuck since noon"}, headers=operator)
    later = create_app(settings)
    pool = later.state.engine.sync_engine.pool

    await later.state.process.read_controls(now=utcnow())

    assert later.state.engine.sync_engine.pool is pool
    await later.state.process.stop()


async def test_sessions_that_were_killed_under_the_pool_are_replaced(own):
    engine = own.state.engine
    async with engine.connect() as connection:
        pid = await server_pid(connection)
        driver = (await connection.get_raw_connection()).driver_connection
    killer = await asyncpg.connect(str(own.state.settings.database_url).replace("+asyncpg", ""))
    await killer.execute("SELECT pg_terminate_backend($1)", pid)
    await killer.close()
    await eventually(driver.is_closed)

    async with engine.connect() as connection:
        assert await server_pid(connection) != pid


async def ask_anew(engine):
    """Ask what was not prepared before."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 'anew'"))


async def test_a_session_on_which_the_driver_lost_its_way_is_replaced(own, monkeypatch):
    async def lost(*_positional, **_named):
        raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")

    engine = own.state.engine
    async with engine.connect() as connection:
        pid = await server_pid(connection)

    with monkeypatch.context() as patched:
        patched.setattr(asyncpg.Connection, "prepare", lost)
        with pytest.raises(DBAPIError) as told:
            await ask_anew(engine)

    assert isinstance(database_problem(told.value), DatabaseUnavailable)
    async with engine.connect() as connection:
        assert await server_pid(connection) != pid


async def test_a_direct_statement_on_which_the_driver_lost_its_way_is_told_and_its_session_replaced(own, monkeypatch):
    async def lost(*_positional, **_named):
        raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")

    sessions, pids = own.state.sessions, []

    async def work():
        async with sessions.begin() as session:
            pids.append((await fetch(session, "SELECT pg_backend_pid()"))[0][0])
            with monkeypatch.context() as patched:
                patched.setattr(asyncpg.Connection, "fetch", lost)
                await fetch(session, "SELECT 2")

    with pytest.raises((asyncpg.InternalClientError, DBAPIError)) as told:
        await work()

    assert isinstance(database_problem(told.value), DatabaseUnavailable)
    async with sessions() as session:
        assert (await fetch(session, "SELECT pg_backend_pid()"))[0][0] not in pids
