"""What the service tells of the database's connections, checked against the database itself."""

import asyncio

import pytest


async def test_the_documented_members_are_there_by_name_and_type(look):
    told = await look()

    assert told["success"] is True
    assert isinstance(told["utilization"], str)
    assert float(told["utilization"]) == told["utilizationPercent"]
    assert isinstance(told["maxConnections"], int)
    assert {type(each["count"]) for each in told["connectionsByState"]} == {int}
    assert told["timestamp"].endswith("Z")


async def test_the_figures_are_the_servers(look, connect, sql):
    for _ in range(3):
        await connect("booking-counted")
    told = await look()

    ((most,),) = await sql("SELECT current_setting('max_connections')::int")
    assert told["maxConnections"] == most
    assert told["reserved"]["superuser"] == 3
    assert sum(each["count"] for each in told["connectionsByState"]) == told["currentConnections"]
    assert sum(each["count"] for each in told["bySource"]) == told["currentConnections"]
    counted = [each["count"] for each in told["bySource"] if each["applicationName"] == "booking-counted"]
    assert counted == [3]
    left = most - sum(told["reserved"].values()) - told["currentConnections"]
    assert told["available"] == max(0, left)


async def test_it_is_asked_anew_each_time(look, connect):
    async def counted():
        sources = (await look())["bySource"]
        return sum(each["count"] for each in sources if each["applicationName"] == "booking-anew")

    before = await counted()
    await connect("booking-anew")

    assert (before, await counted()) == (0, 1)


async def test_who_waits_for_whom_is_told_without_any_value(look, blocked):
    holder, waiter, _ = blocked

    told = await look(minSeconds=3600)

    waiting = next(each for each in told["longRunning"] if each["pid"] == waiter.get_server_pid())
    holding = next(each for each in told["longRunning"] if each["pid"] == holder.get_server_pid())
    assert waiting["blockedBy"] == [holding["pid"]]
    assert waiting["queryPreview"] == "SELECT pg_advisory_xact_lock($1), $2"
    assert waiting["waitEvent"] == "Lock:advisory"
    assert holding["pid"] in [each["pid"] for each in told["idleInTransaction"]]
    tree = next(each for each in told["blocking"] if each["pid"] == holding["pid"])
    assert tree["blocks"] == [{"pid": waiting["pid"], "blocks": []}]
    assert "blocked_sessions" in [each["code"] for each in told["recommendations"]]


async def test_what_runs_long_is_told_from_the_wanted_length_on(look, connect):
    sleeper = await connect("booking-web")
    task = asyncio.create_task(sleeper.execute("SELECT pg_sleep(60)"))
    async with asyncio.timeout(30):
        while not any(each["pid"] == sleeper.get_server_pid() for each in (await look(minSeconds=0))["longRunning"]):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    later = await look(minSeconds=86_400)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert sleeper.get_server_pid() not in [each["pid"] for each in later["longRunning"]]


async def test_the_budget_is_that_of_the_settings(look, settings):
    told = (await look())["budget"]

    assert told["perProcess"] == settings.db_pool_max + 3
    assert told["required"] == told["perProcess"] * 2 + told["worker"] + told["backup"] + told["cron"] + told["admin"]
    assert told["fits"] is (told["required"] <= told["limit"])


async def test_the_pool_is_that_of_the_users(app, look, settings):
    async with app.state.engine.connect():
        pool = (await look())["pool"]

    assert (pool["max"], pool["size"], pool["overflow"]) == (settings.db_pool_max, settings.db_pool_max, 0)
    assert pool["active"] >= 1
    assert pool["utilization"] == pytest.approx(100 * pool["active"] / pool["max"], abs=0.1)


@pytest.mark.parametrize("seconds", ["-1", "nan", "86401", "soon"])
async def test_lengths_out_of_bounds_are_refused(http, operator, seconds):
    answer = await http.get("/api/database/connection-limit", params={"minSeconds": seconds}, headers=operator)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert answer.json()["ok"] is False
