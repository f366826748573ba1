"""Ending what hurts: only what was meant, only what is ours, and never without a line in the audit log."""

import asyncio

import asyncpg
import pytest

from app.core.clock import iso

STARTED = "SELECT backend_start FROM pg_stat_activity WHERE pid = :pid"


@pytest.fixture
def order(http, operator, sql):
    """Give an order about a connection: `await order("cancel", connection)`; overrides go into the body."""

    async def give(act, connection, headers=operator, **overrides):
        pid = connection if isinstance(connection, int) else connection.get_server_pid()
        rows = await sql(STARTED, pid=pid)
        began = iso(rows[0][0]) if rows and rows[0][0] is not None else "2026-03-23T12:00:00Z"
        body = {"backendStart": began, "reason": "holds everybody up", **overrides}
        return await http.post(f"/api/database/connections/{pid}/{act}", json=body, headers=headers)

    return give


async def test_cancelling_ends_the_statement_and_leaves_the_connection(order, connect):
    victim = await connect("booking-web")
    task = asyncio.create_task(victim.execute("SELECT pg_sleep(60)"))
    observer = await connect("booking-web")
    async with asyncio.timeout(30):
        query = "SELECT state = 'active' FROM pg_stat_activity WHERE pid = $1"
        while not await observer.fetchval(query, victim.get_server_pid()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    answer = await order("cancel", victim)

    with pytest.raises(asyncpg.QueryCanceledError):
        await task
    assert (answer.status_code, answer.json()["signalled"], answer.json()["act"]) == (200, True, "cancel")
    assert await victim.fetchval("SELECT 1") == 1


async def test_terminating_the_one_at_the_root_lets_who_waits_for_it_go_on(order, blocked):
    holder, _, task = blocked

    answer = await order("terminate", holder)

    async with asyncio.timeout(30):
        await task
    assert (answer.status_code, answer.json()["applicationName"]) == (200, "booking-web")
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)):
        await holder.fetchval("SELECT 1")


async def test_an_order_stands_in_the_audit_log(order, connect, sql):
    victim = await connect("booking-web")

    await order("terminate", victim, reason="left over by a crash")

    rows = await sql(
        "SELECT actor, data FROM audit_log WHERE action = 'connection_terminated' AND data ->> 'pid' = :pid",
        pid=str(victim.get_server_pid()),
    )
    assert [(row.actor, row.data["reason"]) for row in rows] == [("operator", "left over by a crash")]


async def test_a_session_that_began_at_another_time_is_another_session(order, connect):
    victim = await connect("booking-web")

    answer = await order("terminate", victim, backendStart="2026-03-23T12:00:00Z")

    assert (answer.status_code, answer.json()["code"]) == (409, "connection_replaced")
    assert await victim.fetchval("SELECT 1") == 1


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("psql", "foreign_connection"),
        ("", "foreign_connection"),
        ("booking-web-ops", "own_connection"),
        ("booking-web-lifeline", "own_connection"),
    ],
)
async def test_sessions_that_are_not_the_users_are_left_alone(order, connect, sql, name, code):
    victim = await connect(name)

    answer = await order("terminate", victim)

    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert await victim.fetchval("SELECT 1") == 1
    told = await sql("SELECT FROM audit_log WHERE data ->> 'pid' = :pid", pid=str(victim.get_server_pid()))
    assert told == []


async def test_a_session_in_another_database_is_foreign(order, empty_database_url):
    stranger = await asyncpg.connect(
        empty_database_url.replace("+asyncpg", ""), server_settings={"application_name": "booking-web"}
    )
    try:
        answer = await order("terminate", stranger)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_connection")
    finally:
        await stranger.close()


async def test_processes_of_the_server_are_left_alone(order, sql):
    rows = await sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")

    answer = await order("terminate", rows[0][0])

    assert (answer.status_code, answer.json()["code"]) == (403, "server_process")


@pytest.mark.parametrize("act", ["cancel", "terminate"])
async def test_pid_1_is_nobody(order, act):
    answer = await order(act, 1)

    assert (answer.status_code, answer.json()["code"]) == (404, "connection_not_found")


@pytest.mark.parametrize("pid", ["0", "-1", "2147483648", "all"])
async def test_what_is_no_pid_is_refused(http, operator, pid):
    body = {"backendStart": "2026-03-23T12:00:00Z", "reason": "no reason"}

    answer = await http.post(f"/api/database/connections/{pid}/cancel", json=body, headers=operator)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")


@pytest.mark.parametrize(
    "change", [{"reason": "x"}, {"reason": " " * 9}, {"reason": "x" * 501}, {"backendStart": None}, {"force": True}]
)
async def test_an_order_needs_its_reason_and_its_guard(order, connect, change):
    victim = await connect("booking-web")

    answer = await order("terminate", victim, **change)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert await victim.fetchval("SELECT 1") == 1


async def test_reading_is_not_enough_to_act(order, connect, make_key_row):
    _, key = await make_key_row(scopes=["ops:read"])
    victim = await connect("booking-web")

    answer = await order("terminate", victim, headers={"X-API-Key": key})

    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
