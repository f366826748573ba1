"""The server's own view beside that of the processes; and neither where the database is away."""

import asyncio
import secrets

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.lifeline import Check
from app.core.shapes import shape_of
from app.ops.queries.service import server as reading

SLEEP = "SELECT pg_sleep(0.002), 'Jane Roe'"


@pytest.fixture
async def statistics(connection):
    """The server's statistics, emptied; or a reason to skip."""
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        await connection.execute(
            "SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = current_database()"
        )
    except asyncpg.PostgresError as refusal:
        pytest.skip(f"this server keeps no statistics of statements: {refusal}")
    return connection


async def run(plane, statement, times=1):
    for _ in range(times):
        async with plane.app.state.sessions() as session:
            await session.execute(text(statement))


async def listed(plane, **query):
    told = await plane.ask("slow", **{"minDuration": 0, "limit": 200, **query})
    return told, {item["hash"]: item for item in told["slowQueries"]}


async def test_a_statement_that_both_know_is_told_once_with_what_each_knows(plane, statistics):
    await run(plane, SLEEP, times=3)
    told, items = await listed(plane)
    item = items[shape_of(SLEEP)[0]]

    assert (told["source"], told["server"]["available"], told["server"]["reason"]) == ("both", True, None)
    assert told["server"]["since"] is not None
    assert (item["source"], item["callCount"], item["serverCalls"], item["rows"]) == ("both", 3, 3, 3)
    assert 2 <= item["meanExecMs"] <= item["maxDuration"]
    assert item["p95Ms"] > 0
    assert "Jane" not in str(told)


async def test_a_statement_of_others_is_known_to_the_server_alone(plane, statistics):
    await statistics.execute("SELECT pg_sleep(0.003), 'only', 'elsewhere'")
    _, items = await listed(plane)
    _, only_app = await listed(plane, source="app")
    _, of_server = await listed(plane, source="pg_stat_statements")
    shape = shape_of("SELECT pg_sleep(1), 'x', 'y'")[0]

    assert items[shape]["source"] == "pg_stat_statements"
    assert (items[shape]["callCount"], items[shape]["p95Ms"], items[shape]["lastExecuted"]) == (1, None, None)
    assert items[shape]["avgDuration"] == items[shape]["meanExecMs"] >= 3
    assert (shape in only_app, shape in of_server) == (False, True)


async def test_without_the_extension_the_processes_answer_alone(plane, statistics):
    await run(plane, SLEEP)
    await statistics.execute("DROP EXTENSION pg_stat_statements")
    told, items = await listed(plane)
    await statistics.execute("CREATE EXTENSION pg_stat_statements")

    assert (told["source"], told["complete"], told["degraded"]) == ("app", True, [])
    assert told["server"] == {"available": False, "reason": "not_installed", "since": None, "hidden": 0, "unread": 0}
    assert items[shape_of(SLEEP)[0]]["source"] == "app"


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        ("SELECT lastval()", "not_preloaded"),
        ("SELECT total_exec_time FROM pg_class", "too_old"),
        ("SELECT 1 / 0", "unreadable"),
    ],
)
async def test_statistics_that_cannot_be_read_are_told_as_such_and_nothing_fails(
    plane, statistics, monkeypatch, figures, reason
):
    monkeypatch.setattr("app.ops.queries.service.server._FIGURES", figures)
    await run(plane, SLEEP)
    told, items = await listed(plane)

    assert (told["scope"], told["degraded"], told["server"]["reason"]) == ("cluster", [], reason)
    assert items[shape_of(SLEEP)[0]]["source"] == "app"


async def test_many_who_ask_at_once_are_all_answered_by_the_few_connections(plane, statistics):
    answers = await asyncio.gather(*(plane.ask("slow", minDuration=0) for _ in range(4)))

    assert {(told["scope"], told["server"]["available"]) for told in answers} == {("cluster", True)}


async def test_it_is_found_in_whichever_schema_it_is(plane, statistics):
    await statistics.execute('DROP EXTENSION pg_stat_statements; CREATE SCHEMA "Odd one"')
    await statistics.execute('CREATE EXTENSION pg_stat_statements SCHEMA "Odd one"')
    await run(plane, SLEEP)
    told, items = await listed(plane)
    await statistics.execute('DROP SCHEMA "Odd one" CASCADE; CREATE EXTENSION pg_stat_statements')

    assert told["server"]["available"] is True
    assert items[shape_of(SLEEP)[0]]["source"] == "both"


async def test_what_another_role_ran_is_counted_and_not_shown(begin, statistics):
    role = "reader_" + secrets.token_hex(4)
    try:
        await statistics.execute(f"CREATE ROLE {role} LOGIN SUPERUSER; SET ROLE {role}; SELECT 1, 2, 3; RESET ROLE")
    except asyncpg.PostgresError as refusal:
        pytest.skip(f"no role can be made here: {refusal}")
    await statistics.execute(f"ALTER ROLE {role} NOSUPERUSER")
    plane = await begin()
    sessions = plane.app.state.process.sessions
    async with sessions() as session:
        await session.execute(text(f"SET ROLE {role}"))
        seen = await plane.app.state.server_statements._read(session, "public")
        await session.execute(text("RESET ROLE"))
    await statistics.execute(f"DROP ROLE {role}")

    assert seen.hidden > 0
    assert shape_of("SELECT 1, 2, 3")[0] in seen.by_shape


