"""The table of bad days: every endpoint under every fault, by real faults, each answer in time."""

import asyncio

import pytest

from tests.ops.faults.freezing import drill
from tests.ops.faults.scene import ANSWERS_SECONDS, COLUMNS, RECOVERS_SECONDS

pytestmark = pytest.mark.xdist_group("faults")

AWAY = {
    "live": 200,
    "ready": 200,
    "lb": 503,
    "detailed": 503,
    "slow": 200,
    "stats": 200,
    "recommendations": 503,
    "cache": 200,
    "rate-limit": 200,
    "connections": 503,
    "backup": 200,
    "runs": 503,
    "integrity": 503,
    "outbound": 200,
    "jobs": 503,
    "alerts": 200,
    "rules": 200,
    "slo": 200,
    "errors": 200,
    "metrics": 200,
    "tasks": 200,
    "memory": 200,
}
OF_MEMORY = ("alerts", "rules", "slo", "errors")
"""What tells of all processes, and while the database is away of the one that answers."""
KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'booking-web%'"
THERE = dict.fromkeys(COLUMNS, 200)


def statuses(seen):
    return {name: each.status for name, each in seen.items()}


def assert_in_time(seen):
    assert {name: each.seconds for name, each in seen.items() if each.seconds >= ANSWERS_SECONDS} == {}


def assert_nothing_told(seen, secret):
    assert [name for name, each in seen.items() if secret in str(each.told)] == []


@pytest.mark.parametrize("fault", ["stopped", "frozen"])
async def test_without_the_database_every_endpoint_tells_what_it_can(scene, fault):
    before = await scene.ask("/api/database/connection-limit")
    async with getattr(scene, fault)():
        async with asyncio.timeout(20):
            while (await scene.ask("/health/lb")).status != 503:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        seen = await scene.survey()
    recovery = await scene.recovered()

    assert_in_time(seen)
    remembered = "staleSeconds" in seen["recommendations"].told
    assert statuses(seen) == AWAY | ({"recommendations": 200} if remembered else {})
    assert seen["ready"].told["status"] == "degraded"
    assert seen["lb"].told["reason"] == "database_unavailable"
    assert seen["lb"].told["consecutiveFailures"] >= 1
    assert seen["detailed"].told["database"]["status"] == "disconnected"
    assert seen["detailed"].told["components"]["eventLoop"]["status"] == "operational"
    assert (seen["slow"].told["source"], seen["slow"].told["complete"]) == ("app", False)
    assert seen["connections"].told["success"] is False
    assert seen["connections"].told["code"] == "database_unavailable"
    assert seen["connections"].told["pool"]["max"] == 3
    assert seen["connections"].told["lastKnown"]["maxConnections"] == before.told["maxConnections"]
    assert 0 <= seen["connections"].told["ageSeconds"] < 60
    assert seen["backup"].told["status"] == "error"
    assert {name: seen[name].told["complete"] for name in OF_MEMORY} == dict.fromkeys(OF_MEMORY, False)
    assert [seen[name].told["degraded"] for name in OF_MEMORY] == [["database_unavailable"]] * len(OF_MEMORY)
    assert_nothing_told(seen, "host=/")
    assert recovery < RECOVERS_SECONDS


async def test_a_database_that_froze_a_moment_ago_keeps_nobody_waiting(scene):
    async with scene.frozen():
        seen = await scene.survey()
    recovery = await scene.recovered()

    assert_in_time(seen)
    assert {name: each.status for name, each in seen.items() if each.status not in {200, 503}} == {}
    assert {name: seen[name].status for name in OF_MEMORY} == dict.fromkeys(OF_MEMORY, 200)
    assert {name: seen[name].told["complete"] for name in OF_MEMORY} == dict.fromkeys(OF_MEMORY, False)
    assert [name for name, each in seen.items() if each.told.get("code") == "deadline_exceeded"] == []
    assert recovery < RECOVERS_SECONDS


async def test_while_the_database_is_frozen_orders_are_refused_in_time(scene):
    async with scene.frozen():
        first = await scene.send_all()
        again = await scene.send_all()
    recovery = await scene.recovered()

    assert_in_time(first)
    assert_in_time(again)
    assert statuses(first) == statuses(again) == dict.fromkeys(first, 503)
    assert {each.told["code"] for each in first.values()} <= {"database_unavailable", "database_busy"}
    assert {each.told["code"] for each in again.values()} == {"database_unavailable"}
    assert recovery < RECOVERS_SECONDS


