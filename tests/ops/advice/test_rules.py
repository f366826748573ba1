"""What the rules make of a statement: decided by its structure and statistics."""

import pytest

from app.ops.advice.rules.choosing import Candidate
from app.ops.advice.rules.naming import creating, index_bytes, index_name, quoted
from app.ops.advice.rules.syntax import NotRead
from app.ops.advice.rules.tables import Column, Part
from tests.ops.advice.judging import index, judged, people, visits, wanted, why


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("client_id = $1 AND staff_id = $2", ("client_id", "staff_id")),
        ("$2 = staff_id AND client_id = $1::uuid", ("client_id", "staff_id")),
        ("(client_id, staff_id) = ($1, $2)", ("client_id", "staff_id")),
        ("staff_id = $1", ("staff_id",)),
        ("client_id = $1 AND state = $2 AND room_id = $3", ("client_id", "room_id")),
        ("client_id = $1 AND staff_id = ANY ($2)", ("client_id", "staff_id")),
        ("client_id = $1 AND staff_id IN ($2, $3)", ("client_id", "staff_id")),
        ("(client_id, staff_id) IN (($1, $2), ($3, $4))", ("client_id", "staff_id")),
        ("client_id = $1 AND (staff_id = $2 OR staff_id = $3)", ("client_id", "staff_id")),
        ("client_id = $1 AND day BETWEEN $2 AND $3", ("client_id", "day")),
        ("client_id = $1 AND (day, id) > ($2, $3)", ("client_id", "day")),
        ("client_id = $1 AND day > $2 AND lower(note) = $3", ("client_id", "day")),
        ("client_id = $1 AND day > $2 AND size <> $3", ("client_id", "day")),
        ("client_id = $1 AND staff_id = (SELECT max($2))", ("client_id", "staff_id")),
    ],
)
def test_equal_columns_come_first_the_client_before_all_then_one_range(condition, found):
    assert wanted(f"SELECT id FROM visits WHERE {condition}") == [("visits", *found)]
    assert wanted(f"DELETE FROM public.visits v WHERE {condition}") == [("visits", *found)]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("day LIMIT 5", ("client_id", "day")),
        ("day DESC, made DESC LIMIT $2", ("client_id", "day", "made")),
        ("day DESC, made LIMIT 5", ("client_id", "day", "made DESC")),
        ("client_id, day LIMIT 5", ("client_id", "day")),
    ],
)
def test_an_order_of_which_only_the_first_rows_are_wanted_is_worth_an_index(order, found):
    assert wanted(f"SELECT id FROM visits WHERE client_id = $1 ORDER BY {order}") == [("visits", *found)]


@pytest.mark.parametrize(
    "order", ["day", "lower(day) LIMIT 5", "day NULLS FIRST LIMIT 5", "1 LIMIT 5", "day LIMIT NULL"]
)
def test_an_order_that_no_index_gives_or_of_which_all_is_wanted_is_not(order):
    assert why(f"SELECT id FROM visits WHERE client_id = $1 ORDER BY {order}") == "covered"


JOIN = (
    "SELECT v.id FROM people p JOIN visits v ON v.client_id = p.client_id AND v.staff_id = p.id WHERE p.client_id = $1"
)


def test_a_join_wants_an_index_for_what_begins_it_and_for_what_is_looked_up():
    assert wanted(f"{JOIN} AND p.mail = $2", visits(), people()) == [
        ("people", "client_id", "mail"),
        ("visits", "client_id", "staff_id"),
    ]


def test_a_joined_column_has_the_value_of_the_one_it_equals():
    text = (
        "SELECT 1 FROM visits v JOIN people p USING (client_id) WHERE client_id = $1 AND v.staff_id = $2 AND p.id = $3"
    )

    assert wanted(text, visits(), people()) == [("visits", "client_id", "staff_id")]


def test_what_is_joined_for_the_most_part_wants_none():
    assert why("SELECT 1 FROM people p JOIN visits v ON v.staff_id = p.id", visits(), people()) == "joins_most_rows"


def test_the_outer_side_of_a_left_join_is_not_narrowed_by_its_condition():
    text = (
        "SELECT 1 FROM visits v LEFT JOIN people p ON v.mail = $1 AND p.id = v.staff_id AND p.client_id = v.client_id"
    )

    assert wanted(text, visits(), people()) == []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 FROM people p WHERE p.client_id = $1 AND p.id = $2 AND EXISTS"
        " (SELECT FROM visits v WHERE v.client_id = p.client_id AND v.staff_id = p.id)",
        "WITH chosen AS (SELECT * FROM visits WHERE client_id = $1 AND staff_id = $2) SELECT * FROM chosen",
        "SELECT 1 FROM (SELECT * FROM visits WHERE client_id = $1 AND staff_id = $2) AS inner_one",
        "SELECT 1 FROM visits WHERE client_id = $1 AND staff_id = $2 UNION SELECT 2",
        "UPDATE people p SET mail = NULL FROM visits v WHERE p.client_id = $1 AND p.id = $3"
        " AND v.client_id = $1 AND v.staff_id = $2",
    ],
)
def test_every_level_of_a_statement_is_looked_at(text):
    assert ("visits", "client_id", "staff_id") in wanted(text, visits(), people())


