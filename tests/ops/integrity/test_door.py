"""The weekly look: asked for, done by a job, kept, told over HTTP and to the alerts."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.clock import utcnow
from app.core.config import Settings
from app.core.db import create_engine, create_sessions, knowing
from app.jobs.outbox import subscriptions
from app.ops.alerts.rules.catalogue import BY_NAME
from app.ops.alerts.rules.measuring import Facts, Told, measure
from app.ops.integrity import jobs
from app.ops.integrity.events import CheckWanted
from app.ops.integrity.rules.catalogue import CHECKS
from app.ops.integrity.rules.terms import Example, Found, judged
from app.ops.integrity.schemas import looked
from app.ops.integrity.service import recording
from app.ops.process import create_process

FORGET = "DELETE FROM integrity_checks"
UNASK = "DELETE FROM pgqueuer WHERE entrypoint = 'integrity.check'"
WAITING = "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'integrity.check'"


def a_look(*, days_ago=0.0, total=0):
    at = utcnow() - timedelta(days=days_ago)
    found = Found(total, (Example(None, "one", "about it"),) * min(total, 1))
    return looked([judged(CHECKS["claims_overlap"], found, 0.1)], started_at=at, finished_at=at)


@pytest.fixture
async def kept(app, sql):
    """Keep looks, instead of those that there are; none are left afterwards. Other tests may have asked for one."""
    await sql(UNASK)

    async def keep(*looks):
        async with app.state.sessions.begin() as session:
            await session.execute(text(FORGET))
            for each in looks:
                await recording.keep(session, each)

    yield keep
    await sql(FORGET)
    await sql(UNASK)


async def test_without_a_look_it_is_not_said_that_all_is_well(http, operator, kept):
    await kept()

    told = (await http.get("/api/integrity", headers=operator)).json()

    assert (told["ok"], told["overdue"], told["findings"], told["last"]) == (False, True, None, None)


@pytest.mark.parametrize(("days_ago", "total", "ok"), [(1, 0, True), (1, 2, False), (9, 0, False)])
async def test_the_last_look_is_told_with_its_age(http, operator, kept, days_ago, total, ok):
    await kept(a_look(days_ago=20, total=5), a_look(days_ago=days_ago, total=total))

    told = (await http.get("/api/integrity", headers=operator)).json()

    assert told["ok"] is ok
    assert told["findings"] == (1 if total else 0)
    assert told["ageSeconds"] == pytest.approx(days_ago * 86_400, abs=60)
    assert told["last"]["checks"][0]["total"] == total


async def test_a_look_that_is_asked_for_twice_is_queued_once_and_stands_in_the_audit_log(http, operator, kept, sql):
    await kept()

    answers = [await http.post("/api/integrity/check", headers=operator) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["queued"] is True
    assert (await sql(WAITING))[0][0] == 1
    assert (await sql("SELECT count(*) FROM audit_log WHERE action = 'integrity_check_requested'"))[0][0] >= 2


@pytest.mark.parametrize(("looks", "waiting"), [([], 1), ([6.9], 0), ([7.1], 1), ([20, 7.1], 1), ([20, 1], 0)], ids=str)
async def test_a_look_is_due_a_week_after_the_last_one(app, kept, sql, looks, waiting):
    await kept(*(a_look(days_ago=days) for days in looks))

    async with app.state.sessions.begin() as session:
        await jobs.schedule(session, now=utcnow())

    assert (await sql(WAITING))[0][0] == waiting


async def test_while_one_waits_for_a_person_no_other_is_asked_for(app, kept, sql):
    await kept()
    await sql("INSERT INTO pgqueuer (priority, entrypoint, status) VALUES (0, 'integrity.check', 'failed')")
    waiting = (await sql(WAITING))[0][0]

    async with app.state.sessions.begin() as session:
        await jobs.schedule(session, now=utcnow())

    assert (await sql(WAITING))[0][0] == waiting


def test_the_job_may_take_an_hour():
    [job] = [each for each in subscriptions if each.name == "integrity.check"]

    assert job.limit == timedelta(hours=1)


async def test_the_job_looks_at_all_of_the_data_and_keeps_what_it_found(lived_url):
    settings = Settings.model_validate({"env": "test", "database_url": lived_url})
    engine = create_engine(settings, role="test")
    sessions = create_sessions(engine, info=knowing(settings))
    async with sessions() as session:
        await jobs.check(session, CheckWanted("test"), now=utcnow())
        found = await recording.latest(session)
        await session.rollback()
    await engine.dispose()

    assert found is not None
    assert found.findings == 0
    assert [each.name for each in found.checks] == list(CHECKS)


async def test_a_year_of_looks_is_kept(kept, sql):
    await kept(*(a_look(days_ago=60 - number) for number in range(60)))

    [(count, oldest)] = await sql("SELECT count(*), min(started_at) FROM integrity_checks")

    assert count == 52
    assert utcnow() - oldest < timedelta(days=53)


async def test_every_process_says_what_the_last_look_found(settings, kept):
    await kept(a_look(days_ago=2, total=1))
    process = create_process(settings, role="test")
    jobs.attend(process)

    assert process.gauges["integrity"]() == {}
    process.start()
    async with asyncio.timeout(30):
        while not (said := process.gauges["integrity"]()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await process.stop()

    assert said["findings"] == 1
    assert said["age_seconds"] == pytest.approx(2 * 86_400, abs=60)


@pytest.mark.parametrize(("said", "fires"), [({"findings": 1}, True), ({"findings": 0}, False), ({}, None)])
def test_findings_are_an_alert(said, fires):
    state = {"integrity": said | ({"age_seconds": 60.0} if said else {})}
    measured = measure(Facts(unanswered=0, processes=[Told("here", 1, state)])).get("integrity_findings")

    assert (measured and BY_NAME["integrity_findings"].severity(measured) is not None) == fires
