"""What workers do for the queue itself: hold what kills them, forget what is no task any more."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.jobs import service
from app.jobs.jobs import FORGOTTEN, MOST_DEATHS, forget_tasks, hold_deadly
from app.jobs.schedules import schedule

JOB = text("INSERT INTO pgqueuer (priority, entrypoint, status) VALUES (0, :name, 'picked') RETURNING id")
LINE = text(
    "INSERT INTO pgqueuer_log (created, job_id, status, priority, entrypoint)"
    " VALUES (:at, :job, CAST(:status AS pgqueuer_status), 0, :name)"
)


@pytest.fixture
def look_after(sessions, name):
    """A job that was begun and ended so often, so long ago; what becomes of it when it is looked at."""

    async def look(begun, ended=0, *, ago=timedelta(minutes=1)):
        now = datetime.now(UTC)
        async with sessions.begin() as session:
            job = await session.scalar(JOB, {"name": name})
            for status, times in (("picked", begun), ("queued", ended)):
                for _ in range(times):
                    await session.execute(LINE, {"at": now - ago, "job": job, "status": status, "name": name})
            await hold_deadly(session, now=now)
            found = [each for each in await service.held(session, limit=1_000) if each.id == job]
            await session.rollback()
        return [each.error_code for each in found]

    return look


async def test_a_job_of_which_one_worker_after_another_died_is_held(look_after):
    assert await look_after(MOST_DEATHS + 1) == ["worker_died"]


@pytest.mark.parametrize(
    "history",
    [
        {"begun": MOST_DEATHS},
        {"begun": MOST_DEATHS + 20, "ended": 20},
        {"begun": MOST_DEATHS + 1, "ago": timedelta(hours=2)},
    ],
    ids=["a few deaths", "many attempts that ended", "long ago"],
)
async def test_a_job_that_was_interrupted_less_often_goes_on(look_after, history):
    assert await look_after(**history) == []


async def test_a_task_that_no_version_has_any_more_is_forgotten(sessions, name):
    now = datetime.now(UTC)
    known = next(iter(schedule)).name
    late, in_time = now - FORGOTTEN - timedelta(seconds=1), now
    row = text(
        "INSERT INTO periodic_runs VALUES (:name, :due, :due, NULL, NULL, 1)"
        " ON CONFLICT (name) DO UPDATE SET due_at = EXCLUDED.due_at"
    )
    async with sessions.begin() as session:
        for task, due in [(known, late), (f"{name}.gone", late), (f"{name}.just_due", in_time)]:
            await session.execute(row, {"name": task, "due": due})
        await forget_tasks(session, now=now)
        left = set(await session.scalars(text("SELECT name FROM periodic_runs")))
        await session.rollback()

    assert {known, f"{name}.just_due"} <= left
    assert f"{name}.gone" not in left
