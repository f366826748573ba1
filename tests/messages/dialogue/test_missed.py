"""Texts of which no webhook told, as after an outage or in a restored database, are fetched from Twilio's list."""

import json
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from app.core.clock import utcnow
from app.customers.consents.service import opt_out
from app.messages.dialogue.jobs import look_for_missed
from app.messages.dialogue.service import seek
from tests.bookings.conftest import phone
from tests.messages.conftest import coming
from tests.messages.dialogue.conftest import ANN

MINUTES = timedelta(minutes=1)


@pytest.fixture
def missed(ann):
    """Have Ann text without a webhook, so many minutes ago."""

    def text(body, ago, sender=ANN, **more):
        return ann.office.outside.texted(sender, ann.line, body, at=utcnow() - ago * MINUTES, **more)

    return text


@pytest.fixture
def fetch(ann):
    """Look at Twilio's list, and do what follows."""

    async def act():
        async with ann.office.sessions.begin() as session:
            await look_for_missed(session, now=utcnow())
        await ann.office.work()

    return act


async def test_a_stop_that_was_missed_is_obeyed_and_only_what_is_fresh_is_answered(ann, sql, missed, fetch):
    other, third = phone(8), phone(9)
    at = coming(hour=15)
    missed("stop texting me", 40)
    missed("book me in please", 50, other)
    missed(f"check-up on {at:%d %B %Y} at 15:00", 10, third)
    missed("still on its way", 1, third)
    await fetch()
    await fetch()

    kept = {each.body: each.status for each in await ann.office.messages(direction="in")}
    assert len(await sql("SELECT 1 FROM opt_outs WHERE client_id = :id", id=ann.office.client_id)) == 1
    assert [(code, said) for _, code, said in await ann.waiting()] == [("came_late", "book me in please")]
    assert [each.to for each in ann.office.outside.messages if "shall we book it" in each.body] == [third]
    assert set(kept) == {"stop texting me", "book me in please", f"check-up on {at:%d %B %Y} at 15:00"}
    assert (ann.office.failures, await ann.bookings()) == ([], [])


async def test_what_was_said_later_counts_and_what_came_by_webhook_comes_once(ann, sql, missed, fetch):
    missed("STOP", 30)
    missed("START", 20)
    await fetch()
    started = await sql("SELECT 1 FROM opt_outs WHERE client_id = :id", id=ann.office.client_id)
    missed("no more texts please", 25)
    came = missed("what time is my appointment?", 10)
    await ann.post("what time is my appointment?", sid=came.sid)
    await fetch()

    assert (started, await sql("SELECT 1 FROM opt_outs WHERE client_id = :id", id=ann.office.client_id)) == ([], [])
    assert sum("We have no appointment" in said for said in ann.heard()) == 1


async def test_a_start_that_was_missed_takes_back_no_stop_that_was_noted_after_it(ann, sql, missed, fetch):
    missed("START", 20)
    async with ann.office.sessions.begin() as session:
        await opt_out(session, ann.office.client_id, "sms", ANN, source="staff", now=utcnow())
    await fetch()

    [noted] = await sql("SELECT source FROM opt_outs WHERE client_id = :id", id=ann.office.client_id)
    assert noted.source == "staff"
    assert [each.body for each in await ann.office.messages(direction="in")] == ["START"]


async def test_a_picture_that_was_missed_is_for_a_person(ann, missed, fetch):
    missed("", 10, media=1)
    await fetch()

    assert [code for _, code, _ in await ann.waiting()] == ["picture"]


async def test_a_list_that_cannot_be_had_is_asked_for_again(ann, missed, fetch):
    missed("STOP", 30)
    ann.office.outside.faults.next("429", 3, api="twilio")
    await fetch()
    ann.office.outside.faults.clear()
    waiting = [each.after for each in ann.office.failures]

    assert len(waiting) == 1
    assert await ann.office.messages(direction="in") == []


@pytest.mark.parametrize(("days", "looked"), [(None, 0), (3, 3), (90, 30)])
async def test_all_since_the_last_look_is_looked_through_as_in_a_restored_database(ann, sql, days, looked):
    task, now = f"test.look_{uuid4().hex}", utcnow()
    if days is not None:
        await sql(
            "INSERT INTO periodic_runs (name, due_at, last_started_at, last_succeeded_at, runs)"
            " VALUES (:name, NOW(), :at, :at, 1)",
            name=task,
            at=now - timedelta(days=days),
        )
    async with ann.office.sessions.begin() as session:
        await seek(session, task, usual=timedelta(hours=1), now=now)
    await sql("DELETE FROM periodic_runs WHERE name = :name", name=task)

    [job] = await sql(
        "SELECT convert_from(payload, 'utf8') AS event FROM pgqueuer WHERE entrypoint = 'messages.fetch_missed'"
        " AND convert_from(payload, 'utf8') LIKE :line",
        line=f"%{ann.line}%",
    )
    since = datetime.fromisoformat(json.loads(job.event)["since"])
    assert timedelta(days=looked) <= now - since <= timedelta(days=looked, hours=2)
