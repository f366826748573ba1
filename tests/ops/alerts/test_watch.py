"""Several processes, one leader, one page: through restarts, outages, deaf receivers and mutes."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from app.core.auth import Principal, Scope
from app.core.controls import Kind as Controlled
from app.ops.alerts.schemas import NewMute
from app.ops.alerts.service import muting
from app.ops.alerts.service.leading import Standing
from tests.ops.alerts.conftest import answer, stored, turns

OPERATOR = Principal("operator", None, None, True, frozenset(Scope))


def told(receiver, rule=None):
    """Return what people were told: kind, rule and severity."""
    found = [(body["type"], body["data"]["rule"], body["data"]["severity"]) for body in receiver.bodies]
    return [each for each in found if rule is None or each[1] == rule]


def errors(receiver):
    return told(receiver, "error_rate")


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


async def test_without_a_webhook_the_log_is_told(make_watch, time, logged):
    watch = make_watch()
    await answer(watch, time.now, good=50, failed=10)

    await turns([watch], time, 3)

    (line,) = [line for line in logged() if line.get("rule") == "error_rate"]
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
        await session.execute(
            text(
                "INSERT INTO pgqueuer (priority, entrypoint, status, execute_after) VALUES"
                " (0, 'a.job', 'queued', now() - interval '400 seconds'),"
                " (0, 'a.job', 'queued', now() + interval '1 hour')"
            )
        )
    await watch.turn(now=time.now)

    assert watch.measures["periodic_late"].facts == {"tasks": ["a.late"]}
    assert watch.measures["jobs_held"].value == 0
    assert watch.measures["jobs_late"].value >= 400
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


async def test_only_one_of_many_leads_however_they_race(make_watch, time):
    watches = [make_watch() for _ in range(4)]

    await asyncio.gather(*(watch.turn(now=time.now) for watch in watches))

    assert sorted(watch.standing.value for watch in watches) == ["follows", "follows", "follows", "leads"]


async def test_a_worker_tells_that_no_web_process_lives_and_makes_room_for_one(make_watch, signed, receiver, time):
    web, worker = make_watch(**signed), make_watch(role="worker", **signed)
    await web.process.flush(now=time.now)
    await turns([worker], time, 2)  # somebody serves, though that one evaluates nothing yet
    idle = worker.standing
    time.pass_(46)
    await turns([worker], time, 3)
    led, beats = worker.standing, worker.well(now=time.now)
    for _ in range(14):
        await web.process.flush(now=time.now)
        await turns([worker, web], time, 1)

    assert (idle, led, beats) == (Standing.follows, Standing.leads, False)
    assert (worker.standing, web.standing) == (Standing.follows, Standing.leads)
    assert told(receiver, "system_down") == [
        ("alert.fired", "system_down", "critical"),
        ("alert.resolved", "system_down", "critical"),
    ]
