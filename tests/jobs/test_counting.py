"""What jobs and periodic tasks run is counted, under a route of their own."""

from datetime import timedelta

from app.core.signals import Signals
from app.core.tracking import Recorder, current
from tests.jobs.conftest import Happened, eventually, mark


async def test_statements_of_jobs_are_counted_for_the_job(working, subscriptions, happen, name, marked):
    recorder = Recorder(Signals(role="worker"))

    @subscriptions.subscribe(Happened, name)
    async def note(session, event, /, *, now):
        await mark(session, name)

    async with working(recorder=recorder):
        await happen()
        await eventually(marked)

    (shape,) = [shape for shape in recorder.routes if "scratch.marks" in recorder.shapes.preview(shape)]
    assert recorder.routes[shape] == {f"JOB {name}"}
    assert recorder.signals.queries.since_start()[shape].count == 1
    assert recorder.signals.pool_wait.since_start()[f"JOB {name}"].count >= 1
    assert current.get() is None


async def test_statements_of_periodic_tasks_are_counted_for_the_task(working, schedule, name, marked, marks):
    recorder = Recorder(Signals(role="worker"))

    @schedule.periodic(name, every=timedelta(hours=1))
    async def note(session, /, *, now):
        await mark(session, name)

    async with working(recorder=recorder):
        await eventually(marked)

    (shape,) = [shape for shape in recorder.routes if "scratch.marks" in recorder.shapes.preview(shape)]
    assert recorder.routes[shape] == {f"PERIODIC {name}"}
