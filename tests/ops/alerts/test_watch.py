"""Several processes, one leader, one page: through restarts, outages, deaf receivers and mutes."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook, WebhookVerificationError

from app.core.auth import Principal, Scope
from app.core.controls import Kind as Controlled
from app.ops.alerts.schemas import NewMute
from app.ops.alerts.service import muting
from app.ops.alerts.service.leading import Standing
from tests.ops.alerts.conftest import SECRET, answer, turns

OPERATOR = Principal("operator", None, None, True, frozenset(Scope))


def told(receiver, rule=None):
    """Return what people were told: kind, rule and severity."""
    found = [(body["type"], body["data"]["rule"], body["data"]["severity"]) for body in receiver.bodies]
    return [each for each in found if rule is None or each[1] == rule]


def errors(receiver):
    return told(receiver, "error_rate")


async def stored(watch, query, **values):
    async with watch.process.sessions() as session:
        return (await session.execute(text(query), values)).all()


async def lose(watch, clock):
    """Take the database away from a process: its checks fail, and nothing can be read or written."""

    async def refused(*_args, **_kwargs):
        raise ConnectionRefusedError

    def away():
        raise ConnectionRefusedError

    lifeline = watch.process.lifeline
    kept = lifeline._connect, watch.process.sessions.begin, lifeline.clock
    lifeline._drop()
    lifeline._connect, lifeline.clock = refused, clock
    watch.process.sessions.begin = away
    return kept


def find_again(watch, kept):
    lifeline = watch.process.lifeline
    lifeline._connect, watch.process.sessions.begin, _ = kept
    lifeline.last = None


async def test_two_processes_tell_once(make_watch, signed, receiver, time):
    watches = [make_watch(**signed), make_watch(**signed)]
    for watch in watches:
        await answer(watch, time.now, good=50, failed=10)

    await turns(watches, time, 5)

    assert [watch.standing for watch in watches] == [Standing.leads, Standing.follows]
    assert errors(receiver) == [("alert.fired", "error_rate", "critical")]
    (body,) = [body for body in receiver.bodies if body["data"]["rule"] == "error_rate"]
    assert body["data"]["facts"] == {"requests": 120, "errors": 20}
    assert [set(watch.alerts) for watch in watches] == [set(watches[0].alerts)] * 2
    assert "error_rate" in watches[1].alerts


async def test_a_message_is_signed_and_says_what_to_do(make_watch, signed, receiver, time):
    time.now = datetime.now(UTC)  # receivers refuse what was signed long ago
    watch = make_watch(**signed, runbook_url="https://example.com/operations", commit="abc")
    await answer(watch, time.now, good=50, failed=10)
    await turns([watch], time, 2)
    (body, (_, headers, raw)) = next(
        each for each in zip(receiver.bodies, receiver.taken, strict=True) if each[0]["data"]["rule"] == "error_rate"
    )

    assert Webhook(SECRET).verify(raw, headers) == body
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(raw + b" ", headers)
    assert body["text"] == "[CRITICAL] 16.67 % of requests fail"
    data = body["data"]
    assert data["runbookUrl"] == "https://example.com/operations#error_rate"
    assert data["runbookSection"] == "High Error Rates"
    assert data["next"][0].startswith("curl ")
    assert (data["commit"], data["status"], data["value"]) == ("abc", "firing", pytest.approx(100 / 6))


async def test_the_next_leader_goes_on_where_the_last_one_was(make_watch, signed, receiver, time):
    first, second = make_watch(**signed), make_watch(**signed)
    await answer(first, time.now, good=50, failed=10)
    await turns([first], time, 1)  # pending
    await first.process.stop()
    await turns([second], time, 2)  # its second evaluation: fires
    await second.process.stop()

    third = make_watch(**signed)
    await turns([third], time, 3)

    assert third.standing is Standing.leads
    assert errors(receiver) == [("alert.fired", "error_rate", "critical")]


async def test_it_is_resolved_by_itself_and_told_once(make_watch, signed, receiver, time):
    watch = make_watch(**signed)
    await answer(watch, time.now, good=50, failed=10)
    await turns([watch], time, 2)
    time.pass_(300)
    await answer(watch, time.now, good=50)

    await turns([watch], time, 14)

    assert errors(receiver) == [("alert.fired", "error_rate", "critical"), ("alert.resolved", "error_rate", "critical")]
    (row,) = await stored(watch, "SELECT status, told FROM alerts WHERE rule = 'error_rate'")
    assert tuple(row) == ("resolved", "critical")


async def test_a_receiver_that_fails_is_tried_again_with_the_same_id_and_bytes(make_watch, signed, receiver, time):
    receiver.statuses = [500, 302, 0, 200]
    watch = make_watch(**signed)
    for _ in range(2):
        await watch.turn(now=time.now)
    await answer(watch, time.now, good=50, failed=10)
    for _ in range(2):
        await watch.turn(now=time.now)
    (page,) = watch.courier.waiting.values()
    seen = []
    for seconds in (0, 4, 1, 14, 1, 59, 1, 3_600):
        time.pass_(seconds)
        await watch.deliver(now=time.now)
        seen.append(len(receiver.taken))

    assert seen == [1, 1, 2, 2, 3, 3, 4, 4]
    assert {(headers["webhook-id"], body) for _, headers, body in receiver.taken} == {
        (str(page.id), page.body.encode())
    }
    assert len({headers["webhook-timestamp"] for _, headers, _ in receiver.taken}) == 4
    (row,) = await stored(watch, "SELECT status, attempts, error FROM alert_pages")
    assert tuple(row) == ("delivered", 4, None)


async def test_a_receiver_that_never_answers_is_given_up_and_counted(make_watch, signed, receiver, time):
    receiver.statuses = [503]
    watch = make_watch(**signed)
    await answer(watch, time.now, good=50, failed=10)
    await turns([watch], time, 2)
    for _ in range(10):
        time.pass_(1_000)
        await watch.deliver(now=time.now)

    assert not watch.courier.waiting
    rows = await stored(watch, "SELECT DISTINCT status, attempts, error FROM alert_pages")
    assert [tuple(row) for row in rows] == [("failed", 6, "status_503")]


async def test_a_huge_answer_of_a_receiver_is_not_read(make_watch, signed, receiver, time):
    receiver.statuses, receiver.answer = [200], b"x" * 3_000_000
    watch = make_watch(**signed)
    await answer(watch, time.now, good=50, failed=10)

    await turns([watch], time, 2)

    assert {row.status for row in await stored(watch, "SELECT status FROM alert_pages")} == {"delivered"}


async def test_what_a_dead_leader_left_undelivered_the_next_one_delivers(make_watch, signed, receiver, time):
    receiver.statuses = [500, 500, 500, 200]
    first, second = make_watch(**signed), make_watch(**signed)
    await answer(first, time.now, good=50, failed=10)
    await turns([first], time, 2)
    tried = {headers["webhook-id"] for _, headers, _ in receiver.taken}
    await first.process.stop()
    receiver.statuses = [200]
    receiver.taken.clear()

    await turns([second], time, 2)

    assert {headers["webhook-id"] for _, headers, _ in receiver.taken} == tried
    assert len(receiver.taken) == len(tried) > 0


async def test_without_a_webhook_the_log_is_told(make_watch, time, capfd):
    watch = make_watch()
    await answer(watch, time.now, good=50, failed=10)

    await turns([watch], time, 3)

    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    (line,) = [line for line in lines if line.get("rule") == "error_rate"]
    assert (line["event"], line["kind"], line["severity"], line["level"]) == ("alert", "fired", "critical", "error")
    assert {row.status for row in await stored(watch, "SELECT status FROM alert_pages")} == {"logged"}


async def test_while_the_database_is_away_the_last_leader_tells_once_and_writes_it_down_later(
    make_watch, signed, receiver, time
):
    watches = [make_watch(**signed), make_watch(**signed)]
    await turns(watches, time, 2)
    kept = [await lose(watch, lambda: time.now.timestamp()) for watch in watches]

    await turns(watches, time, 6)
    lost = told(receiver, "database_unavailable")
    standings = [watch.standing for watch in watches]
    for watch, each in zip(watches, kept, strict=True):
        find_again(watch, each)
    await turns(watches, time, 8)

    assert lost == [("alert.fired", "database_unavailable", "critical")]
    assert standings == [Standing.alone, Standing.follows]
    assert told(receiver, "database_unavailable") == [*lost, ("alert.resolved", "database_unavailable", "critical")]
    (alert,) = await stored(watches[0], "SELECT id, status FROM alerts WHERE rule = 'database_unavailable'")
    rows = await stored(watches[0], "SELECT kind, status FROM alert_pages WHERE alert_id = :id ORDER BY 1", id=alert.id)
    assert alert.status == "resolved"
    assert [tuple(row) for row in rows] == [("fired", "delivered"), ("resolved", "delivered")]


async def test_it_goes_on_judging_its_own_requests_while_the_database_is_away(make_watch, signed, receiver, time):
    watch = make_watch(**signed)
    await turns([watch], time, 1)
    await answer(watch, time.now, good=50, failed=10)
    await lose(watch, lambda: time.now.timestamp())

    await turns([watch], time, 3)

    assert errors(receiver) == [("alert.fired", "error_rate", "critical")]


async def test_a_process_that_never_reached_the_database_tells_of_it(make_watch, signed, receiver, time):
    watch = make_watch(**signed)
    await lose(watch, lambda: time.now.timestamp())

    await turns([watch], time, 4)

    assert told(receiver) == [("alert.fired", "database_unavailable", "critical")]


async def test_a_mute_keeps_silent_and_is_made_up_for(make_watch, signed, receiver, time):
    watch = make_watch(**signed)
    process = watch.process
    async with process.sessions.begin() as session:
        wanted = NewMute(reason="known", expires_in_seconds=60)
        await muting.mute(session, OPERATOR, "error_rate", wanted, now=time.now)
    await process.read_controls(now=time.now)
    await answer(watch, time.now, good=50, failed=10)

    await turns([watch], time, 6)
    silent = errors(receiver)
    await turns([watch], time, 2)

    assert silent == []
    assert watch.alerts["error_rate"].told is not None
    assert errors(receiver) == [("alert.fired", "error_rate", "critical")]
    (entry,) = await stored(watch, "SELECT actor, data FROM audit_log WHERE action = 'mute_set'")
    assert (entry.actor, entry.data["target"], entry.data["reason"]) == ("operator", "error_rate", "known")
    assert process.controls.in_force(Controlled.mute, now=time.now) == []


async def test_the_server_itself_is_looked_at(make_watch, time):
    watch = make_watch()
    await watch.process.flush(now=time.now)
    rest = "now(), NULL, NULL, 1"
    async with watch.process.sessions.begin() as session:
        await session.execute(
            text(f"INSERT INTO periodic_runs VALUES ('a.late', :late, {rest}), ('b.due', :due, {rest})"),
            {"late": time.now - timedelta(seconds=301), "due": time.now - timedelta(seconds=299)},
        )
    await watch.turn(now=time.now)

    assert watch.measures["periodic_late"].facts == {"tasks": ["a.late"]}
    assert watch.measures["jobs_held"].value == 0
    used = watch.measures["connections"]
    assert 0 < used.facts["used"] <= used.facts["max"]
    assert used.value == 100 * used.facts["used"] / used.facts["max"]
    assert {"cpu", "memory", "slow_queries", "burn_rate_fast", "burn_rate_slow", "burn_rate_ticket"} <= set(
        watch.measures
    )


async def test_slow_statements_are_found_by_their_percentile(make_watch, time):
    watch = make_watch()
    signals = watch.process.signals
    signals.rotate(time.now)
    for _ in range(20):
        signals.queries.add("slow", 1_100.0)
        signals.queries.add("quick", 10.0)
    signals.queries.add("once", 5_000.0)
    signals.queries.add("quick", 5_000.0)
    await watch.process.flush(now=time.now)

    await watch.turn(now=time.now)

    assert watch.measures["slow_queries"].facts == {"shapes": ["slow"]}


async def test_the_outside_monitor_hears_of_a_leader_that_is_well_and_of_nobody_else(make_watch, receiver, time):
    leader, follower = (make_watch(heartbeat_url=receiver.url) for _ in range(2))
    await leader.beat(now=time.now)  # nothing evaluated yet
    await turns([leader, follower], time, 1)
    await leader.beat(now=time.now)
    await follower.beat(now=time.now)
    beats = [first for first, _, _ in receiver.taken]
    time.pass_(120)
    await leader.beat(now=time.now)  # its evaluations have stopped
    await turns([leader, follower], time, 1)
    leader.process.draining = True
    await leader.beat(now=time.now)

    assert beats == ["GET /hook HTTP/1.1"]
    assert len(receiver.taken) == 1
    assert leader.courier.pulse.sent_at is not None
    assert follower.courier.pulse.sent_at is None


async def test_the_outside_monitor_raises_the_alarm_when_nobody_takes_our_messages(make_watch, signed, receiver, time):
    watch = make_watch(**signed, heartbeat_url=receiver.url)
    receiver.statuses = [500]
    await answer(watch, time.now, good=50, failed=10)
    await turns([watch], time, 2)
    for _ in range(3):
        time.pass_(61)
        await watch.turn(now=time.now)
        await watch.deliver(now=time.now)

    assert not watch.well(now=time.now)


async def test_only_one_of_many_leads_however_they_race(make_watch, time):
    watches = [make_watch() for _ in range(4)]

    await asyncio.gather(*(watch.turn(now=time.now) for watch in watches))

    assert sorted(watch.standing.value for watch in watches) == ["follows", "follows", "follows", "leads"]