def test_a_name_of_a_with_query_is_no_table():
    assert why("WITH visits AS (SELECT 1 AS staff_id) SELECT * FROM visits WHERE staff_id = $1") == "no_table"


def test_both_sides_of_an_or_are_served_or_none():
    either = "SELECT id FROM visits WHERE client_id = $1 AND (staff_id = $2 OR mail = $3)"

    assert wanted(either) == [("visits", "client_id", "staff_id"), ("visits", "client_id", "mail")]
    assert wanted(either, visits(index("ix", "client_id", "mail"))) == [("visits", "client_id", "staff_id")]
    assert why("SELECT id FROM visits WHERE staff_id = $1 OR size = $2") == "or"
    assert why("SELECT id FROM visits WHERE staff_id = $1 OR length(note) > 3 AND random() < $2") == "or"


def test_a_pattern_that_begins_with_what_is_looked_for_wants_a_class_of_its_own_unless_bytes_are_compared():
    begins = "SELECT id FROM visits WHERE client_id = $1 AND note LIKE 'abc%'"
    bytewise = visits(note=Column("note", "text", 0.0, -0.5, 16, bytewise=True))

    assert wanted(begins) == [("visits", "client_id", "note text_pattern_ops")]
    assert wanted(begins, bytewise) == [("visits", "client_id", "note")]
    assert wanted(begins, visits(index("ix", "client_id", "note"))) == [
        ("visits", "client_id", "note text_pattern_ops")
    ]


def test_any_other_pattern_wants_trigrams_where_they_are_installed():
    anywhere = "SELECT id FROM visits WHERE client_id = $1 AND note LIKE '%abc'"

    assert why(anywhere) == "trigrams_not_installed"
    assert why(anywhere.replace("'%abc'", "$2")) == "pattern_unknown"
    assert wanted(anywhere, trigrams=True) == [("visits", "note gin_trgm_ops")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT id FROM visits", "no_condition"),
        ("SELECT id FROM visits WHERE client_id = $1 AND id = $2", "covered"),
        ("SELECT id FROM visits WHERE size = $1", "not_selective"),
        ("SELECT id FROM visits WHERE client_id = id", "no_condition"),
        ("SELECT id FROM visits WHERE unheard_of = $1", "no_condition"),
        ("SELECT * FROM pg_class WHERE relname = $1", "no_table"),
        ("SELECT * FROM elsewhere.visits WHERE staff_id = $1", "no_table"),
        ("SELECT 1", "no_table"),
    ],
)
def test_what_wants_no_index_gets_a_reason(text, reason):
    assert why(text) == reason


def test_small_tables_and_tables_without_statistics_get_a_reason():
    text = "SELECT id FROM visits WHERE staff_id = $1"

    assert why(text, visits(rows=499)) == "too_few_rows"
    assert why(text, visits(rows=-1)) == "statistics_missing"
    assert why(text, visits(staff_id=Column("staff_id", "text"))) == "statistics_missing"
    assert wanted(text, visits(rows=500)) == [("visits", "staff_id")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("INSERT INTO visits SELECT 1", "not_a_query"),
        ("SELECT 1; DELETE FROM visits", "not_one_statement"),
        ("", "not_one_statement"),
        ("WHERE am I", "not_parsed"),
        ("SELECT * INTO copied FROM visits", "not_a_query"),
        ("EXPLAIN ANALYZE DELETE FROM visits", "not_a_query"),
        ("WITH made AS (INSERT INTO visits DEFAULT VALUES RETURNING id) SELECT id FROM made", "inserts"),
        ("SELECT 1 -- " + "x" * 10_000, "too_long"),
        ("SELECT 1 FROM visits WHERE id = " + "1+" * 4_000 + "1", "too_long"),
    ],
)
def test_what_is_no_single_query_is_not_read(text, reason):
    with pytest.raises(NotRead) as refusal:
        judged(text)

    assert refusal.value.why == reason


def test_the_look_of_a_text_decides_nothing():
    text = "SELECT 'WHERE staff_id = 1 ORDER BY day' AS conversation FROM visits WHERE client_id = $1 AND id = $2"

    assert why(text) == "covered"


def test_names_are_quoted_free_and_short_enough():
    candidate = Candidate("public", "visits", (Part("client_id"), Part("Order", descending=True)))
    long = Candidate("public", "visits", tuple(Part(f"a_rather_long_name_{n}") for n in range(4)))

    make, undo = creating(candidate, index_name(candidate, set()))
    taken = index_name(candidate, {"ix_visits_client_id_Order"})

    assert make == (
        'CREATE INDEX CONCURRENTLY IF NOT EXISTS "ix_visits_client_id_Order" ON public.visits (client_id, "Order" DESC)'
    )
    assert undo == 'DROP INDEX CONCURRENTLY IF EXISTS public."ix_visits_client_id_Order"'
    assert taken != "ix_visits_client_id_Order"
    assert len(index_name(long, set())) <= 63
    assert (quoted("user"), quoted('a"b'), quoted("plain")) == ('"user"', '"a""b"', "plain")


def test_the_size_of_an_index_is_about_what_the_server_would_need():
    assert 0.8 < index_bytes([16, 16], 300_000) / 14_000_000 < 1.3
