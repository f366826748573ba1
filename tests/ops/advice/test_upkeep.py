"""Advice that no statement has to be slow for: indexes too many, figures out of date, ends in sight, loops, waits."""

from datetime import timedelta

import pytest

from app.ops.advice.rules.indexes import on_indexes, unindexed_foreign_keys
from app.ops.advice.rules.tables import Column, ForeignKey, Index, Part, Table
from app.ops.advice.rules.upkeep import Sequence, stale_statistics, used_up
from app.ops.advice.rules.workload import Spent, loops, pool_wait

MONTH, DAY = timedelta(days=30), timedelta(days=1)
KEY = ForeignKey("fk_room", ("client_id", "room_id"), "rooms")


def index(number, name, *columns, **more):
    definition = f"CREATE INDEX {name} ON public.visits USING btree ({', '.join(columns)})"
    return Index(number, name, tuple(Part(c) for c in columns), **{"definition": definition, **more})


def visits(*indexes, rows=100_000.0, keys=(), **more):
    names = ("client_id", "id", "room_id", "day")
    primary = index(1, "pk_visits", "client_id", "id", unique=True, constraint=True)
    columns = {name: Column(name, "uuid", 0.0, 30 if name == "client_id" else -1.0, 16) for name in names}
    return Table("public", "visits", rows, "r", columns, [primary, *indexes], list(keys), **more)


def found(table, age=DAY):
    """Return kind and index of each piece of advice on a table's indexes."""
    return [(each.kind, each.evidence["index"]) for each in on_indexes(table, age=age)]


@pytest.mark.parametrize(
    ("one", "other", "needless"),
    [
        (index(2, "a", "client_id", "day"), index(3, "b", "client_id", "day", "id"), ["a"]),
        (index(2, "a", "client_id", "day"), index(3, "b", "client_id", "day"), ["b"]),
        (index(2, "a", "client_id", "day"), index(3, "b", "client_id", "day", unique=True), ["a"]),
        (index(2, "a", "client_id", "day", included=("room_id",)), index(3, "b", "client_id", "day", "room_id"), ["a"]),
        (index(2, "a", "client_id", "day", included=("room_id",)), index(3, "b", "client_id", "day"), ["b"]),
        (index(2, "a", "day", "client_id"), index(3, "b", "client_id", "day"), []),
        (index(2, "a", "client_id", "day", predicate="x"), index(3, "b", "client_id", "day"), []),
        (index(2, "a", "client_id", "day", method="gist"), index(3, "b", "client_id", "day"), []),
        (index(2, "a", "client_id", "day", unique=True), index(3, "b", "client_id", "day", "id"), []),
        (index(2, "a", "client_id"), index(3, "b", "day"), ["a"]),
    ],
)
def test_an_index_that_another_begins_with_is_needless(one, other, needless):
    assert found(visits(one, other)) == [("duplicate_index", name) for name in needless]


def test_a_needless_index_can_be_dropped_and_made_again_as_it_was():
    (advice,) = on_indexes(visits(index(2, "a", "client_id")), age=DAY)

    assert advice.sql == "DROP INDEX CONCURRENTLY IF EXISTS public.a"
    assert advice.rollback_sql == "CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON public.visits USING btree (client_id)"


@pytest.mark.parametrize(
    ("unused", "age", "advised"),
    [
        ({"scans": 50}, MONTH, True),
        ({"scans": 51}, MONTH, False),
        ({"scans": 0}, MONTH - timedelta(seconds=1), False),
        ({"scans": 0, "unique": True}, MONTH, False),
        ({"scans": 0, "constraint": True}, MONTH, False),
    ],
)
def test_an_index_hardly_used_in_thirty_days_is_not_needed_unless_something_rests_on_it(unused, age, advised):
    table = visits(index(2, "a", "client_id", "day", **unused))
    table.indexes[0] = index(1, "pk_visits", "client_id", "id", unique=True, constraint=True, scans=0)

    assert found(table, age) == ([("unused_index", "a")] if advised else [])


def test_the_only_index_of_a_foreign_key_is_needed_however_seldom_it_is_used():
    only = index(2, "a", "client_id", "room_id")

    assert found(visits(only, keys=[KEY]), MONTH) == []
    assert found(visits(only), MONTH) == [("unused_index", "a")]


