"""The lifeline: one question for all who ask, a server that hangs holds nobody, and it finds back by itself."""

import asyncio
import time

import asyncpg
import pytest

from app.core import lifeline as lifelines
from app.core.lifeline import ANSWER_SECONDS, Lifeline
from app.core.migrations import revisions
from tests.clocks import Clock


@pytest.fixture
async def make_lifeline(database_url):
    made = []

    def make(url=database_url, **options):
        lifeline = Lifeline(url, name="booking-test-lifeline", clock=Clock(), **options)
        made.append(lifeline)
        return lifeline

    yield make
    for lifeline in made:
        await lifeline.close()


@pytest.fixture
async def silent():
    """A server that takes connections and never says a word: the URL of its socket."""
    writers = []

    async def serve(_reader, writer):
        writers.append(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"postgresql+asyncpg://nobody:none@127.0.0.1:{port}/nothing?ssl=disable"
    for writer in writers:
        writer.close()
    server.close()


async def test_however_many_ask_the_database_is_asked_once(make_lifeline):
    lifeline, asked = make_lifeline(), []
    await lifeline.check()
    lifeline._connection.add_query_logger(lambda query: asked.append(query.query))
    lifeline.clock.seconds += 1

    checks = await asyncio.gather(*(lifeline.check() for _ in range(100)))
    again = await lifeline.check()

    assert {check.up for check in checks} == {True}
    assert again is checks[0]
    assert asked == ["SELECT 1"]


async def test_it_keeps_what_it_was_answered(make_lifeline):
    lifeline = make_lifeline(question="SELECT version_num FROM alembic_version")

    assert (await lifeline.check()).answer == revisions()[-1]


async def test_an_answer_that_there_is_no_such_table_is_an_answer(make_lifeline):
    check = await make_lifeline(question="SELECT nothing FROM nowhere").check()

    assert (check.up, check.answer, check.code) == (True, None, None)


async def test_a_server_that_says_nothing_is_down_in_time(make_lifeline, silent):
    lifeline = make_lifeline(silent)
    began = time.monotonic()

    check = await lifeline.check()

    assert (check.up, check.failures, lifeline.reached) == (False, 1, False)
    assert time.monotonic() - began < ANSWER_SECONDS + 5  # a socket that nobody closes is silent for ever


async def test_failures_are_counted_and_dated_from_the_first(make_lifeline):
    lifeline = make_lifeline("postgresql+asyncpg://nobody@/nothing?host=/nowhere-at-all")

    for _ in range(3):
        check = await lifeline.check()
        lifeline.clock.seconds += 2

    assert (check.failures, check.code) == (3, "FileNotFoundError")
    assert lifeline.clock.seconds - check.since == 6


async def test_a_connection_that_was_killed_is_replaced_and_both_are_told(make_lifeline, sql):
    lifeline, told = make_lifeline(), []
    lifeline.on_lost.append(lambda: told.append("lost"))
    lifeline.on_found.append(lambda: told.append("found"))
    heard = asyncio.Event()
    lifeline.hear("test_lifeline", lambda _payload: heard.set())
    await lifeline.check()
    (row,) = await lifeline.fetch("SELECT pg_backend_pid()")

    await sql("SELECT pg_terminate_backend(:pid)", pid=row[0])
    async with asyncio.timeout(30):
        while lifeline.listening:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    lifeline.clock.seconds += 1
    check = await lifeline.check()
    await sql("SELECT pg_notify('test_lifeline', '')")
    async with asyncio.timeout(30):
        await heard.wait()

    assert check.up
    assert told == ["found", "lost", "found"]


async def test_a_read_that_takes_too_long_is_given_up_and_the_connection_kept(make_lifeline):
    lifeline, lost = make_lifeline(), []
    lifeline.on_lost.append(lambda: lost.append(1))
    await lifeline.check()

    with pytest.raises(asyncpg.QueryCanceledError):
        await lifeline.fetch("SELECT pg_sleep(10)")
    lifeline.clock.seconds += 1

    assert (await lifeline.check()).up
    assert [row[0] for row in await lifeline.fetch("SELECT $1::int", 7)] == [7]
    assert lost == []


@pytest.mark.parametrize("refused", ["SELECT 1 / 0", "SELECT * FROM no_such_table"])
async def test_a_read_that_is_refused_costs_nobody_the_connection(make_lifeline, refused):
    lifeline, lost = make_lifeline(), []
    lifeline.on_lost.append(lambda: lost.append(1))
    await lifeline.check()

    with pytest.raises(asyncpg.PostgresError):
        await lifeline.fetch(refused)

    assert (lifeline.listening, lost) == (True, [])


async def test_reads_that_wait_for_each_other_are_not_taken_for_a_database_that_is_gone(make_lifeline, monkeypatch):
    monkeypatch.setattr(lifelines, "STATEMENT_SECONDS", 10)  # as long as a busy machine takes
    monkeypatch.setattr(lifelines, "TURN_SECONDS", 10)
    read = f"SELECT pg_sleep({ANSWER_SECONDS / 2 + 0.05})"  # both together take longer than one may
    lifeline, lost = make_lifeline(), []
    lifeline.on_lost.append(lambda: lost.append(1))
    await lifeline.check()
    lifeline.clock.seconds += 1

    *_, check = await asyncio.gather(lifeline.fetch(read), lifeline.fetch(read), lifeline.check())

    assert (check.up, lost) == (True, [])
