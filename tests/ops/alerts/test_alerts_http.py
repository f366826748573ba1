"""GET /api/alerts and /rules, and muting a rule, over HTTP."""

import pytest

from app.core.faults import Failures
from app.ops.alerts.jobs import attend, figures, firing
from app.ops.alerts.rules.catalogue import RULES
from tests.ops.alerts.conftest import answer, turns

RULE = "/api/alerts/limiter_fallback/mute"


@pytest.fixture
async def listed_by(app, http, operator, monkeypatch):
    """Have the application answer for another watch: on its database, by its memory."""

    async def ask(watch, path="/api/alerts"):
        monkeypatch.setitem(app.state._state, "watch", watch)
        return (await http.get(path, headers=operator)).json()

    return ask


async def test_what_fires_is_listed_with_what_to_do_and_who_was_told(
    make_watch, signed, receiver, time, clock, listed_by
):
    watches = [make_watch(**signed), make_watch(**signed)]
    watches[0].process.gauges["alerts"] = lambda: figures(watches[0])
    await answer(watches[0], time.now, good=50, failed=10)
    await turns(watches, time, 2)
    await watches[0].process.flush(now=time.now)
    clock.set(time.now)

    listed = await listed_by(watches[1])
    (alert,) = [each for each in listed["firing"] if each["rule"] == "error_rate"]

    assert (alert["severity"], alert["status"], alert["summary"]) == ("critical", "firing", "16.67 % of requests fail")
    assert alert["facts"] == {"requests": 60, "errors": 10}
    assert alert["runbookUrl"] == "docs/operations.md#error_rate"
    assert [(page["kind"], page["status"], page["attempts"]) for page in alert["pages"]] == [("fired", "delivered", 1)]
    assert listed["delivery"]["deliveredLastDay"] >= 1
    assert listed["delivery"]["webhook"]
    assert (listed["scope"], listed["complete"]) == ("cluster", True)
    assert listed["evaluation"]["standing"] == "follows"
    assert listed["evaluation"]["evaluatedAt"] is not None
    assert receiver.url not in str(listed)


async def test_what_is_over_is_listed_for_a_day(make_watch, time, clock, listed_by):
    watch = make_watch()
    await answer(watch, time.now, good=50, failed=10)
    await turns([watch], time, 2)
    time.pass_(300)
    await turns([watch], time, 14)
    clock.set(time.now)
    assert "error_rate" in {alert["rule"] for alert in (await listed_by(watch))["resolved"]}

    clock.advance(hours=25)
    assert (await listed_by(watch))["resolved"] == []


async def test_while_the_database_is_away_it_lists_what_this_process_knows(
    make_watch, time, clock, listed_by, monkeypatch
):
    watch = make_watch()
    await answer(watch, time.now, good=50, failed=10)
    await turns([watch], time, 2)

    def away():
        raise ConnectionRefusedError

    monkeypatch.setattr(watch.process, "sessions", away)
    clock.set(time.now)
    listed = await listed_by(watch)

    assert (listed["scope"], listed["complete"], listed["degraded"]) == ("instance", False, ["database_unavailable"])
    assert "error_rate" in {alert["rule"] for alert in listed["firing"]}


async def test_every_rule_is_listed_with_its_numbers_and_its_value_now(make_watch, time, clock, listed_by):
    watch = make_watch()
    await answer(watch, time.now, good=95, failed=5)
    clock.set(time.now)

    listed = await listed_by(watch, "/api/alerts/rules")
    rules = {rule["name"]: rule for rule in listed["rules"]}
    rule = rules["error_rate"]

    assert set(rules) == {rule.name for rule in RULES}
    assert (rule["value"], rule["enough"], rule["known"], rule["severity"]) == (5.0, True, True, "warning")
    assert [(step["severity"], step["comparison"], step["bound"], step["release"]) for step in rule["steps"]] == [
        ("critical", "above", 10, 9),
        ("warning", "at_or_above", 5, 4.5),
        ("info", "at_or_above", 1, 0.9),
    ]
    assert rules["cache_hit_rate"]["steps"][0]["comparison"] == "below"
    assert listed["count"] == len(RULES)


async def test_a_rule_is_muted_shown_and_unmuted(http, operator, sql):
    muted = await http.post(RULE, headers=operator, json={"reason": "known", "expiresInSeconds": 600})
    rules = (await http.get("/api/alerts/rules", headers=operator)).json()["rules"]
    (rule,) = [rule for rule in rules if rule["name"] == "limiter_fallback"]
    lifted = await http.delete(f"{RULE}?reason=mended", headers=operator)
    again = await http.delete(RULE, headers=operator)

    assert (muted.status_code, muted.json()["reason"], muted.json()["actor"]) == (200, "known", "operator")
    assert rule["muted"].items() <= muted.json().items()
    assert (muted.json()["ok"], muted.json()["scope"]) == (True, "cluster")
    (line,) = await sql(
        "SELECT data FROM audit_log WHERE action = 'mute_lifted' AND data->>'target' = 'limiter_fallback'"
        " ORDER BY id DESC LIMIT 1"
    )
    assert line.data["reason"] == "mended"
    assert lifted.status_code == 204
    assert (again.status_code, again.json()["code"]) == (404, "rule_not_muted")


@pytest.mark.parametrize(
    "wanted",
    [
        {"expiresInSeconds": 600},
        {"reason": "known"},
        {"reason": "  ", "expiresInSeconds": 600},
        {"reason": "known", "expiresInSeconds": 59},
        {"reason": "known", "expiresInSeconds": 86_401},
        {"reason": "known", "expiresInSeconds": 600, "more": 1},
    ],
)
async def test_a_mute_has_a_reason_and_an_end(http, operator, wanted):
    answered = await http.post(RULE, headers=operator, json=wanted)

    assert (answered.status_code, answered.json()["code"]) == (422, "validation_failed")


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_an_unknown_rule_cannot_be_muted(http, operator, method):
    body = {"reason": "known", "expiresInSeconds": 600} if method == "POST" else None

    answered = await http.request(method, "/api/alerts/no_such_rule/mute", headers=operator, json=body)

    assert (answered.status_code, answered.json()["code"]) == (404, "rule_not_found")


async def test_detailed_health_is_told_what_fires_as_the_list_tells_it(make_watch, time, clock, listed_by):
    watch = make_watch()
    await answer(watch, time.now, good=50, failed=10)
    await turns([watch], time, 2)
    clock.set(time.now)
    (listed,) = [each for each in (await listed_by(watch))["firing"] if each["rule"] == "error_rate"]

    (told,) = [each for each in firing(watch) if each["rule"] == "error_rate"]

    assert {name: listed[name] for name in told} == told
    assert told["severity"] == "critical"
    assert told["summary"] == "16.67 % of requests fail"
    assert figures(watch)["standing"] == "leads"


async def test_every_process_takes_turns(make_watch):
    process = make_watch().process

    attend(process)

    assert {"alerts", "alert_delivery", "heartbeat"} <= set(process.background._turns)
    assert "alerts" in process.parts
    assert isinstance(process.signals.failures, Failures)
