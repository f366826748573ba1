"""The figures of all statements, of one process and of all."""

import random

import pytest

DOCUMENTED = {
    **dict.fromkeys(("totalQueries", "slowQueries", "criticalQueries", "totalCalls"), int),
    **dict.fromkeys(("avgDuration", "maxDuration"), float),
}
SPELL = {
    *("totalCalls", "avgDuration", "maxDuration", "p50Ms", "p95Ms", "p99Ms", "errorRatePercent", "poolWaitP95Ms"),
    "queriesPerSecond",
}


async def test_the_documented_members_are_there_with_their_types(plane):
    plane.run("SELECT a", ms=[1.0] * 9)
    plane.run("SELECT slow", ms=[1_000.0])
    plane.run("SELECT critical", ms=[6_000.0, 4_000.0], failed=True)
    told = await plane.ask("stats")
    stats = told["stats"]

    assert told["ok"] is True
    assert told["thresholds"] == {"slow": 1000, "critical": 5000}
    assert {name: type(stats[name]) for name in DOCUMENTED} == DOCUMENTED
    assert set(stats) == {*DOCUMENTED, *SPELL, "slowCalls", "criticalCalls"}
    assert (stats["totalQueries"], stats["slowQueries"], stats["criticalQueries"]) == (3, 2, 1)
    assert (stats["totalCalls"], stats["maxDuration"]) == (12, 6_000)
    assert stats["avgDuration"] == pytest.approx((9 + 1_000 + 10_000) / 12, abs=0.001)
    assert (stats["slowCalls"], stats["criticalCalls"]) in {(2, 1), (3, 1)}
    assert stats["errorRatePercent"] == pytest.approx(100 * 2 / 12, abs=0.001)


async def test_nothing_run_is_no_zero_but_nothing(plane):
    told = await plane.ask("stats")

    assert (told["stats"]["totalCalls"], told["stats"]["avgDuration"], told["stats"]["p95Ms"]) == (0, None, None)
    assert (told["topByTotalTime"], told["loops"], told["stats"]["queriesPerSecond"]) == ([], [], 0)


async def test_each_window_has_its_own_figures(plane):
    plane.run("SELECT a", ms=[100.0] * 10, waited=30)
    await plane.ask("stats")
    plane.advance(hours=3)
    plane.run("SELECT a", ms=[50.0] * 10)
    plane.advance(minutes=30)
    plane.run("SELECT a", ms=[10.0] * 10, waited=5)
    told = await plane.ask("stats")
    windows = told["windows"]

    assert set(windows) == {"5m", "1h", "24h"}
    assert all(set(window) == SPELL for window in windows.values())
    assert [windows[name]["totalCalls"] for name in ("5m", "1h", "24h")] == [10, 20, 30]
    assert [windows[name]["maxDuration"] for name in ("5m", "1h", "24h")] == [10, 50, 100]
    assert [windows[name]["poolWaitP95Ms"] for name in ("5m", "24h")] == [
        pytest.approx(5, rel=0.02),
        pytest.approx(30, rel=0.02),
    ]
    assert windows["24h"]["queriesPerSecond"] == pytest.approx(30 / (3.5 * 3600 + 120), abs=0.001)


async def test_one_process_knows_no_more_than_its_hour(plane):
    plane.run("SELECT a", ms=[100.0] * 10)
    young = await plane.ask("stats", scope="instance")
    plane.advance(hours=30)
    plane.run("SELECT a", ms=[50.0] * 10)
    old = await plane.ask("stats", scope="instance")

    assert (young["scope"], young["windows"]["24h"]["totalCalls"], young["degraded"]) == ("instance", 10, [])
    assert (old["windows"]["24h"], old["windows"]["1h"]["totalCalls"], old["complete"]) == (None, 10, True)


async def test_those_that_took_the_most_time_in_all_come_first(plane):
    for number in range(8):
        plane.run(f"SELECT a{number} FROM t", ms=[1.0 + number] * 10, route=f"GET /{number}")
    top = (await plane.ask("stats"))["topByTotalTime"]

    assert [item["preview"] for item in top] == [f"SELECT a{number} FROM t" for number in (7, 6, 5, 4, 3)]
    assert (top[0]["totalMs"], top[0]["percentOfTotal"]) == (80, pytest.approx(100 * 80 / 360, abs=0.01))
    assert (top[0]["routes"], top[0]["callCount"]) == (["GET /7"], 10)
    assert top[0]["p95Ms"] == pytest.approx(8, rel=0.02)


async def test_two_processes_answer_with_the_pooled_truth_whichever_is_asked(begin):
    chance, values, one, other = random.Random(4), [], await begin(), await begin()
    for plane, mean in ((one, 1.0), (other, 3.0)):
        lengths = [chance.lognormvariate(mean, 0.8) for _ in range(3_000)]
        plane.run("SELECT a", ms=lengths)
        values += lengths
    await other.ask("stats")
    told = [await plane.ask("stats") for plane in (one, other)]
    alone = await one.ask("stats", scope="instance")

    truth = sorted(values)
    for stats in (each["stats"] for each in told):
        assert (stats["totalCalls"], stats["totalQueries"]) == (6_000, 1)
        for name, share in (("p50Ms", 0.5), ("p95Ms", 0.95), ("p99Ms", 0.99)):
            assert stats[name] == pytest.approx(truth[int(share * 6_000) - 1], rel=0.02)
        assert stats["avgDuration"] == pytest.approx(sum(values) / 6_000, rel=0.001)
    assert told[0]["topByTotalTime"][0]["p95Ms"] == pytest.approx(truth[5_699], rel=0.02)
    assert alone["stats"]["totalCalls"] == 3_000
    assert alone["scope"] == "instance"


async def test_what_this_process_counted_a_moment_ago_is_in_its_answer(plane):
    for calls in (1, 2, 3):
        plane.run("SELECT a")
        assert (await plane.ask("stats"))["stats"]["totalCalls"] == calls


async def test_a_window_ahead_is_refused(plane):
    answer = await plane.answer("stats", since="2026-03-02T10:00:00Z")

    assert (answer.status_code, answer.json()["code"]) == (422, "since_ahead")


@pytest.mark.parametrize(("since", "status"), [("2026-01-26T09:31:30Z", 200), ("2020-01-01T00:00:00Z", 422)])
async def test_a_window_begins_no_earlier_than_what_is_kept(plane, since, status):
    answer = await plane.http.get(f"/api/performance/queries/stats?since={since}")

    assert answer.status_code == status
    assert answer.json().get("code") == (None if status == 200 else "since_too_early")


async def test_asking_is_not_among_what_is_told(plane):
    for _ in range(3):
        await plane.ask("stats")
        await plane.ask("slow")

    assert (await plane.ask("stats"))["stats"]["totalCalls"] == 0
