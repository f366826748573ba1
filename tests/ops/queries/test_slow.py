"""The slowest statements: as documented, and true."""

import pytest

from app.ops.queries.service.everywhere import Everywhere
from tests.ops.queries.conftest import NOW

DOCUMENTED = {"hash": str, "preview": str, "avgDuration": float, "maxDuration": float, "callCount": int}
ADDED = {
    *("p50Ms", "p95Ms", "p99Ms", "totalMs", "percentOfTotal", "rows", "poolWaitP95Ms", "errorCount", "firstSeen"),
    *("source", "routes", "meanExecMs", "sharedHitPercent", "trend", "serverCalls", "loops"),
}


async def test_the_documented_members_are_there_with_their_types(plane):
    plane.run("SELECT a FROM t WHERE b = 1", ms=[1_500.0, 2_500.0], route="GET /api/a")
    answer = await plane.answer("slow", source="app")
    told = answer.json()
    (item,) = told["slowQueries"]

    assert answer.headers["Cache-Control"] == "no-store"
    assert (told["ok"], told["count"], told["threshold"]) == (True, 1, 1000)
    assert {name: type(item[name]) for name in DOCUMENTED} == DOCUMENTED
    assert set(item) == {*DOCUMENTED, *ADDED, "lastExecuted"}
    assert (item["preview"], item["avgDuration"], item["maxDuration"]) == ("SELECT a FROM t WHERE b = $1", 2_000, 2_500)
    assert (item["callCount"], item["totalMs"], item["percentOfTotal"]) == (2, 4_000, 100)
    assert item["lastExecuted"].startswith("2026-03-02T09:3")


async def test_what_an_answer_says_of_itself(plane):
    plane.run("SELECT a FROM t")
    told = await plane.ask("slow")

    assert told["window"] == {"since": "2026-03-02T08:30:00Z", "until": "2026-03-02T09:32:00Z", "seconds": 3_720}
    assert (told["scope"], told["complete"], told["degraded"], told["dropped"]) == ("cluster", True, [], 0)
    assert told["trackingSince"] == "2026-03-02T09:30:00Z"
    assert told["timestamp"] == "2026-03-02T09:32:00Z"


