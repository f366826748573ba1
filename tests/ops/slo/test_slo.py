"""What is promised and how it is kept: on known traffic of several processes."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from app.core.signals import Answered, Signals
from app.ops.process import create_process
from app.ops.samples.service import roll_up
from app.ops.slo.jobs import Summary, brief
from app.ops.slo.rules import OPERATIONAL, Traffic, is_valid, traffic
from app.ops.slo.service import keeping
from tests.routes import all_routes, operational_routes

NOW = datetime(2026, 3, 2, 9, 30, 20, tzinfo=UTC)


def answer(signals, count, *, status=200, route="/api/bookings", milliseconds=10.0):
    for _ in range(count):
        signals.requests.add(Answered("GET", route, status), milliseconds, failed=status >= 500)


@pytest.fixture
def own_url(databases):
    """A migrated database of one test."""
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
async def make_process(settings, own_url):
    made = []

    def make():
        made.append(create_process(settings.model_copy(update={"database_url": own_url}), role="web"))
        return made[-1]

    yield make
    for process in made:
        await process.stop()


@pytest.fixture
def read():
    async def kept(process, *, minutes=60, days=30, now=NOW):
        async with process.sessions() as session:
            return await keeping.of_all(session, minutes=minutes, days=days, now=now)

    return kept


@pytest.mark.parametrize(
    ("key", "valid"),
    [
        ("GET /api/bookings 200", True),
        ("POST /api/bookings 503", True),
        ("POST /api/bookings 409", False),
        ("POST /api/bookings 429", False),
        ("* <unmatched> 404", False),
        ("GET /health/lb 503", False),
        ("GET /api/alerts/rules 500", False),
        ("GET /api/clients/{clientKey} 200", True),
    ],
)
def test_valid_is_what_callers_may_expect_an_answer_to(key, valid):
    assert is_valid(key) is valid


def test_all_that_is_operational_is_left_out_and_nothing_else(app):
    routes = {route.path for route in operational_routes(app)}
    of_clients = {route.path for route in all_routes(app)}

    assert [path for path in routes if not path.startswith(OPERATIONAL)] == []
    assert [path for path in of_clients if path.startswith(OPERATIONAL)] == []


@pytest.mark.parametrize(
    ("valid", "failed", "rate", "left"),
    [(10_000, 10, 1.0, 0.0), (10_000, 144, 14.4, -1_340.0), (10_000, 0, 0.0, 100.0), (10_000, 5, 0.5, 50.0)],
)
def test_a_budget_is_a_thousandth_of_all_requests(valid, failed, rate, left):
    told = Traffic(valid, failed)

    assert told.burn_rate == pytest.approx(rate)
    assert told.budget_left_percent == pytest.approx(left, abs=1e-9)


def test_nothing_is_said_of_no_requests():
    assert traffic([("GET /api/bookings 404", 5, 0)]) == Traffic(0, 0)
    assert (Traffic().error_percent, Traffic().burn_rate, Traffic().budget_left_percent) == (None, None, None)


async def test_two_processes_are_put_together(make_process, read):
    numbers = random.Random(1)
    truth = []
    for process in (make_process(), make_process()):
        process.signals.rotate(NOW)
        for _ in range(2_000):
            truth.append(numbers.lognormvariate(3, 1))
            answer(process.signals, 1, milliseconds=truth[-1])
        answer(process.signals, 10, status=500, route="/api/services")
        answer(process.signals, 999, status=429)
        await process.flush(now=NOW)
    kept = await read(process)
    overall, routes = keeping.speeds(kept)
    truth.sort()

    assert [(route.route, route.requests, route.failed) for route in routes] == [
        ("GET /api/bookings", 4_000, 0),
        ("GET /api/services", 20, 20),
    ]
    assert routes[0].p95_ms == pytest.approx(truth[3_799], rel=0.02)
    assert (overall.requests, overall.error_rate_percent) == (4_020, 0.5)
    told = keeping.availability(kept, 30)
    assert told is not None
    assert (told.requests, told.failed, told.availability_percent) == (4_020, 20, 99.5025)
    assert told.error_budget_remaining_percent == pytest.approx(-397.51, abs=0.01)


async def test_each_window_holds_what_lies_in_it_also_after_the_roll_up(make_process, read):
    process = make_process()
    ages = {"5m": 2, "30m": 20, "1h": 50, "6h": 300, "3d": 60 * 24 * 2, "30d": 60 * 24 * 20, "never": 60 * 24 * 32}
    for minutes in sorted(ages.values(), reverse=True):
        at = NOW - timedelta(minutes=minutes)
        process.signals.rotate(at)
        answer(process.signals, 9)
        answer(process.signals, 1, status=500)
        await process.flush(now=at)
    async with process.sessions.begin() as session:
        assert await roll_up(session, now=NOW) > 0

    found = {rate.window: rate.requests for rate in keeping.burn_rates(await read(process))}

    assert found == {"5m": 10, "30m": 20, "1h": 30, "6h": 40, "3d": 50, "30d": 60}
    assert {rate.burn_rate for rate in keeping.burn_rates(await read(process))} == {100.0}


async def test_it_answers_over_http(app, http, operator):
    listed = (await http.get("/api/slo?windowMinutes=5&days=7", headers=operator)).json()

    assert (listed["objectivePercent"], listed["windowMinutes"], listed["availability"]["days"]) == (99.9, 5, 7)
    assert [rate["window"] for rate in listed["burnRates"]] == ["5m", "30m", "1h", "6h", "3d", "30d"]
    assert (listed["scope"], listed["complete"]) == ("cluster", True)
    alone = (await http.get("/api/slo?scope=instance", headers=operator)).json()
    assert (alone["scope"], alone["availability"], len(alone["burnRates"])) == ("instance", None, 3)


async def test_while_the_database_is_away_it_tells_what_this_process_knows(app, http, operator, monkeypatch):
    def away():
        raise ConnectionRefusedError

    monkeypatch.setattr(app.state.process, "sessions", away)
    listed = (await http.get("/api/slo", headers=operator)).json()

    assert (listed["scope"], listed["complete"], listed["degraded"]) == ("instance", False, ["database_unavailable"])


@pytest.mark.parametrize("asked", ["windowMinutes=0", "windowMinutes=121", "days=0", "days=31", "scope=x", "y=1"])
async def test_nonsense_is_refused(http, operator, asked):
    assert (await http.get(f"/api/slo?{asked}", headers=operator)).status_code == 422


async def test_health_is_told_of_all_processes_and_asks_no_more_than_it_must(make_process, monkeypatch):
    process = make_process()
    process.signals.rotate(NOW)
    answer(process.signals, 99)
    answer(process.signals, 1, status=500)
    await process.flush(now=NOW)
    summary = Summary(process)

    first = await summary.read(NOW)
    monkeypatch.setattr(process, "sessions", None)
    again = await summary.read(NOW + timedelta(seconds=14))

    assert first is again
    assert (first["requests"], first["availability30dPercent"], first["errorBudgetRemainingPercent"]) == (
        100,
        99.0,
        -900.0,
    )


def test_health_is_told_in_brief():
    signals = Signals()
    signals.rotate(NOW)
    answer(signals, 99)
    answer(signals, 1, status=500)

    told = brief(keeping.of_process(signals, minutes=5))

    assert (told["requests"], told["errorRatePercent"], told["availability30dPercent"]) == (100, 1.0, None)
    assert told["p95Ms"] == pytest.approx(10, rel=0.02)
