"""Work that is given up keeps no connection: nothing of it stays open in the database."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.patience import within
from app.main import create_app

SLEEPING = "SELECT pid FROM pg_stat_activity WHERE pid = :pid"


@pytest.fixture
async def process(settings):
    """The operational side of a process of its own."""
    process = create_app(settings).state.process
    yield process
    await process.stop()


async def server_pid(session):
    return (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()


async def gone(sql, pid):
    async with asyncio.timeout(30):
        while await sql(SLEEPING, pid=pid):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_transaction_whose_work_is_given_up_is_cut(process, sql):
    pids, stands = [], asyncio.Event()

    async def work():
        async with process.sessions.begin() as session:
            pids.append(await server_pid(session))
            try:
                await stands.wait()
            except asyncio.CancelledError:  # as one that takes leave of a frozen server
                await stands.wait()

    while not pids:  # a busy machine may not have opened a connection by then
        with pytest.raises(TimeoutError):
            await within(0.1, work())

    await gone(sql, *pids)
    stands.set()


async def test_a_connection_that_given_up_work_still_gets_is_cut_at_once(process):
    async with process.engine.connect():
        pass
    begins, found = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def work():
        try:
            await begins.wait()
        except asyncio.CancelledError:
            async with process.engine.connect() as connection:
                found.set_result((await connection.get_raw_connection()).driver_connection.is_closed())

    with pytest.raises(TimeoutError):
        await within(0.01, work())

    async with asyncio.timeout(30):
        assert await found


async def test_work_that_ends_in_time_leaves_its_connection_to_the_next(process):
    async def work():
        async with process.sessions() as session:
            return await server_pid(session)

    first = await within(5, work())
    with pytest.raises(TimeoutError):
        await within(0.01, asyncio.Event().wait())

    assert await within(5, work()) == first


async def test_a_transaction_that_came_back_open_is_not_handed_on(process):
    async with process.engine.connect() as connection:
        pid = await server_pid(connection)
        await connection.rollback()
        await (await connection.get_raw_connection()).driver_connection.execute("BEGIN")

    async with process.engine.connect() as connection:
        assert await server_pid(connection) != pid


async def test_a_transaction_that_began_after_nobody_waited_for_it_is_not_handed_on(process):
    async with process.engine.connect() as connection:
        pid = await server_pid(connection)
        await connection.rollback()
        begun = (await connection.get_raw_connection()).driver_connection.transaction()
        beginning = asyncio.create_task(begun.start())
        await asyncio.sleep(0)
        beginning.cancel()
        await asyncio.gather(beginning, return_exceptions=True)

    async with process.engine.connect() as connection:
        assert await server_pid(connection) != pid
