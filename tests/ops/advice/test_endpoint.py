"""The endpoint: at most one search a minute, nothing changed, nothing told, and an honest answer without a database."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from app.core.tracking import LOOP, Trace
from app.ops.advice.service import DEADLINE_SECONDS, finding
from app.ops.queries.service.server import Server
from tests.test_database_gone import Line

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SERVICE = "SELECT id FROM bookings WHERE client_id = $1::uuid AND service_id = $2::uuid"


@pytest.fixture
def hypopg():
    """Whether the planner believes in indexes."""
    return False


@pytest.fixture
async def scene(filled, make_scene, hypopg):
    """An application over filled tables."""
    scene = await make_scene(await filled("with_hypopg" if hypopg else "without_hypopg"))
    scene.at(NOON)
    return scene


@pytest.fixture
def searched(scene):
    """Return how many statements the operational engine has run."""
    ran = []
    event.listen(
        scene.app.state.process.engine.sync_engine, "before_cursor_execute", lambda *given: ran.append(given[2])
    )
    return ran


def kinds(answer, shape):
    """Return what is advised on one shape."""
    return [item["kind"] for item in answer["items"] if shape in item["affectedQueries"]]


async def test_what_was_found_is_given_for_a_minute_and_then_found_anew(scene):
    first = await scene.advise()
    scene.asked({"new": SERVICE})
    scene.at(NOON + timedelta(seconds=59))
    second = await scene.advise()
    scene.at(NOON + timedelta(seconds=60))
    third = await scene.advise()

    assert [answer["generatedAt"] for answer in (first, second, third)] == [
        *("2026-03-02T12:00:00Z", "2026-03-02T12:00:00Z", "2026-03-02T12:01:00Z")
    ]
    assert [kinds(answer, scene.shapes["new"]) for answer in (second, third)] == [[], ["missing_index"]]
    seen = {item["id"]: item["firstSeen"] for item in third["items"]}
    assert {seen[item["id"]] for item in first["items"] if item["id"] in seen} == {"2026-03-02T12:00:00Z"}
    assert "2026-03-02T12:01:00Z" in seen.values()


async def test_all_who_ask_at_once_wait_for_one_search(scene, searched):
    answers = await asyncio.gather(*(scene.advise() for _ in range(10)))

    assert len({answer["generatedAt"] for answer in answers}) == 1
    assert len([statement for statement in searched if "pg_sequences" in statement]) == 1


async def test_it_answers_with_the_documented_fields(scene):
    scene.asked({"slow": SERVICE}, seconds=0.5, times=4)

    answer = await scene.ask()

    body = answer.json()
    (query,) = [each for each in body["recommendations"] if each["queryHash"] == scene.shapes["slow"]]
    assert (query["avgDuration"], query["callCount"]) == (500.0, 4)
    assert query["queryPreview"].startswith("SELECT id FROM bookings")
    assert "CREATE INDEX CONCURRENTLY IF NOT EXISTS" in query["suggestions"][0]
    assert body["ok"] is True
    assert body["count"] == len(body["recommendations"])
    assert body["engines"]["pgStats"] is True
    assert body["staleSeconds"] is None
    assert {item["status"] for item in body["items"]} == {"open"}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("hypopg", [False, True])
async def test_nothing_is_run_changed_or_left_behind(scene, searched, hypopg):
    counted = "SELECT (SELECT count(*) FROM bookings) AS rows, (SELECT count(*) FROM pg_indexes) AS indexes"
    before = await scene.connection.fetchrow(counted)
    scene.asked(
        {
            "delete": "DELETE FROM bookings WHERE client_id = $1::uuid AND service_id = $2::uuid",
            "refused": "SELECT id FROM bookings WHERE client_id = $1::uuid AND service_id = unheard_of($2)",
            "after": SERVICE,
        }
    )

    answer = await scene.advise()

    async with scene.app.state.process.engine.connect() as connection:
        left = (
            await connection.execute(text("SELECT count(*) FROM pg_prepared_statements WHERE name ~ 'advice'"))
        ).scalar()
    assert [kinds(answer, scene.shapes[name]) for name in scene.shapes] == [["missing_index"]] * 3
    assert await scene.connection.fetchrow(counted) == before
    assert left == 0
    assert answer["engines"]["hypopg"] is hypopg
    explained = [statement for statement in searched if statement.startswith("EXPLAIN")]
    assert set(explained) == {"EXPLAIN (FORMAT JSON) EXECUTE booking_advice(NULL, NULL)"}


async def test_no_literal_of_a_statement_is_told(scene):
    scene.asked(
        {
            "literal": "SELECT id FROM customers WHERE client_id = $1::uuid AND email = 'canary@example.com'",
            "pattern": "SELECT name FROM customers WHERE client_id = $1::uuid AND name LIKE 'Canary%'",
        }
    )

    answer = await scene.ask()

    assert kinds(answer.json(), scene.shapes["literal"]) == ["missing_index"]
    assert "canary" not in answer.text.lower()


async def test_a_literal_that_a_partial_index_wants_is_known_to_the_planner(scene):
    scene.asked({"due": "SELECT id FROM bookings WHERE status = 'held' AND expires_at <= $1"})

    (skipped,) = [each for each in (await scene.advise())["skipped"] if each["hash"] == scene.shapes["due"]]

    assert skipped["why"] == "covered"
    assert "ix_bookings_expires_at" in skipped["detail"]


async def test_what_other_processes_ran_is_advised_on_too(scene, make_scene, filled):
    other = await make_scene(await filled("without_hypopg"))
    other.asked({"theirs": "SELECT seats FROM bookings WHERE client_id = $1::uuid AND service_id = $2::uuid"})
    await other.app.state.process.flush(now=NOON)

    answer = await scene.advise()
    await other.connection.execute("DELETE FROM samples")

    (query,) = [each for each in answer["recommendations"] if each["queryHash"] == other.shapes["theirs"]]
    assert query["callCount"] == 3


async def test_a_statement_that_a_route_asked_in_a_loop_is_named(scene):
    recorder = scene.app.state.process.recorder
    scene.asked({"looped": "SELECT name FROM resources WHERE client_id = $1::uuid AND id = $2::uuid"})
    trace = Trace()
    trace.route, trace.queries, trace.shapes = "GET /api/somewhere", LOOP, {scene.shapes["looped"]: LOOP}
    recorder.finished(trace)

    assert kinds(await scene.advise(), scene.shapes["looped"]) == ["n_plus_one"]


async def test_no_more_than_fifty_statements_are_looked_at_and_none_after_its_time(scene, monkeypatch):
    names = [f"c{n}" for n in range(60)]
    for name in names:
        scene.asked({name: f"SELECT id AS {name}, {name} FROM services AS {name} WHERE id = $1"}, times=1)
    process = scene.app.state.process

    whole = await finding.find(process, Server(), now=NOON, seconds=60)
    monkeypatch.setattr(finding, "_FOR_STATEMENTS", 0)
    late = await finding.find(process, Server(), now=NOON, seconds=60)

    assert len(whole.skipped) == 50
    assert {each.verdict.why for each in late.skipped} == {"no_time_left"}


@pytest.fixture
async def line(tmp_path, database_url):
    """A way to the tests' database that can be cut and frozen, and the URL that leads over it."""
    line = Line(tmp_path, make_url(database_url))
    await line.mend()
    behind = make_url(database_url).set(host=None, port=None, query={"host": str(tmp_path)})
    yield line, behind.render_as_string(hide_password=False)
    await line.mend()
    await line.cut()


async def test_without_the_database_what_was_found_before_is_given_with_its_age(line, make_scene):
    way, url = line
    scene, stranger = await make_scene(url), await make_scene(url)
    scene.at(NOON)
    known = await scene.advise()
    scene.at(NOON + timedelta(seconds=90))
    await way.cut()

    stale, refused = await scene.advise(), await stranger.ask()
    await way.mend()
    fresh = await scene.advise()

    assert (stale["staleSeconds"], stale["items"]) == (90.0, known["items"])
    assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
    assert refused.json()["ok"] is False
    assert fresh["staleSeconds"] is None


async def test_a_frozen_database_is_given_up(line, make_scene):
    way, url = line
    scene = await make_scene(url, seconds=DEADLINE_SECONDS)
    way.freeze(at=b"pg_sequences")

    again = await make_scene(url)

    async with asyncio.timeout(DEADLINE_SECONDS + 3):
        frozen = await scene.ask()
    await way.mend()
    back = await again.ask()

    assert (frozen.status_code, back.status_code) == (503, 200)