async def test_zero_really_means_zero_and_the_usual_bound_is_a_second(plane):
    plane.run("SELECT fast", ms=0.01)
    plane.run("SELECT slow", ms=1_000.0)

    assert set(await plane.slow()) == {"SELECT fast", "SELECT slow"}
    assert set(await plane.slow(minDuration=1000)) == {"SELECT slow"}
    assert (await plane.ask("slow", source="app"))["count"] == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        *((query, "validation_failed") for query in ("limit=0", "limit=201", "limit=x", "minDuration=-1")),
        *(
            (query, "validation_failed")
            for query in ("minDuration=nan", "minDuration=inf", "sort=fastest", "scope=all")
        ),
        *((query, "validation_failed") for query in ("source=psql", f"route={'x' * 201}", "since=yesterday")),
        ("since=2026-03-02T09:32:01Z", "since_ahead"),
        ("since=2026-01-26T09:30:59Z", "since_too_early"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(http, operator, clock, query, code):
    clock.set(NOW)
    answer = await http.get(f"/api/performance/queries/slow?{query}", headers=operator)

    assert (answer.status_code, answer.json()["code"], answer.json()["ok"]) == (422, code, False)


async def test_it_is_sorted_by_what_is_asked_for_and_no_longer_than_that(plane):
    plane.run(*["SELECT many"] * 9, ms=10.0)
    plane.run("SELECT heavy", ms=[600.0, 2.0, 2.0])
    plane.run("SELECT steady", ms=[190.0, 195.0])
    orders = {}
    for sort in ("total", "avg", "p95", "calls", "max"):
        told = await plane.ask("slow", minDuration=0, sort=sort, source="app", limit=2)
        orders[sort] = [item["preview"].removeprefix("SELECT ") for item in told["slowQueries"]]

    assert orders == {
        "total": ["heavy", "steady"],
        "avg": ["heavy", "steady"],
        "p95": ["heavy", "steady"],
        "calls": ["many", "heavy"],
        "max": ["heavy", "steady"],
    }


async def test_a_rare_slow_call_is_found_by_its_longest_one(plane):
    plane.run("SELECT rare", ms=[1.0] * 30 + [3_000.0])

    assert await plane.slow(minDuration=1000) == {}
    assert set(await plane.slow(minDuration=1000, sort="max")) == {"SELECT rare"}
    assert await plane.slow(minDuration=1000, sort="p95") == {}


async def test_percentiles_waits_and_failures_are_each_shapes_own(plane):
    plane.run("SELECT a", ms=[float(n) for n in range(1, 101)], route="GET /api/a", waited=40)
    plane.run("SELECT a", ms=5.0, route="GET /api/a", failed=True, waited=2)
    plane.run("SELECT b", ms=5.0, route="GET /api/b", waited=7)
    found = await plane.slow()

    a, b = found["SELECT a"], found["SELECT b"]
    assert [a[name] for name in ("p50Ms", "p95Ms", "p99Ms")] == [pytest.approx(n, rel=0.02) for n in (50, 95, 99)]
    assert (a["errorCount"], b["errorCount"], a["routes"], b["routes"]) == (1, 0, ["GET /api/a"], ["GET /api/b"])
    assert a["poolWaitP95Ms"] == pytest.approx(40, rel=0.02)
    assert b["poolWaitP95Ms"] == pytest.approx(7, rel=0.02)


async def test_only_what_a_route_ran_if_that_is_asked_for(plane):
    plane.run("SELECT a", "SELECT c", route="GET /api/a")
    plane.run("SELECT b", "SELECT c", route="GET /api/b")

    assert set(await plane.slow(route="/api/a")) == {"SELECT a", "SELECT c"}
    assert set(await plane.slow(route="GET /api/b")) == {"SELECT b", "SELECT c"}


async def test_a_shape_that_becomes_slower_has_its_trend(plane):
    plane.run("SELECT slower", "SELECT same", ms=[10.0] * 5)
    plane.advance(minutes=50)
    plane.run("SELECT same", ms=[10.0] * 5)
    plane.run("SELECT slower", ms=[20.0] * 5)
    plane.run("SELECT new", ms=[20.0] * 5)
    for scope in ("cluster", "instance"):
        found = await plane.slow(scope=scope)

        assert {preview: item["trend"] for preview, item in found.items()} == {
            "SELECT slower": "up",
            "SELECT same": "flat",
            "SELECT new": None,
        }


async def test_a_window_begins_where_it_is_told_to(plane):
    plane.run("SELECT old")
    plane.advance(minutes=30)
    plane.run("SELECT young")

    assert set(await plane.slow(since="2026-03-02T09:50:00Z")) == {"SELECT young"}
    assert set(await plane.slow(since="2026-03-02T09:34:59Z")) == {"SELECT old", "SELECT young"}
    plane.advance(minutes=61)
    assert set(await plane.slow()) == {"SELECT young"}
    assert set(await plane.slow(since="2026-03-02T09:00:00Z")) == {"SELECT old", "SELECT young"}


async def test_a_request_that_asks_row_by_row_is_told(plane):
    for times in (10, 25):
        plane.run(*[f"SELECT a FROM t WHERE id = {number}" for number in range(times)], route="GET /api/a")
    plane.run(*["SELECT b"] * 9, route="GET /api/a")
    found = await plane.slow()
    (loop,) = found["SELECT a FROM t WHERE id = $1"]["loops"]

    assert {name: loop[name] for name in ("route", "requests", "mostTimes")} == {
        "route": "GET /api/a",
        "requests": 2,
        "mostTimes": 25,
    }
    assert found["SELECT b"]["loops"] == []
    assert [each["hash"] for each in (await plane.ask("stats"))["loops"]] == [loop["hash"]]


async def test_no_value_of_anybody_is_told(plane):
    plane.run("SELECT a FROM t WHERE phone = '+447400123456'", "COPY t FROM '/Jane Roe'")
    told = str([await plane.ask("slow", minDuration=0), await plane.ask("stats")])

    assert "+447400" not in told
    assert "Jane" not in told


async def test_a_fault_of_ours_is_not_taken_for_an_outage(plane, monkeypatch):
    monkeypatch.setattr(Everywhere, "tracked", lambda _self: 1 / 0)
    answer = await plane.answer("slow")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")


async def test_what_found_no_room_is_counted_and_the_answer_incomplete(plane):
    plane.recorder.shapes._most = 1
    plane.run("SELECT a", "SELECT b", "SELECT c")
    for scope in ("cluster", "instance"):
        told = await plane.ask("slow", scope=scope)

        assert (told["dropped"], told["complete"]) == (2, False)


async def test_a_process_that_is_late_with_its_numbers_makes_an_answer_incomplete(begin):
    one, other = await begin(), await begin()
    await other.ask("slow")
    assert other.now == NOW
    one.advance(seconds=30)
    late = await one.ask("slow")
    one.advance(seconds=30)
    gone = await one.ask("slow")

    assert (late["complete"], gone["complete"]) == (False, True)
