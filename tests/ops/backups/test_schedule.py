"""The schedule: what is due is asked for once, and made by whichever worker comes first."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.core.clock import utcnow
from app.core.db import create_engine, create_sessions, knowing
from app.core.ids import new_id
from app.jobs.runner import run_worker
from app.jobs.schedules import Schedule
from app.ops.backups.jobs import EVERY, keep_to_the_schedule
from app.ops.backups.models import BackupRun
from app.ops.backups.rules import RPO_SECONDS
from app.ops.backups.rules.scheduling import Past, next_backup, next_drill
from app.ops.backups.service import working
from app.ops.backups.service.recording import Run, begin
from app.ops.backups.service.requesting import request, waiting
from app.ops.backups.service.snapshots import alone
from tests.jobs.conftest import HURRIED
from tests.ops.backups.conftest import look
from tests.ops.backups.disturbing import eventually

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("past", "due_in"),
    [
        (Past(), 0 * HOUR),
        (Past(NOW - 23.5 * HOUR + MINUTE), MINUTE),
        (Past(NOW - 23.5 * HOUR), 0 * HOUR),
        (Past(NOW - 9 * DAY), 0 * HOUR),
        (Past(NOW + 9 * DAY), 0 * HOUR),
        (Past(None, NOW, "dump_failed"), HOUR),
        (Past(NOW - 2 * DAY, NOW - HOUR + MINUTE, "dump_failed"), MINUTE),
        (Past(NOW - 2 * DAY, NOW - HOUR, "dump_failed"), 0 * HOUR),
        (Past(NOW - 2 * DAY, NOW + DAY, "dump_failed"), 0 * HOUR),
        (Past(NOW - 2 * DAY, NOW, "interrupted"), 10 * MINUTE),
        (Past(NOW - HOUR, NOW - 2 * HOUR, "dump_failed"), 22.5 * HOUR),
    ],
)
def test_a_backup_is_due_a_day_after_the_last_began_and_an_hour_after_one_that_failed(past, due_in):
    assert next_backup(past, now=NOW) - NOW == due_in


def test_the_next_backup_is_there_before_the_last_one_is_late():
    """The schedule looks every ten minutes, and making one takes its time."""
    assert next_backup(Past(NOW), now=NOW) + EVERY + 15 * MINUTE <= NOW + timedelta(seconds=RPO_SECONDS)


@pytest.mark.parametrize(
    ("past", "due_in"),
    [
        (Past(), 0 * DAY),
        (Past(NOW - 7 * DAY), 0 * DAY),
        (Past(NOW - 6 * DAY), DAY),
        (Past(NOW - 8 * DAY, NOW, "rows_differ"), DAY),
        (Past(NOW + DAY), 0 * DAY),
    ],
)
def test_a_drill_is_due_a_week_after_the_last_and_a_day_after_one_that_failed(past, due_in):
    assert next_drill(past, now=NOW) - NOW == due_in


@pytest.fixture
def place(make_context, fresh_url):
    """A store, and a database without a row."""
    return make_context(database_url=fresh_url)


@pytest.fixture
async def sessions(place):
    """Sessions as a worker's jobs have them."""
    engine = create_engine(place.settings, role="test")
    yield create_sessions(engine, info=knowing(place.settings))
    await engine.dispose()


async def tick(sessions, *, now):
    async with sessions.begin() as session:
        await keep_to_the_schedule(session, now=now)
    async with sessions() as session:
        return [(run.kind, run.status) for run in await session.scalars(select(BackupRun).order_by(BackupRun.id))]


async def put(sessions, kind, status, *, hours, code=None):
    """Remember a run of so many hours ago."""
    at = NOW - timedelta(hours=hours)
    row = {"id": new_id(), "kind": kind, "status": status, "requested_by": "test", "created_at": at, "error_code": code}
    async with sessions.begin() as session:
        session.add(BackupRun(**row, started_at=None if status == "queued" else at, finished_at=at))


async def test_the_first_backup_is_asked_for_at_once_and_once(sessions):
    assert await tick(sessions, now=NOW) == [("backup", "queued")]
    assert await tick(sessions, now=NOW + 10 * MINUTE) == [("backup", "queued")]


@pytest.mark.parametrize(("hours", "asked"), [(23.49, False), (23.5, True), (-5, True)])
async def test_a_day_later_there_is_another_whatever_claims_to_lie_ahead(sessions, hours, asked):
    await put(sessions, "drill", "succeeded", hours=1)
    await put(sessions, "backup", "succeeded", hours=hours)

    assert (("backup", "queued") in await tick(sessions, now=NOW)) is asked


