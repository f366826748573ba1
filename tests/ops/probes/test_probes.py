"""Probes over HTTP in process: their answers, what they cost, and that they name no secret."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy.engine import make_url

from app.main import create_app
from app.ops.probes.rules import PROBES
from tests.clocks import Clock

NOW = datetime(2026, 3, 23, 8, tzinfo=UTC)
NOWHERE = "postgresql+asyncpg://somebody:s3cret@/nothing?host=/nowhere-at-all"


@pytest.fixture
async def probing(settings):
    """Start an application of its own, no background: `await probing(**settings)` returns it and an HTTP client."""
    apps = []

    async def begin(**changes):
        app = create_app(settings.model_copy(update=changes))
        app.state.process.started = True
        app.state.process.lifeline.clock = Clock()
        apps.append(app)
        return app.state.process, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")

    yield begin
    for app in apps:
        await app.state.process.stop()
        await app.state.engine.dispose()


@pytest.mark.parametrize("path", PROBES)
async def test_a_process_that_is_well_says_so(probing, path):
    _, http = await probing(commit="abc123", instance="web-1")
    await http.get("/health/lb")

    answer = await http.get(path)

    told = answer.json()
    assert (answer.status_code, told["status"], told["commit"], told["instance"]) == (200, "healthy", "abc123", "web-1")
    assert told["uptime"] >= 0
    assert datetime.fromisoformat(told["timestamp"]).tzinfo is not None
    assert told["timestamp"].endswith("Z")
    assert answer.headers["cache-control"] == "no-store"
    if path != "/health/live":
        database = told["checks"]["database"]
        assert (database["status"], database["ageMs"]) == ("up", 0)
        assert isinstance(database["latencyMs"], float)


async def test_without_its_database_a_process_is_alive_and_nothing_else(probing):
    process, http = await probing(database_url=NOWHERE)

    live = await http.get("/health/live")
    first = await http.get("/health/lb")
    process.lifeline.clock.seconds += 3
    second = await http.get("/health/lb")
    ready = await http.get("/health/ready")

    assert (live.status_code, live.json()["status"]) == (200, "healthy")
    assert [answer.status_code for answer in (first, second, ready)] == [503, 503, 503]
    told = second.json()
    assert (told["status"], told["reason"]) == ("unhealthy", "database_unavailable")
    assert (told["retryAfterSeconds"], second.headers["retry-after"]) == (5, "5")
    assert told["consecutiveFailures"] == 2
    since = datetime.fromisoformat(told["timestamp"]) - datetime.fromisoformat(told["since"])
    assert since.total_seconds() == pytest.approx(3)
    assert ready.json()["reason"] == "database_unavailable"
    for answer in (first, second, ready):
        assert "s3cret" not in answer.text
        assert "nowhere" not in answer.text


async def test_an_outage_after_the_first_contact_leaves_it_ready(probing):
    process, http = await probing()
    await http.get("/health/lb")
    process.lifeline._url = make_url(NOWHERE).set(drivername="postgresql").render_as_string(hide_password=False)
    process.lifeline._drop()
    process.lifeline.clock.seconds += 2

    strict, ready = await http.get("/health/lb"), await http.get("/health/ready")

    assert (strict.status_code, strict.json()["reason"]) == (503, "database_unavailable")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert ready.json()["checks"]["database"]["status"] == "down"


async def test_a_database_without_our_tables_is_reached_and_not_served(probing, empty_database_url):
    _, http = await probing(database_url=empty_database_url)

    answers = [await http.get(path) for path in ("/health/lb", "/health/ready")]

    assert [answer.json()["reason"] for answer in answers] == ["migrations_pending"] * 2


async def test_while_it_drains_only_the_alive_is_told(probing):
    process, http = await probing()
    process.draining = True

    answers = {path: await http.get(path) for path in PROBES}

    assert {path: answer.status_code for path, answer in answers.items()} == {
        "/health/live": 200,
        "/health/ready": 503,
        "/health/lb": 503,
    }
    assert answers["/health/lb"].json()["reason"] == "shutting_down"


async def test_an_event_loop_that_stood_still_is_told(probing):
    process, http = await probing()
    process._beat = process.lifeline.clock() - 6

    answer = await http.get("/health/live")

    assert (answer.status_code, answer.json()["reason"]) == (503, "event_loop_stalled")


async def test_a_thousand_probes_a_second_are_at_most_two_queries_a_second(probing):
    process, http = await probing()
    asked = []
    await http.get("/health/lb")
    process.lifeline._connection.add_query_logger(lambda query: asked.append(query.query))

    for _ in range(10):  # a second of the injected clock each
        for _ in range(4):
            process.lifeline.clock.seconds += 0.25
            answers = await asyncio.gather(*(http.get(path) for path in list(PROBES) * 10))
            assert {answer.status_code for answer in answers} == {200}

    assert 1 <= len(asked) <= 20
    assert len(asked) <= 10


async def test_head_says_the_same_without_a_body(probing):
    _, http = await probing()
    asked, looked = await http.get("/health/lb"), await http.head("/health/lb")

    assert (looked.status_code, looked.content) == (200, b"")
    assert looked.headers.keys() == asked.headers.keys()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_a_probe_takes_nothing(probing, method):
    _, http = await probing()

    answer = await http.request(method, "/health/ready")

    assert (answer.status_code, answer.headers["allow"], answer.json()["code"]) == (
        405,
        "GET, HEAD",
        "method_not_allowed",
    )


async def test_a_flood_is_told_the_last_answer_without_a_look_at_anything(probing):
    process, http = await probing()
    process.guard = lambda scope: scope["path"] == "/health/lb"
    first = await http.get("/health/lb")
    process.lifeline.clock.seconds += 60
    process.lifeline.check = None  # whoever looks fails

    again, looked = await http.get("/health/lb"), await http.head("/health/lb")

    assert (again.status_code, again.content, again.headers) == (200, first.content, first.headers)
    assert (looked.status_code, looked.content, looked.headers) == (200, b"", first.headers)


async def test_a_flood_is_told_of_a_failure_as_such(probing):
    process, http = await probing(database_url=NOWHERE)
    process.guard = lambda _scope: True

    answers = [await http.get("/health/lb") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["retry-after"] == answers[0].headers["retry-after"]


async def test_a_flood_hides_from_nobody_that_the_process_leaves(probing):
    process, http = await probing()
    process.guard = lambda _scope: True
    before = await http.get("/health/ready")
    process.draining = True

    after = [await http.get("/health/ready") for _ in range(2)]

    assert before.status_code == 200
    assert [(answer.status_code, answer.json()["reason"]) for answer in after] == [(503, "shutting_down")] * 2


async def test_what_a_probe_does_not_take_is_counted_too(probing):
    process, http = await probing()
    counted = []

    def guard(scope):
        counted.append(scope["method"])
        return len(counted) > 1

    process.guard = guard

    answers = [await http.post("/health/live") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [405] * 3
    assert counted == ["POST"] * 3


async def test_probes_count_as_no_request_and_write_no_line(probing, logged):
    process, http = await probing()
    await http.get("/health/lb")

    for path in PROBES:
        await http.get(path)

    assert [line["event"] for line in logged()] == ["database_reached"]
    assert process.signals.requests.since_start() == {}
