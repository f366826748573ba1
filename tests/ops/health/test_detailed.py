"""Detailed health over HTTP: the documented members, and that no part can hold up or hide the others."""

import asyncio
import time

import httpx
import pytest
from sqlalchemy import text

from app.core.patience import within
from app.main import create_app
from app.ops.health.service import looking
from tests.clocks import Clock
from tests.fixtures.api import OPERATOR_KEY

DOCUMENTED = ("healthy", "database", "services")


class Place:
    """An application with a database of its own, and who asks it."""

    def __init__(self, app):
        self.app, self.process = app, app.state.process
        self.clock = self.process.lifeline.clock = Clock()
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")

    async def ask(self, **query):
        headers = {"X-API-Key": OPERATOR_KEY}
        return await self._http.get("/api/health/detailed", params=query, headers=headers)

    async def order(self, statement):
        async with self.app.state.sessions.begin() as session:
            await session.execute(text(statement))


@pytest.fixture
async def begin(settings):
    places = []

    def make(**changes):
        places.append(Place(create_app(settings.model_copy(update=changes))))
        return places[-1]

    yield make
    for place in places:
        await place.process.stop()
        await place.app.state.engine.dispose()


@pytest.fixture
async def place(begin):
    return begin()


@pytest.fixture
async def fresh(begin, databases):
    """One with a database of its own, in which nothing has happened."""
    url = databases.create()
    place = begin(database_url=url)
    yield place
    await place.process.stop()
    await place.app.state.engine.dispose()
    databases.drop(url)


async def test_a_fresh_service_is_healthy_with_the_documented_members(fresh):
    answer = await fresh.ask(strict=1)

    told = answer.json()
    assert (answer.status_code, told["healthy"], told["degradedReasons"]) == (200, True, [])
    assert told["database"]["status"] == "connected"
    assert {"active", "max", "utilization"} <= told["database"]["pool"].keys()
    assert "timeouts5m" in told["database"]["pool"]
    assert told["services"].keys() >= {"twilio", "vapi", "googleCalendar"}
    assert {type(each) for each in told["services"].values()} == {str}
    assert told["services"]["twilio"] == "not_configured"
    assert told["database"]["migration"]["atHead"] is True
    assert answer.headers["cache-control"] == "no-store"
    assert told["components"].keys() >= {
        *("database", "cache", "jobs", "backup", "eventLoop", "memory", "disk", "twilio", "redis"),
    }


async def test_the_same_service_in_production_misses_what_is_not_set_up(begin, database_url):
    answer = await begin(env="production", database_url=database_url).ask()

    told = answer.json()
    assert (answer.status_code, told["overall"]) == (200, "degraded")
    assert {"twilio_not_configured", "google_calendar_not_configured", "no_backup_configured"} <= set(
        told["degradedReasons"]
    )


async def test_a_part_that_hangs_or_fails_is_unknown_and_the_others_are_there(place, monkeypatch):
    monkeypatch.setattr(looking, "LOOK_SECONDS", 0.05)

    async def hangs(_now):
        await asyncio.Event().wait()

    async def fails(_now):
        raise RuntimeError("s3cret")

    place.process.health |= {"twilio": hangs, "vapi": fails}
    began = time.monotonic()
    answer = await place.ask()

    told = answer.json()
    assert time.monotonic() - began < 5  # it would be for ever
    assert told["components"]["twilio"] == {"status": "unknown", "error": "timed_out"}
    assert told["components"]["vapi"] == {"status": "unknown", "error": "look_failed"}
    assert (told["services"]["twilio"], told["overall"]) == ("unknown", "degraded")
    assert told["components"]["database"]["status"] == "operational"
    assert "s3cret" not in answer.text


async def test_looks_go_on_beside_each_other(place):
    met = asyncio.Barrier(3)

    async def meets(_now):
        async with asyncio.timeout(2):
            await met.wait()
        return {"status": "operational"}

    place.process.health |= dict.fromkeys(("twilio", "vapi", "googleCalendar"), meets)

    assert (await place.ask()).json()["services"]["vapi"] == "operational"


async def test_however_many_ask_it_looks_once_and_again_when_that_is_old(place):
    looks = []

    async def counted(_now):
        looks.append(1)
        return {"status": "operational"}

    place.process.health["twilio"] = counted
    await asyncio.gather(*(place.ask() for _ in range(20)))
    place.clock.seconds += looking.FRESH_SECONDS - 0.1
    await place.ask()
    assert len(looks) == 1

    place.clock.seconds += 0.2
    await place.ask()
    assert len(looks) == 2


