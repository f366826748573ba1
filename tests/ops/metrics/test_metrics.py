"""Prometheus reads what happened, by names that follow its conventions."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.core.ids import new_id
from app.core.signals import Answered
from app.core.sketch import Sketch
from app.ops.metrics.jobs import count_for_all
from app.ops.metrics.rules import BOUNDS, FAMILIES, Snapshot, added, duration, put_together, spread_of
from app.ops.metrics.service import Exposition, render
from app.ops.metrics.service.reading import COUNTS, snapshot_of
from app.ops.process import create_process
from tests.bookings.conftest import Desk
from tests.ops.metrics.conftest import parse

APP = Path(__file__).parents[3] / "app"
NOW = datetime(2026, 3, 23, 8, tzinfo=UTC)
SOON = NOW + timedelta(minutes=1)


@pytest.fixture
async def process(settings):
    process = create_process(settings, role="web")
    process.signals.rotate(NOW)
    yield process
    await process.stop()


@pytest.fixture
async def desk(http, make_bookable, clock):
    clock.set("2026-03-23T08:00:00Z")
    return Desk(await make_bookable(), http)


def exposed(process, now=NOW):
    return parse(render(Exposition(process).whole(now=now)).decode())


async def test_a_key_in_the_authorization_header_opens_it(http, operator):
    answer = await http.get("/metrics", headers={"Authorization": f"Bearer {operator['X-API-Key']}"})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert {family.name for family in text_string_to_metric_families(answer.text)} == {each.name for each in FAMILIES}


def test_whatever_is_counted_by_a_name_of_its_own_is_exposed():
    counting = re.compile(r'(?:signals\.count\(|\bcount\(session, )\s*"(\w+)"')
    counted = {name for path in APP.rglob("*.py") for name in counting.findall(path.read_text())}

    assert {"bookings", "texts_received", "voice_calls"} <= counted
    assert {name for name in counted if COUNTS.get(name) not in {family.name for family in FAMILIES}} == set()


async def test_requests_are_counted_by_route_template_and_status(desk, scrape):
    before = await scrape()
    for _ in range(3):
        await desk.http.get(f"/api/bookings/{new_id()}", headers=desk.place.headers)
    await desk.http.get(f"/no/such/{new_id()}")
    after = await scrape()

    route = ("GET", "/api/bookings/{booking_id}")
    counted = [each.get("http_requests_total", {}) for each in (before, after)]
    grown = {key: count - counted[0].get(key, 0) for key, count in counted[1].items()}
    assert grown[*route, "404"] == 3
    assert grown["*", "<unmatched>", "404"] == 1
    counts = [each.get("http_request_duration_seconds_count", {}).get(route, 0) for each in (before, after)]
    assert counts[1] - counts[0] == 3


async def test_statements_are_counted_by_the_route_that_ran_them(desk, scrape):
    await desk.get("/bookings")
    before = await scrape()
    await desk.get("/bookings")
    after = await scrape()

    queries = [each["db_route_queries_total"]["GET", "/api/bookings"] for each in (before, after)]
    seconds = [each["db_route_query_seconds_total"]["GET", "/api/bookings"] for each in (before, after)]
    assert queries[1] - queries[0] == 2
    assert seconds[1] > seconds[0]
    assert after["db_query_duration_seconds_count"][()] >= before["db_query_duration_seconds_count"][()] + 2


async def test_bookings_are_counted_by_channel_and_by_what_became_of_them(desk, app, process):
    read = count_for_all(process)

    async def counted():
        await app.state.process.flush(now=NOW)
        await read()
        return exposed(process).get("bookings_total", {})

    before = await counted()
    held = (await desk.hold("2026-03-24T10:00:00Z")).json()
    booked = (await desk.book("2026-03-24T11:00:00Z")).json()
    await desk.book("2026-03-24T11:00:00Z")
    await desk.book("2026-03-24T03:00:00Z")
    await desk.do("confirm", held, customer={"phone": "+447400123456"})
    await desk.do("complete", booked)
    await desk.do("cancel", booked)
    after = await counted()

    grown = {key: count - before.get(key, 0) for key, count in after.items() if count != before.get(key, 0)}
    assert grown == {
        ("api", "held"): 1,
        ("api", "booked"): 1,
        ("api", "busy"): 1,
        ("api", "closed"): 1,
        ("api", "confirmed"): 1,
        ("api", "completed"): 1,
        ("api", "transition_invalid"): 1,
    }


async def test_minutes_that_are_over_stay_in_what_is_counted(process):
    process.signals.requests.add(Answered("GET", "/api/bookings", 200), 12.0)
    process.signals.rotate(SOON)
    process.signals.requests.add(Answered("GET", "/api/bookings", 200), 13.0)

    seen = exposed(process, SOON)
    assert seen["http_requests_total"]["GET", "/api/bookings", "200"] == 2
    assert seen["http_request_duration_seconds_count"]["GET", "/api/bookings"] == 2
    assert seen["http_request_duration_seconds_sum"]["GET", "/api/bookings"] == pytest.approx(0.025)


async def test_asked_again_and_again_it_counts_everything_once(process):
    exposition, key = Exposition(process), Answered("GET", "/api/bookings", 200)
    for minute in range(5):
        now = NOW + timedelta(minutes=minute)
        process.signals.rotate(now)
        for status in (key, replace(key, status=404)):
            process.signals.requests.add(status, 12.0 + minute)
        seen = parse(render(exposition.whole(now=now)).decode())

        assert seen["http_request_duration_seconds_count"]["GET", "/api/bookings"] == 2 * (minute + 1)


async def test_buckets_grow_and_agree_with_the_sketch():
    sketch = Sketch()
    for milliseconds in (0.2, 1, 4.9, 5, 80, 480, 520, 1_900, 2_100, 60_000):
        sketch.add(milliseconds)

    buckets, total = duration(spread_of(sketch))

    assert [count for _, count in buckets] == [*(sketch.at_most(bound * 1000) for bound in BOUNDS), sketch.count]
    assert [count for _, count in buckets] == sorted(count for _, count in buckets)
    assert dict(buckets)["0.5"] == 6
    assert total == pytest.approx(65.0911)


async def test_what_workers_count_is_told_by_every_web_process_and_once_by_their_instance(process, settings):
    worker, outcome = create_process(settings, role="worker"), f"test_{new_id().hex}"
    worker.signals.rotate(NOW)
    worker.signals.count("messages", "sms", outcome)
    await worker.flush(now=NOW)
    await worker.stop()
    read = count_for_all(process)
    await read()

    told = snapshot_of(process, {}, now=NOW)
    whole = put_together([told, told], now=NOW.timestamp())

    assert [each.families["messages"]["sms", outcome] for each in (told, whole)] == [[1], [1]]


def test_put_together_in_any_order_no_sum_is_a_hair_less():
    sketches = []
    for milliseconds in (0.1, 0.2, 0.3, 1e7, 1e-5, 7.7):
        sketches.append(Sketch())
        sketches[-1].add(milliseconds)
    orders = [sketches, sketches[::-1], sketches[3:] + sketches[:3]]

    sums = {duration(reduce(added, map(spread_of, order)))[1] for order in orders}

    assert len(sums) == 1


def test_names_follow_the_conventions():
    for family in FAMILIES:
        assert not family.name.endswith("_total"), family.name
        assert not any(unit in family.name for unit in ("_ms", "milliseconds", "percent", "kilobytes")), family.name
        if family.kind == "histogram":
            assert family.name.endswith("_seconds"), family.name


def test_of_a_dead_process_what_it_counted_stays_and_how_it_was_goes():
    dead, living = Snapshot(100.0), Snapshot(200.0)
    for snapshot in (dead, living):
        snapshot.put("http_requests", "GET", "/", "200", value=5)
        snapshot.put("db_pool_connections_max", value=12)
        snapshot.put("process_start_time_seconds", value=snapshot.at)
        snapshot.put("memory_limit_bytes", value=1000)

    whole = put_together([dead, living, living], now=201.0)

    assert whole.families["http_requests"] == {("GET", "/", "200"): [15.0]}
    assert whole.families["db_pool_connections_max"] == {(): [24.0]}
    assert whole.families["process_start_time_seconds"] == {(): [200.0]}
    assert whole.families["memory_limit_bytes"] == {(): [1000.0]}


def test_a_metric_that_is_not_declared_cannot_be_exposed():
    with pytest.raises(KeyError):
        Snapshot(0).put("surprise", value=1)
    with pytest.raises(ValueError, match="labels"):
        Snapshot(0).put("http_requests", "GET", value=1)