@pytest.mark.parametrize(
    ("name", "sql", "undo"),
    [
        ("ix", "REINDEX INDEX CONCURRENTLY public.ix", "DROP INDEX CONCURRENTLY IF EXISTS public.ix"),
        ("ix_ccnew", "DROP INDEX CONCURRENTLY IF EXISTS public.ix_ccnew", None),
    ],
)
def test_an_invalid_index_is_made_valid_or_cleared_away(name, sql, undo):
    (advice,) = on_indexes(visits(index(2, name, "client_id", "day", valid=False)), age=DAY)

    assert (advice.kind, advice.severity, advice.sql, advice.rollback_sql) == ("invalid_index", "high", sql, undo)


@pytest.mark.parametrize(
    "serving",
    [
        index(2, "a", "client_id", "room_id"),
        index(2, "a", "room_id", "client_id", "day"),
        index(2, "a", "client_id", "room_id", predicate="(room_id IS NOT NULL)"),
    ],
)
def test_a_foreign_key_is_served_by_its_columns_in_any_order(serving):
    assert list(unindexed_foreign_keys(visits(serving), [KEY])) == []


@pytest.mark.parametrize(
    "other",
    [
        index(2, "a", "client_id", "day", "room_id"),
        index(2, "a", "client_id", "room_id", predicate="(day IS NOT NULL)"),
        index(2, "a", "client_id", "room_id", valid=False),
    ],
)
def test_a_foreign_key_without_an_index_gets_one(other):
    (advice,) = unindexed_foreign_keys(visits(other), [KEY])

    assert str(advice.sql).endswith("ON public.visits (client_id, room_id)")
    assert advice.evidence["rowsLookedAt"] == 3_333


def test_a_foreign_key_presses_where_parents_are_deleted_and_many_rows_looked_at():
    pressing = ForeignKey("fk", ("room_id",), "rooms", parent_deletes=1)

    assert [each.severity for each in unindexed_foreign_keys(visits(), [pressing, KEY])] == ["medium", "low"]
    assert list(unindexed_foreign_keys(visits(rows=499.0), [pressing])) == []


@pytest.mark.parametrize(
    ("rows", "changed", "live", "stale"),
    [(10_000, 3_000, 10_000, False), (10_000, 3_001, 10_000, True), (-1, 0, 500, True), (-1, 0, 499, False)],
)
def test_statistics_are_stale_where_a_fifth_and_a_thousand_rows_have_changed_or_there_are_none(
    rows, changed, live, stale
):
    advice = stale_statistics(visits(rows=float(rows), changed=changed, live=live))

    assert (advice and advice.sql) == ("ANALYZE public.visits" if stale else None)


@pytest.mark.parametrize(
    ("last", "severity"), [(75_000, None), (75_001, "medium"), (89_999, "medium"), (90_000, "high")]
)
def test_a_sequence_presses_from_three_quarters_on(last, severity):
    advice = used_up(Sequence("public", "numbers", "bills.number", last, 100_000))

    assert (advice and advice.severity) == severity


def test_a_statement_asked_row_by_row_is_named_with_its_route():
    (advice,) = loops({("GET /a", "1"): 3, ("GET /b", "2"): 1}, {"1": "SELECT 1", "2": ""}.__getitem__)

    assert (advice.kind, advice.queries, advice.evidence["route"]) == ("n_plus_one", ("1",), "GET /a")
    assert (advice.evidence["requests"], advice.sql) == (3, None)


@pytest.mark.parametrize(
    ("waits", "queries", "advised"),
    [
        (Spent(100, 1_001.0), Spent(500, 1_000.0), True),
        (Spent(100, 1_001.0), Spent(500, 1_001.0), False),
        (Spent(99, 9_999.0), Spent(500, 1_000.0), False),
        (Spent(1_000, 9_999.0), Spent(500, 1_000.0), False),
        (Spent(), Spent(), False),
    ],
)
def test_waiting_longer_for_connections_than_statements_run_is_a_matter_of_the_pool(waits, queries, advised):
    assert (pool_wait(waits, queries) is not None) is advised
