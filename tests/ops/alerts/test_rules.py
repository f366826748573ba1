"""When a rule is broken, to the hundredth; and how alerts come and go."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.ids import new_id
from app.core.signals import Tally
from app.ops.alerts.rules.catalogue import BY_NAME
from app.ops.alerts.rules.lives import Kind, Status, advance, due
from app.ops.alerts.rules.measuring import Facts, Told, measure
from app.ops.alerts.rules.terms import Measure, Severity
from app.ops.alerts.service.reading import of_process
from app.ops.slo.rules import Traffic
from tests.ops.alerts.conftest import HOME, NOW

CRITICAL, WARNING, INFO = Severity.critical, Severity.warning, Severity.info
POOL = {"active": 1, "max": 10, "waiting": 0, "utilization": 10.0}
MACHINE = {"cpu_percent": 1.0, "used_bytes": 1, "limit_bytes": 100}


def tally(count, *, failed=0, milliseconds=10.0):
    made = Tally()
    for _ in range(count):
        made.sketch.add(milliseconds)
    made.failed = failed
    return made


def answered(valid, failed=0, **more):
    return {f"{HOME} 200": tally(valid - failed), f"{HOME} 500": tally(failed, failed=failed), **more}


def severity(name, **facts):
    """Return what a rule makes of facts."""
    return BY_NAME[name].severity(measure(Facts(**{"unanswered": 0, **facts}))[name])


def told(**state):
    return [
        Told("here", 1, {"pool": POOL | state.pop("pool", {}), "machine": MACHINE | state.pop("machine", {}), **state})
    ]


@pytest.mark.parametrize(
    ("valid", "failed", "expected"),
    [
        (1_000, 100, WARNING),  # 10.0 %
        (10_000, 1_001, CRITICAL),  # 10.01 %
        (1_000, 50, WARNING),  # 5.0 %
        (10_000, 499, INFO),  # 4.99 %
        (1_000, 10, INFO),  # 1.0 %
        (10_000, 99, None),  # 0.99 %
        (2, 1, None),  # too few to tell
        (19, 4, None),
        (19, 5, CRITICAL),  # few, but five of them failed
        (20, 1, WARNING),
        (0, 0, None),
    ],
)
def test_the_error_rate_has_exact_bounds_and_a_floor(valid, failed, expected):
    assert severity("error_rate", requests=answered(valid, failed)) is expected


def test_what_callers_get_wrong_and_what_operators_ask_is_not_counted():
    noise = {
        f"{HOME} 404": tally(500),
        f"{HOME} 429": tally(500),
        "* <unmatched> 404": tally(500),
        "GET /health/lb 503": tally(500, failed=500),
        "GET /api/health/detailed 503": tally(500, failed=500),
        "GET /metrics 200": tally(500),
    }
    found = measure(Facts(0, requests=answered(20, 1) | noise))["error_rate"]

    assert (found.value, found.facts) == (5.0, {"requests": 20, "errors": 1})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("pool_utilization", 80.0, None),
        ("pool_utilization", 80.01, WARNING),
        ("response_time_p95", 499.0, None),
        ("response_time_p95", 500.0, None),
        ("response_time_p95", 501.0, INFO),
        ("slow_responses", 2_000.0, None),
        ("slow_responses", 2_000.1, WARNING),
        ("cache_hit_rate", 70.0, None),
        ("cache_hit_rate", 69.9, INFO),
        ("cpu", 80.0, None),
        ("cpu", 80.01, WARNING),
        ("memory", 80.0, None),
        ("memory", 80.01, WARNING),
        ("connections", 80.0, None),
        ("connections", 80.01, WARNING),
        ("burn_rate_fast", 14.4, None),
        ("burn_rate_fast", 14.41, CRITICAL),
        ("burn_rate_slow", 6.01, CRITICAL),
        ("burn_rate_ticket", 1.01, INFO),
        ("event_loop_lag", 200.1, WARNING),
        ("voice_failing", 10.0, None),
        ("voice_failing", 10.1, WARNING),
        ("voice_hangs", 2, None),
        ("voice_hangs", 3, WARNING),
        ("told_without_booking", 1, WARNING),
        ("jobs_held", 1, WARNING),
        ("jobs_late", 300.0, None),
        ("jobs_late", 300.1, WARNING),
        ("database_unavailable", 1, None),
        ("database_unavailable", 2, CRITICAL),
        ("system_down", 99.9, None),
        ("system_down", 100.0, CRITICAL),
    ],
)
def test_bounds_are_exact(name, value, expected):
    assert BY_NAME[name].severity(Measure(value)) is expected
    assert BY_NAME[name].severity(Measure(value, enough=False)) is None


@pytest.mark.parametrize(
    ("name", "state", "expected"),
    [
        ("pool_utilization", {"pool": {"utilization": 80.01}}, WARNING),
        ("pool_exhausted", {"pool": {"active": 10, "waiting": 1}}, CRITICAL),
        ("pool_exhausted", {"pool": {"active": 9, "waiting": 1}}, None),
        ("cpu", {"machine": {"cpu_percent": 90.0}}, WARNING),
        ("memory", {"machine": {"used_bytes": 81}}, WARNING),
        ("memory", {"machine": {"used_bytes": 80}}, None),
        ("limiter_fallback", {"limits": {"healthy": False}}, WARNING),
        ("limiter_fallback", {"limits": {"healthy": True}}, None),
        ("cache_hit_rate", {"caches": {"keys": {"state": "warm", "hits_5m": 699, "lookups_5m": 1_000}}}, INFO),
        ("cache_hit_rate", {"caches": {"keys": {"state": "warm", "hits_5m": 700, "lookups_5m": 1_000}}}, None),
        ("cache_hit_rate", {"caches": {"keys": {"state": "warm", "hits_5m": 0, "lookups_5m": 99}}}, None),
        ("cache_hit_rate", {"caches": {"keys": {"state": "cold", "hits_5m": 0, "lookups_5m": 1_000}}}, None),
        ("cache_hit_rate", {"caches": {"keys": {"state": "warming", "hits_5m": 0, "lookups_5m": 1_000}}}, None),
    ],
)
def test_processes_are_judged_by_what_they_say_of_themselves(name, state, expected):
    assert severity(name, processes=told(**state)) is expected


def test_nobody_is_served_where_no_web_process_lives():
    good = Traffic(1_000, 0)

    assert severity("system_down", serving=0, latest=good) is CRITICAL
    assert severity("system_down", serving=1, latest=good) is None
    assert severity("system_down", serving=None, latest=Traffic(5, 5)) is CRITICAL
    assert severity("system_down", serving=2, latest=Traffic(4, 4)) is None


def test_the_worst_process_is_named():
    processes = [Told("a", 1, {"machine": MACHINE}), Told("b", 2, {"machine": MACHINE | {"cpu_percent": 99.0}})]

    assert measure(Facts(0, processes=processes))["cpu"] == Measure(99.0, facts={"process": "b/2"})


def test_another_versions_gauges_are_passed_over():
    odd = Told("old", 1, {"pool": {"used": 3}, "machine": None, "limits": {}, "caches": {"keys": {"state": "warm"}}})

    assert measure(Facts(0, processes=[odd]))["cache_hit_rate"].value is None
    assert "cpu" not in measure(Facts(0, processes=[odd]))


def test_the_applications_own_gauges_are_what_rules_need(app):
    found = measure(of_process(app.state.process, None))

    assert {"pool_utilization", "pool_exhausted", "cpu", "memory", "limiter_fallback", "cache_hit_rate"} <= set(found)
    cache = next(iter(app.state.process.gauges["caches"]().values()))
    assert {"state", "hits_5m", "lookups_5m"} <= set(cache)


def test_a_cache_is_judged_over_all_processes():
    poor = {"state": "warm", "hits_5m": 0, "lookups_5m": 100}
    good = {"state": "warm", "hits_5m": 900, "lookups_5m": 900}
    processes = [Told("a", 1, {"caches": {"keys": poor}}), Told("b", 2, {"caches": {"keys": good}})]

    assert measure(Facts(0, processes=processes))["cache_hit_rate"].value == 90.0


@pytest.mark.parametrize(
    ("long", "short", "expected"),
    [
        (Traffic(10_000, 150), Traffic(1_000, 15), CRITICAL),  # 15 times too fast in both
        (Traffic(10_000, 150), Traffic(1_000, 0), None),  # over already
        (Traffic(10_000, 100), Traffic(1_000, 100), None),  # a peak
        (Traffic(99, 50), Traffic(50, 50), None),  # too few to tell
        (Traffic(200, 4), Traffic(50, 4), None),
    ],
)
def test_a_budget_burns_where_it_does_over_a_long_time_and_still(long, short, expected):
    assert severity("burn_rate_fast", burning={"1h": long, "5m": short}) is expected


def test_what_voice_assistants_want_is_told_apart_from_callers_whom_they_keep_waiting():
    tools = {"find_slots": tally(6, failed=1), "book_appointment": tally(4, failed=1), "hang": tally(3)}
    found = measure(Facts(0, tools=tools))

    assert (found["voice_failing"].value, found["voice_failing"].facts) == (20.0, {"calls": 10, "failed": 2})
    assert found["voice_hangs"].value == 3
    assert severity("voice_failing", tools={"find_slots": tally(4, failed=4)}) is None  # too few to tell


def test_callers_who_were_told_what_is_not_so_are_counted_with_their_clients():
    found = measure(Facts(0, misled=["b", "a", "b"]))["told_without_booking"]

    assert (found.value, found.facts) == (3, {"clients": ["a", "b"]})


def test_what_could_not_be_read_is_not_measured():
    found = measure(Facts(3))

    assert found["database_unavailable"].value == 3
    unknown = {"connections", "jobs_held", "jobs_late", "periodic_late", "slow_queries", "burn_rate_slow", "cpu"}
    assert not unknown & set(found)


def live(name, values, *, alert=None, seconds=10):
    """Take one evaluation for each value, and tell what happened: the alert, and what people were told."""
    events, now = [], NOW if alert is None else alert.seen_at + timedelta(seconds=seconds)
    for value in values:
        measured = value if isinstance(value, Measure) else Measure(value)
        alert = advance(alert, BY_NAME[name], measured, now=now, new_id=new_id())
        if alert is not None:
            kind = due(alert, muted=False)
            if kind is not None:
                events.append((kind.value, alert.severity.name))
                alert = replace(alert, told=alert.severity)
            if alert.status is Status.resolved:
                alert = None
        now += timedelta(seconds=seconds)
    return alert, events


def test_one_evaluation_alone_is_nothing():
    alert, events = live("error_rate", [50.0])
    assert (alert.status, events) == (Status.pending, [])
    assert live("error_rate", [50.0, 0.0, 50.0, 0.0])[1] == []


def test_two_in_a_row_fire_at_what_both_were():
    assert live("error_rate", [50.0, 7.0])[1] == [("fired", "warning")]
    assert live("error_rate", [7.0, 50.0, 50.0])[1] == [("fired", "warning"), ("raised", "critical")]


@pytest.mark.parametrize("low", [9.99, 9.5, 9.01])
@pytest.mark.parametrize("spell", [2, 5, 20])
def test_swinging_around_a_bound_is_told_once(low, spell):
    _, events = live("error_rate", ([10.5] * spell + [low] * spell) * 20)

    assert events == [("fired", "critical")]


def test_swinging_between_all_and_nothing_is_told_once_while_it_never_rests():
    _, events = live("error_rate", ([50.0] * 3 + [0.0] * 11) * 20)

    assert events == [("fired", "critical")]


def test_it_is_over_after_two_calm_minutes():
    alert, events = live("error_rate", [50.0] * 3 + [0.0] * 12)
    assert (alert.status, events) == (Status.firing, [("fired", "critical")])

    _, events = live("error_rate", [0.0], alert=alert)
    assert events == [("resolved", "critical")]


def test_no_traffic_is_calm():
    _, events = live("error_rate", [50.0] * 3 + [Measure(None, enough=False)] * 13)

    assert events == [("fired", "critical"), ("resolved", "critical")]


def test_it_gets_milder_first_and_is_told_again_when_it_gets_worse():
    _, events = live("error_rate", [50.0] * 3 + [7.0] * 13 + [50.0] * 2 + [0.0] * 20)

    assert events == [("fired", "critical"), ("raised", "critical"), ("resolved", "critical")]


def test_too_little_is_released_above_its_bound():
    alert, _ = live("cache_hit_rate", [50.0] * 2 + [72.0] * 30)
    assert alert.status is Status.firing
    alert, events = live("cache_hit_rate", [50.0] * 2 + [74.0] * 13)
    assert (alert, events[-1]) == (None, ("resolved", "info"))


def test_a_mute_is_told_nothing_and_told_when_it_ends_what_still_fires():
    alert, _ = live("cpu", [99.0])
    alert = advance(alert, BY_NAME["cpu"], Measure(99.0), now=NOW, new_id=new_id())

    assert alert is not None
    assert (alert.status, due(alert, muted=True)) == (Status.firing, None)
    assert due(alert, muted=False) is Kind.fired