async def test_a_drill_follows_once_there_is_a_backup(sessions):
    await put(sessions, "backup", "succeeded", hours=1)

    assert await tick(sessions, now=NOW) == [("backup", "succeeded"), ("drill", "queued")]


async def test_without_the_private_key_no_drill_is_asked_for(sessions, make_context, fresh_url):
    await put(sessions, "backup", "succeeded", hours=1)
    keyless = make_context(database_url=fresh_url, backup_identity=None)

    async with sessions.begin() as session:
        await working.keep_to_the_schedule(session, keyless.settings, now=NOW)
        assert not await waiting(session, "drill", now=NOW)


async def test_without_a_store_nothing_is_asked_for(sessions, make_context, fresh_url):
    storeless = make_context(database_url=fresh_url).settings.model_copy(update={"backup_url": None})

    async with sessions.begin() as session:
        await working.keep_to_the_schedule(session, storeless, now=NOW)
        assert not await waiting(session, "backup", now=NOW)


async def test_a_run_whose_worker_died_is_put_down_and_made_up_for(sessions):
    await put(sessions, "backup", "running", hours=1)

    assert await tick(sessions, now=NOW) == [("backup", "failed")]
    assert await tick(sessions, now=NOW + 10 * MINUTE) == [("backup", "failed"), ("backup", "queued")]


async def test_a_run_that_really_goes_on_is_waited_for(sessions, place):
    async with alone(place.database_url, "backup"):
        await begin(sessions, Run(new_id(), "backup", "test", NOW - HOUR))

        assert await tick(sessions, now=NOW) == [("backup", "running")]


async def test_a_run_whose_job_was_given_up_is_not_waited_for_forever(sessions):
    await put(sessions, "backup", "queued", hours=3)
    assert await tick(sessions, now=NOW) == [("backup", "queued")]

    assert await tick(sessions, now=NOW + MINUTE) == [("backup", "failed")]


async def test_several_workers_at_once_ask_once(sessions):
    async def ask():
        async with sessions.begin() as session:
            await keep_to_the_schedule(session, now=NOW)

    await asyncio.gather(*(ask() for _ in range(4)))

    assert await tick(sessions, now=NOW) == [("backup", "queued")]


async def run_of(sessions, run_id):
    async with sessions() as session:
        return await session.get(BackupRun, run_id)


@pytest.fixture
async def working_worker(place):
    """A worker that makes what is asked for; its schedule is the test."""
    stop = asyncio.Event()
    work = asyncio.create_task(run_worker(place.settings, stop=stop, schedule=Schedule(), pace=HURRIED))
    yield work
    stop.set()
    await work


async def ask_for(sessions, kind):
    async with sessions.begin() as session:
        return (await request(session, kind, requested_by="test", now=utcnow())).id


async def test_a_worker_makes_the_backup_that_was_asked_for(sessions, place, working_worker):
    run_id = await ask_for(sessions, "backup")

    async def ended():
        run = await run_of(sessions, run_id)
        return run if run.finished_at else None

    run = await eventually(ended)

    assert (run.status, run.requested_by, run.error_code) == ("succeeded", "test", None)
    assert [(kept.id, kept.proven_level) for kept in look(place).backups] == [(run_id, 3)]


async def test_a_drill_of_nothing_fails_by_its_name(sessions, working_worker):
    run_id = await ask_for(sessions, "drill")

    async def ended():
        run = await run_of(sessions, run_id)
        return run if run.finished_at else None

    assert (await eventually(ended)).error_code == "backup_not_found"


async def test_of_a_run_whose_worker_was_killed_no_other_dies(sessions):
    run_id = await ask_for(sessions, "backup")
    async with sessions.begin() as session:
        await session.execute(update(BackupRun).where(BackupRun.id == run_id).values(status="running"))

    async with sessions.begin() as session:
        assert await working.take(session, run_id, now=NOW) is None

    assert (await run_of(sessions, run_id)).error_code == "interrupted"


async def test_a_run_that_was_called_off_by_a_deploy_is_made_by_the_next_worker(sessions):
    run_id = await ask_for(sessions, "backup")
    async with sessions.begin() as session:
        called_off = {"status": "failed", "error_code": "interrupted", "finished_at": NOW}
        await session.execute(update(BackupRun).where(BackupRun.id == run_id).values(**called_off))

    async with sessions.begin() as session:
        assert await working.take(session, run_id, now=NOW) == working.Wanted(run_id, "test")