async def test_other_rooms_tell_their_parts(place):
    async def alerts(_now):
        return [{"rule": "error_rate"}]

    async def slo(_now):
        return {"window": "5m", "p95Ms": 12.5}

    place.process.parts |= {"alerts": alerts, "slo": slo}
    told = (await place.ask()).json()

    assert told["alerts"] == [{"rule": "error_rate"}]
    assert told["slo"] == {"window": "5m", "p95Ms": 12.5}


async def test_jobs_that_wait_are_held_or_come_late_are_told(fresh):
    await fresh.order(
        "INSERT INTO pgqueuer (priority, created, updated, heartbeat, execute_after, status, entrypoint) VALUES"
        " (0, now(), now(), now(), now() - interval '6 minutes', 'queued', 'test.late'),"
        " (0, now(), now(), now(), now(), 'failed', 'test.held')"
    )
    await fresh.order(
        "INSERT INTO periodic_runs (name, due_at, last_started_at, last_error_code, runs) VALUES"
        " ('test.up', now() + interval '1 minute', now(), NULL, 1),"
        " ('test.late', now() - interval '1 hour', now(), NULL, 1),"
        " ('test.down', now() + interval '1 minute', now(), 'boom', 1)"
    )

    told = (await fresh.ask()).json()
    jobs = told["components"]["jobs"]

    assert told["overall"] == "degraded"
    assert jobs["reasons"] == ["jobs_pending", "jobs_held", "task_down:test.down", "task_late:test.late"]
    assert jobs["oldestPendingSeconds"] == pytest.approx(360, abs=30)
    assert {beat["name"]: beat["state"] for beat in jobs["heartbeats"]}["test.up"] == "up"
    assert (await fresh.ask(strict=1)).status_code == 503


async def test_one_component_can_be_asked_for(place):
    answer = await place.ask(component="disk")
    backup = await place.ask(component="backup")

    assert (answer.json()["name"], answer.json()["component"]["status"]) == ("disk", "operational")
    assert answer.json()["component"]["freeBytes"] > 0
    assert (backup.json()["component"]["status"], backup.json()["healthy"]) == ("error", True)
    assert backup.json()["component"]["countsIn"] == "production"


async def test_a_component_that_is_none_is_named_as_such(place):
    answer = await place.ask(component="flux capacitor")

    assert (answer.status_code, answer.json()["code"]) == (404, "component_not_found")
    assert answer.json()["ok"] is False


async def test_without_the_database_it_is_unhealthy_and_tells_the_rest(begin):
    answer = await begin(database_url="postgresql+asyncpg://x:s3cret@/none?host=/nowhere-at-all").ask()

    told = answer.json()
    assert (answer.status_code, told["overall"], told["healthy"]) == (503, "unhealthy", False)
    assert told["database"]["status"] == "disconnected"
    assert told["degradedReasons"][0] == "database_unavailable"
    assert told["components"]["jobs"] == {"status": "unknown", "error": "database_unavailable"}
    assert told["components"]["memory"]["status"] == "operational"
    assert told["database"]["pool"]["max"] == 12
    assert answer.headers["retry-after"] == "5"
    assert "s3cret" not in answer.text
    assert "nowhere" not in answer.text


async def test_a_pool_that_is_used_up_while_others_wait_is_told_at_once(begin, database_url):
    place = begin(database_url=database_url, db_pool_max=1)
    engine = place.app.state.engine
    async with engine.connect():
        waiting = asyncio.create_task(engine.connect().__aenter__())
        async with asyncio.timeout(30):
            while engine.sync_engine.pool.waiting == 0:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        answer = await place.ask()
    await (await waiting).close()

    told = answer.json()
    assert (answer.status_code, told["overall"]) == (200, "degraded")
    assert told["database"]["pool"]["utilization"] == 100
    assert told["database"]["pool"]["waiting"] == 1
    assert "pool_exhausted" in told["degradedReasons"]
    (alert,) = told["alerts"]
    assert (alert["rule"], alert["severity"]) == ("pool_exhausted", "critical")
    assert alert["since"] == told["timestamp"]
    assert "/api/database/connection-limit" in alert["next"][0]


async def test_the_looks_have_what_the_question_for_the_database_left_of_the_time(place, monkeypatch):
    given, check = set(), place.process.lifeline.check

    async def late():
        place.clock.seconds += 2.0
        monkeypatch.setattr(place.process.lifeline, "check", check)
        return await check()

    async def noted(seconds, work):
        given.add(round(seconds, 6))
        return await within(seconds, work)

    monkeypatch.setattr(place.process.lifeline, "check", late)
    monkeypatch.setattr(looking, "within", noted)
    await place.ask()

    assert given == {round(looking.ALL_SECONDS - 2.0, 6)}
    assert looking.ALL_SECONDS < 2.5