@pytest.mark.parametrize("known", [True, False], ids=["known to be away", "not known yet"])
async def test_without_a_database_a_process_answers_for_itself(begin, tmp_path, known):
    plane = await begin(database_url=f"postgresql+asyncpg://nobody@/nowhere?host={tmp_path}")
    if known:
        plane.app.state.process.lifeline.last = Check(False, 1.0, 0.0, 0.0, 3, "57P03")
    plane.run("SELECT a FROM t", ms=[1_500.0, 2_500.0], route="GET /api/a", waited=20)
    slow, stats = await plane.ask("slow"), await plane.ask("stats")
    (item,) = slow["slowQueries"]

    for told in (slow, stats):
        assert (told["source"], told["scope"], told["complete"]) == ("app", "instance", False)
        assert told["degraded"] == ["database_unavailable"]
    assert (item["preview"], item["avgDuration"], item["source"]) == ("SELECT a FROM t", 2_000, "app")
    assert (item["routes"], item["poolWaitP95Ms"]) == (["GET /api/a"], pytest.approx(20, rel=0.02))
    assert (stats["stats"]["totalCalls"], stats["stats"]["maxDuration"]) == (2, 2_500)
    assert slow["server"]["reason"] == "database_unavailable"


async def test_a_pool_that_is_taken_is_told_as_such(begin, own_database_url):
    plane = await begin()
    sessions = plane.app.state.process.sessions
    async with sessions() as one, sessions() as other:
        for session in (one, other):
            await session.execute(text("SELECT 1"))
        told = await plane.ask("stats")

    assert (told["scope"], told["degraded"]) == ("instance", ["database_busy"])


async def test_while_nothing_can_be_written_what_is_there_is_told(begin, connection):
    before = await begin()
    before.run("SELECT a FROM t", ms=1_500.0)
    await before.ask("stats")
    name = await connection.fetchval("SELECT quote_ident(current_database())")
    await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    try:
        plane = await begin()
        plane.run("SELECT b FROM t")
        slow, stats = await plane.ask("slow"), await plane.ask("stats")
    finally:
        await connection.execute("SET default_transaction_read_only = off")
        await connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")

    for told in (slow, stats):
        assert (told["scope"], told["complete"], told["degraded"]) == ("cluster", False, ["database_read_only"])
    assert [item["preview"] for item in slow["slowQueries"] if item["source"] != "pg_stat_statements"] == [
        "SELECT a FROM t"
    ]
    assert stats["stats"]["totalCalls"] == 1


@pytest.fixture
def many(monkeypatch):
    """As many statements as are read in two calls and a half, each slower than the one before; and those parsed."""
    numbers, parsed = range(1, reading.MOST_NEW * 5 // 2 + 1), []

    async def fetch(_, statement, wanted=(), *__):
        if "total_exec_time" in statement:
            return [
                {
                    "queryid": n,
                    "calls": 1,
                    "total": float(n),
                    "most": 1.0,
                    "rows": 1,
                    "hits": 0,
                    "reads": 0,
                    "entries": 1,
                }
                for n in numbers
            ]
        return [(n, f"SELECT a{n} FROM t") for n in wanted]

    async def fetch_first(*_):
        return None

    def parse(statement):
        parsed.append(statement)
        return shape_of(statement)

    monkeypatch.setattr(reading, "fetch", fetch)
    monkeypatch.setattr(reading, "fetch_first", fetch_first)
    monkeypatch.setattr(reading, "shape_of", parse)
    return numbers, parsed


async def test_of_many_statements_the_slowest_are_read_first_and_others_run_meanwhile(many):
    numbers, _ = many
    server, turns = reading.Server(), 0

    async def others():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    told = await server._read(AsyncSession(), "public")
    task.cancel()

    assert turns >= reading.MOST_NEW / 50
    assert {each.total for each in told.by_shape.values()} == set(map(float, numbers[-reading.MOST_NEW :]))
    assert (told.unread, told.hidden) == (len(numbers) - reading.MOST_NEW, 0)


async def test_what_was_not_read_is_read_the_next_time_and_nothing_twice(many):
    numbers, parsed = many
    server = reading.Server()
    unread = [(await server._read(AsyncSession(), "public")).unread for _ in range(4)]
    await asyncio.gather(*(server._read(AsyncSession(), "public") for _ in range(3)))

    assert unread == [len(numbers) - reading.MOST_NEW, len(numbers) - 2 * reading.MOST_NEW, 0, 0]
    assert len(parsed) == len(set(parsed)) == len(numbers)


async def test_two_who_ask_at_once_parse_nothing_twice(many):
    _, parsed = many
    server = reading.Server()
    await asyncio.gather(server._read(AsyncSession(), "public"), server._read(AsyncSession(), "public"))

    assert len(parsed) == len(set(parsed)) >= reading.MOST_NEW


async def test_no_more_are_remembered_than_there_is_room_for(many, monkeypatch):
    numbers, _ = many
    monkeypatch.setattr(reading, "_MOST_KNOWN", 100)
    server = reading.Server({-n: ("gone", "") for n in range(1, 100)})
    told = [await server._read(AsyncSession(), "public") for _ in range(2)]

    assert [each.unread for each in told] == [len(numbers) - 100] * 2
    assert [min(each.total for each in one.by_shape.values()) for one in told] == [numbers[-100]] * 2


async def test_an_answer_that_lacks_statements_says_so(plane, statistics, monkeypatch):
    monkeypatch.setattr(reading, "MOST_NEW", 1)
    await statistics.execute("SELECT 1, 2, 3, 4")
    await statistics.execute("SELECT 1, 2, 3, 4, 5")
    told, _ = await listed(plane)

    assert told["complete"] is False
    assert told["server"]["unread"] >= 1


async def test_advice_and_the_list_share_what_they_read(plane):
    assert plane.app.state.advisor._server is plane.app.state.server_statements
