"""What a human does with held jobs, by function and by command."""

import json
import re
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from app.jobs import service
from app.jobs.commands import jobs
from app.jobs.errors import JobNotHeld, PermanentFailure
from tests.fixtures.database import in_a_thread
from tests.jobs.conftest import Happened, eventually


class NumberGone(PermanentFailure):
    """A failure that says by its name why it is one."""


@pytest.fixture
async def held(working, subscriptions, happen, name, ask):
    """Two held jobs; return their numbers and a list that takes the failure away when emptied."""
    trouble = [NumberGone("+15550100 does not exist")]

    @subscriptions.subscribe(Happened, name)
    async def note(session, event, /, *, now):
        for failure in trouble:
            raise failure

    async def both():
        return await ask("SELECT count(*) = 2 FROM pgqueuer WHERE entrypoint = :name AND status = 'failed'")

    async with working():
        await happen(2)
        await eventually(both)
    return await ask("SELECT array_agg(id ORDER BY id) FROM pgqueuer WHERE entrypoint = :name"), trouble


@pytest.fixture
def booking_jobs(settings, monkeypatch):
    """Run `booking jobs …`."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    return lambda *words: in_a_thread(lambda: CliRunner().invoke(jobs, [str(word) for word in words]))


async def test_held_jobs_are_shown_with_what_stopped_them(held, sessions, name):
    numbers, _ = held
    async with sessions() as session:
        shown = [job for job in await service.held(session, limit=1_000) if job.name == name]
        counts = [count for count in await service.counts(session) if count.name == name]

    assert [(job.id, job.attempts, job.error_code) for job in shown] == [
        (number, 1, "number_gone") for number in numbers
    ]
    assert all(re.fullmatch(r"NumberGone at app/jobs/queue\.py:\d+ _perform", job.error or "") for job in shown)
    oldest = min(job.held_at for job in shown)
    assert [(count.state, count.count, count.oldest_at) for count in counts] == [("held", 2, oldest)]


async def test_jobs_that_are_not_due_yet_are_counted_apart(sessions, subscriptions, happen, name):
    subscriptions.subscribe(Happened, name, delay=timedelta(hours=1))(service.counts)
    await happen(3)
    async with sessions() as session:
        counts = [count for count in await service.counts(session) if count.name == name]

    assert [(count.state, count.count) for count in counts] == [("scheduled", 3)]


async def test_a_retried_job_runs_again(held, working, sessions, state):
    numbers, trouble = held
    trouble.clear()

    async def gone():
        return await state() is None

    async with sessions.begin() as session:
        retried = await service.retry(session, numbers)
    async with working():
        await eventually(gone)

    assert retried == numbers


async def test_a_discarded_job_is_gone_and_its_end_is_logged(held, sessions, state, ask):
    numbers, _ = held
    async with sessions.begin() as session:
        await service.discard(session, numbers[:1])

    assert await state() == "failed"
    assert await ask(f"SELECT count(*) FROM pgqueuer_log WHERE job_id = {numbers[0]} AND status = 'deleted'") == 1


async def test_unless_all_that_are_named_are_held_nothing_is_changed(held, sessions, state):
    numbers, _ = held
    for change in (service.retry, service.discard):
        with pytest.raises(JobNotHeld):
            async with sessions.begin() as session:
                await change(session, [*numbers, 10**12])

    assert await state() == "failed,failed"


async def test_the_commands_list_retry_and_discard(held, booking_jobs, state, name):
    (first, second), _ = held
    listed = booking_jobs("list", "--limit", 1000, "--json")
    told = booking_jobs("list", "--limit", 1000)
    retried = booking_jobs("retry", first, "--json")
    discarded = booking_jobs("discard", second)
    refused = booking_jobs("discard", first, second)

    [shown] = [job for job in json.loads(listed.output)["held"] if job["id"] == first]
    assert (shown["name"], shown["errorCode"]) == (name, "number_gone")
    assert f"#{second} {name} held after 1 attempts: number_gone: NumberGone at " in told.output
    assert json.loads(retried.output) == {"retried": [first]}
    assert discarded.output == f"discarded: {second}\n"
    assert (refused.exit_code, await state()) == (1, "queued")


async def test_retry_all_is_said_in_words(booking_jobs, sessions, held, name, state):
    vague = booking_jobs("retry")
    before = await state()
    done = booking_jobs("retry", "--all", "--json")

    assert (vague.exit_code, before) == (2, "failed,failed")
    assert set(held[0]) <= set(json.loads(done.output)["retried"])
    assert await state() == "queued,queued"


async def test_those_of_one_kind_are_retried(booking_jobs, held, name, state):
    other = booking_jobs("retry", "--kind", "another.kind", "--json")
    before = await state()
    done = booking_jobs("retry", "--kind", name, "--json")

    assert (json.loads(other.output), before) == ({"retried": []}, "failed,failed")
    assert (json.loads(done.output)["retried"], await state()) == (held[0], "queued,queued")