async def test_what_a_freeze_interrupts_leaves_nothing_open(scene):
    await drill(scene, freezes=1, seconds=2.7)


async def test_with_the_pool_used_up_the_person_on_call_still_gets_in_and_ends_it(scene):
    async with scene.exhausted() as holder:
        seen = await scene.survey()
        lb = await scene.ask("/health/lb")
        session = next(each for each in seen["connections"].told["longRunning"] if each["pid"] == holder)
        ended = await scene.order(
            f"/api/database/connections/{holder}/terminate", backendStart=session["backendStart"], reason="a drill"
        )
        recovery = await scene.recovered()

    assert_in_time(seen)
    assert statuses(seen) == THERE
    assert lb.seconds < 2  # the pool is waited for twice as long
    detailed, connections = seen["detailed"].told, seen["connections"].told
    assert (detailed["overall"], detailed["database"]["pool"]["utilization"]) == ("degraded", 100)
    assert detailed["database"]["pool"]["waiting"] > 0
    assert "pool_exhausted" in [alert.get("rule") for alert in detailed["alerts"]]
    assert connections["pool"]["waiting"] > 0
    tree = next(each for each in connections["blocking"] if each["pid"] == holder)
    assert len(tree["blocks"]) == 3
    assert ended.status == 200, ended.told
    assert recovery < RECOVERS_SECONDS


async def test_when_the_server_takes_no_more_connections_the_kept_ones_still_answer(scene):
    await scene.survey()  # the drill before may have left no connection that could be kept
    async with scene.crowded():
        seen = await scene.survey()
    recovery = await scene.recovered()

    assert_in_time(seen)
    assert statuses(seen) == THERE
    assert seen["connections"].told["alert"] is True
    assert seen["connections"].told["available"] == 0
    assert "server_nearly_full" in [each["code"] for each in seen["connections"].told["recommendations"]]
    assert recovery < RECOVERS_SECONDS


async def test_when_the_kept_connections_are_lost_too_the_answer_names_the_crowd(scene):
    async with scene.crowded() as taken:
        known = await scene.ask("/api/database/connection-limit")
        async with asyncio.timeout(20):
            while (answer := await scene.ask("/api/database/connection-limit")).status == 200:
                await taken[0].execute(KILL)  # whoever comes first takes the place
                await scene.crowd(taken)
        lb = await scene.ask("/health/lb")
    recovery = await scene.recovered()

    assert (answer.status, answer.told["code"]) == (503, "too_many_connections")
    assert answer.told["lastKnown"]["maxConnections"] == known.told["maxConnections"]
    assert (lb.status, lb.told["reason"]) == (503, "database_unavailable")
    assert recovery < RECOVERS_SECONDS


async def test_backends_killed_under_load_are_replaced_and_nobody_meets_a_500(scene):
    answers = []

    async def use():
        for _ in range(40):
            answers.append(await scene.use())  # noqa: PERF401

    killer = await scene.connect()
    users = [asyncio.create_task(use()) for _ in range(3)]
    while not all(user.done() for user in users):
        await killer.execute(KILL)
        await asyncio.sleep(0.25)
    await asyncio.gather(*users)
    await killer.close()
    recovery = await scene.recovered()

    assert set(answers) <= {200, 503}
    assert 200 in answers
    assert recovery < RECOVERS_SECONDS


async def test_a_cold_cache_is_told_and_alarms_nobody(scene):
    seen = await scene.survey()

    assert statuses(seen) == THERE
    assert set(seen["detailed"].told["degradedReasons"]) <= {"event_loop_degraded"}  # by a busy machine
    assert seen["cache"].told["state"] in {"cold", "warming"}
    assert [alert for alert in seen["detailed"].told["alerts"] if "cache" in str(alert)] == []


async def test_a_new_pool_unsticks_what_a_forgotten_connection_holds(scene):
    async with scene.exhausted():
        reset = await scene.order("/api/database/pool/reset", reason="a drill")
        after = await scene.ask("/api/database/connection-limit")
    recovery = await scene.recovered()

    assert (reset.status, reset.told["success"]) == (200, True), reset.told
    assert after.status == 200
    assert recovery < RECOVERS_SECONDS


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health/lb"])
async def test_over_the_wire_head_says_as_much_as_get(scene, path):
    asked, looked = await scene.ask(path), await scene.head(path)

    assert (looked.status_code, looked.content) == (asked.status, b"")
    assert looked.headers.keys() == asked.headers.keys()
