"""What figures mean, and which statements are shown."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.signals import Tally
from app.ops.queries.rules.choosing import MEASURES, Wanted, first, floor, joined
from app.ops.queries.rules.figures import Seen, Served, Statement
from app.ops.queries.rules.loops import loops_of

NOON = datetime(2026, 3, 2, 12, 34, 56, tzinfo=UTC)


def seen(shape="a", calls=10, total=100.0, most=50.0, **more):
    return Seen(shape, calls, 0, total, most, **more)


def served(shape="a", calls=4, total=40.0, most=20.0, rows=8, hits=9, reads=1):
    return Served(shape, "SELECT 1", calls, total, most, rows, hits, reads)


@pytest.mark.parametrize(
    ("calls", "total", "earlier_calls", "earlier_total", "trend"),
    [
        (10, 112.5, 5, 50.0, "up"),
        (10, 112.4, 5, 50.0, "flat"),
        (10, 100.0, 5, 50.0, "flat"),
        (10, 90.1, 5, 50.0, "flat"),
        (10, 90.0, 5, 50.0, "down"),
        (9, 500.0, 5, 50.0, None),
        (9, 500.0, 4, 50.0, None),
        (10, 5.0, 5, 0.0, None),
        (30, 300.0, 10, 100.0, "flat"),
    ],
)
def test_a_trend_compares_the_means_of_the_halves_and_needs_five_calls_in_each(
    calls, total, earlier_calls, earlier_total, trend
):
    assert seen(calls=calls, total=total, earlier_calls=earlier_calls, earlier_total=earlier_total).trend == trend


def test_a_shape_is_of_the_processes_the_server_or_both():
    statements = joined([seen("a"), seen("b")], {"b": served("b"), "c": served("c")})

    assert {each.shape: each.source for each in statements} == {"a": "app", "b": "both", "c": "pg_stat_statements"}
    assert [each.figures.calls for each in statements] == [10, 10, 4]


@pytest.mark.parametrize(
    ("source", "shapes"),
    [(None, "abc"), ("app", "ab"), ("both", "b"), ("pg_stat_statements", "bc")],
)
def test_a_source_is_who_knows_a_shape(source, shapes):
    statements = joined([seen("a"), seen("b")], {"b": served("b"), "c": served("c")})

    assert "".join(each.shape for each in statements if Wanted(least=0, source=source).takes(each)) == shapes


@pytest.mark.parametrize(
    ("sort", "least", "taken"),
    [
        *(("total", 10, True), ("total", 10.1, False), ("avg", 10.1, False), ("calls", 10.1, False)),
        *(("max", 50, True), ("max", 50.1, False), ("p95", 50, True), ("p95", 50.1, False), ("avg", 0, True)),
    ],
)
def test_the_bound_is_of_the_mean_unless_something_longer_is_sorted_by(sort, least, taken):
    assert Wanted(least=least, sort=sort).takes(Statement("a", seen(), None)) is taken


@pytest.mark.parametrize(
    ("route", "taken"),
    [("GET /api/a", True), ("/api/a", True), ("/api", False), ("POST /api/a", False), ("GET", False)],
)
def test_a_route_is_named_with_its_method_or_without(route, taken):
    statement = Statement("a", seen(routes=("GET /api/a", "PUT /api/b")), None)

    assert Wanted(least=0, route=route).takes(statement) is taken


def test_what_nobody_asked_for_by_a_route_is_of_none():
    assert not Wanted(least=0, route="/api/a").takes(Statement("c", None, served("c")))


@pytest.mark.parametrize(("sort", "order"), [("total", "cab"), ("avg", "bca"), ("calls", "acb"), ("max", "abc")])
def test_the_highest_come_first(sort, order):
    statements = joined(
        [seen("a", 100, 500.0, 60.0), seen("b", 4, 400.0, 50.0), seen("c", 50, 600.0, 40.0)],
        {},
    )

    assert "".join(each.shape for each in first(statements, MEASURES[sort], 3)) == order
    assert "".join(each.shape for each in first(statements, MEASURES[sort], 2)) == order[:2]


def test_equals_are_always_in_the_same_order():
    statements = joined([seen(shape) for shape in "cab"], {})

    assert "".join(each.shape for each in first(statements, MEASURES["total"], 3)) == "abc"


def test_the_same_shape_of_two_roles_is_one():
    both = served(most=20.0).plus(served(calls=1, total=60.0, most=60.0, hits=0, reads=10))

    assert (both.calls, both.mean, both.most, both.rows, both.hit_percent) == (5, 20.0, 60.0, 16, 45.0)
    assert served(hits=0, reads=0).hit_percent is None


def test_a_period_begins_at_whole_minutes_of_the_epoch():
    assert floor(NOON, 1) == NOON.replace(second=0)
    assert floor(NOON, 5) == NOON.replace(minute=30, second=0)
    assert floor(NOON, 60) == NOON.replace(minute=0, second=0)
    assert floor(NOON.replace(minute=30, second=0), 5) == NOON.replace(minute=30, second=0)
    assert floor(NOON - timedelta(days=400), 5).minute == 30


def test_loops_are_told_by_shape_and_route_the_most_frequent_first():
    tallies = {key: Tally() for key in ("aa GET /x", "bb GET /y")}
    tallies["aa GET /x"].sketch.add(12)
    for times in (10, 37):
        tallies["bb GET /y"].sketch.add(times)

    assert [(loop.shape, loop.route, loop.requests, loop.most_times) for loop in loops_of(tallies)] == [
        ("bb", "GET /y", 2, 37),
        ("aa", "GET /x", 1, 12),
    ]
