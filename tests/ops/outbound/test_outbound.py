"""Messages that wait: an operator's word holds them, none is lost, and another's word lets them go."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app.core.clock import utcnow
from app.jobs.errors import PermanentFailure
from app.ops.outbound.commands import outbound as commands
from tests.fixtures.database import in_a_thread
from tests.jobs.conftest import Happened, eventually

REASON = {"reason": "the text messages say nonsense"}


@pytest.fixture
def outbound(http, operator):
    async def send(action=None):
        if action is None:
            answer = await http.get("/api/outbound", headers=operator)
        else:
            answer = await http.post(f"/api/outbound/{action}", json=REASON, headers=operator)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return send


@pytest.fixture
async def paused(outbound):
    """Messages are paused for the length of the test."""
    yield await outbound("pause")
    await outbound("resume")


@pytest.fixture
def waits(ask):
    async def parked():
        return await ask("SELECT execute_after > NOW() FROM pgqueuer WHERE entrypoint = :name AND status = 'queued'")

    return parked


async def test_a_message_waits_while_it_is_paused_and_goes_out_after(
    paused, outbound, working, subscriptions, happen, name, state, waits
):
    sent = []

    @subscriptions.subscribe(Happened, name, outbound=True)
    async def send(session, event, /, *, now):
        sent.append(event)

    async def gone():
        return await state() is None

    async with working():
        await happen()
        await eventually(waits)
        while_paused = len(sent), (await outbound())["waiting"]
        resumed = await outbound("resume")
        await eventually(gone)

    assert while_paused == (0, 1)
    assert (resumed["paused"], resumed["released"]) == (False, 1)
    assert (len(sent), await state()) == (1, None)


async def test_what_is_no_message_does_not_wait(paused, working, subscriptions, happen, name, state):
    sent = []

    @subscriptions.subscribe(Happened, name)
    async def count(session, event, /, *, now):
        sent.append(event)

    async def gone():
        return await state() is None

    async with working():
        await happen()
        await eventually(gone)

    assert len(sent) == 1


async def test_a_message_that_waited_has_all_its_attempts(
    paused, outbound, working, subscriptions, happen, name, ask, waits
):
    @subscriptions.subscribe(Happened, name, outbound=True)
    async def send(session, event, /, *, now):
        raise PermanentFailure("no such number")

    async with working():
        await happen()
        await eventually(waits)
        attempts = await ask("SELECT attempts FROM pgqueuer WHERE entrypoint = :name")

    assert attempts == 0
    assert await ask("SELECT count(*) FROM pgqueuer_log WHERE entrypoint = :name AND status = 'failed'") == 0


async def test_the_second_message_of_one_key_is_none_also_while_they_wait(
    paused, working, subscriptions, happen, name, ask, waits
):
    sent = []

    @subscriptions.subscribe(Happened, name, outbound=True, once=lambda event: "the same")
    async def send(session, event, /, *, now):
        sent.append(event)

    async with working():
        await happen()
        await eventually(waits)
        await happen()

    assert await ask("SELECT count(*) FROM pgqueuer WHERE entrypoint = :name") == 1


async def test_the_status_says_since_when_why_and_by_whom(paused, outbound):
    told = await outbound()

    assert (told["paused"], told["reason"], told["actor"]) == (True, REASON["reason"], "operator")
    assert told["since"] is not None
    assert told["scope"] == "cluster"


async def test_resuming_what_is_not_paused_does_nothing(outbound):
    told = await outbound("resume")

    assert (told["paused"], told["released"]) == (False, 0)


MESSAGES = """
INSERT INTO messages (client_id, id, direction, channel, kind, status, once, due_at, created_at, updated_at)
SELECT :id, gen_random_uuid(), 'out', 'sms', 'reminder', status, once, NOW() - due, NOW(), NOW()
FROM (VALUES ('queued', 'texted', INTERVAL '2 hours'), ('unknown', 'begun', '2 hours'), ('queued', 'due', '10 minutes'))
    AS message (status, once, due)
"""
CALLS = """
INSERT INTO calls (client_id, id, direction, purpose, status, due_at, created_at, updated_at)
VALUES (:id, gen_random_uuid(), 'out', 'callback', 'queued', NOW() - INTERVAL '2 hours', NOW(), NOW())
"""


async def test_what_an_earlier_system_sent_is_withdrawn_when_messages_are_resumed(
    paused, http, operator, sessions, make_client
):
    """A restored database does not know of it, and would send it once more."""
    client = await make_client()
    async with sessions.begin() as session:
        for statement in (MESSAGES, CALLS):
            await session.execute(text(statement), {"id": client.id})

    def told(hours):
        return {**REASON, "sentUntil": (utcnow() + timedelta(hours=hours)).isoformat()}

    ahead = await http.post("/api/outbound/resume", json=told(1), headers=operator)
    done = await http.post("/api/outbound/resume", json=told(-1), headers=operator)

    async with sessions.begin() as session:
        query = text("SELECT once, status FROM messages WHERE client_id = :id")
        left = (await session.execute(query, {"id": client.id})).all()
        called = await session.scalar(text("SELECT status FROM calls WHERE client_id = :id"), {"id": client.id})
        for table in ("messages", "calls"):
            await session.execute(text(f"DELETE FROM {table} WHERE client_id = :id"), {"id": client.id})
    assert (ahead.status_code, ahead.json()["code"]) == (422, "sent_ahead")
    assert (done.status_code, done.json()["withdrawn"] >= 2) == (200, True)  # other tests have left messages, too
    assert dict(map(tuple, left)) == {"texted": "withdrawn", "begun": "unknown", "due": "queued"}
    assert called == "withdrawn"


async def test_pausing_and_resuming_stand_in_the_audit_log(paused, outbound, session):
    await outbound("resume")

    query = "SELECT action FROM audit_log WHERE action LIKE 'outbound%' ORDER BY id DESC LIMIT 2"
    assert list(await session.scalars(text(query))) == ["outbound_lifted", "outbound_set"]


async def test_detailed_health_shows_the_pause_among_the_controls(paused, http, operator):
    health = (await http.get("/api/health/detailed", headers=operator)).json()

    assert [each["kind"] for each in health["controls"]["overrides"] if each["target"] == "messages"] == ["outbound"]


async def test_the_command_pauses_tells_and_resumes(settings, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", str(settings.database_url))
    monkeypatch.setenv("APP_ENV", "test")

    def run(*words):
        return in_a_thread(lambda: CliRunner().invoke(commands, words))

    paused = run("pause", "--reason", "a drill of the team", "--json")
    told = run("status")
    resumed = run("resume", "--json", "--sent-until", "2000-01-02T00:00:00+01:00")
    senseless = run("resume", "--sent-until", "yesterday")

    assert json.loads(paused.stdout)["paused"] is True
    assert "a drill of the team" in told.stdout
    assert (json.loads(resumed.stdout)["paused"], json.loads(resumed.stdout)["withdrawn"]) == (False, 0)
    assert (senseless.exit_code, "--sent-until" in senseless.stderr) == (2, True)
