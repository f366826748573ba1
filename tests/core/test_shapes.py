"""Statements without their literals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.shapes import LONGEST, Shapes, preview_of, shape_of

SECRET = "Jane Roe 0740"


def test_ten_thousand_literals_make_one_shape():
    shapes = Shapes()
    seen = {shapes.of(f"SELECT * FROM bookings WHERE id = {number} AND note = 'n{number}'") for number in range(10_000)}

    assert len(seen) == len(shapes) == 1
    assert (
        shapes.text(shape_of("SELECT * FROM bookings WHERE id = 1 AND note = ''")[0])
        == "SELECT * FROM bookings WHERE id = $1 AND note = $2"
    )
    assert shapes.dropped == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t WHERE b IN (1)", "SELECT a FROM t WHERE b IN ($1, $2, $3, $4)"),
        ("SELECT a FROM t WHERE b = $1::uuid", "select a from t  where b=$7::UUID"),
        ("INSERT INTO t (a, b) VALUES ($1, $2)", "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4), ($5, $6)"),
        ("SELECT now() - interval '1 day'", "SELECT now() - interval $1"),
        ("SELECT a FROM t /* GET /x */", "SELECT a FROM t"),
        ("SET statement_timeout = 5", "SET statement_timeout = 7"),
        ("NOT A STATEMENT 5 'x'", "NOT A STATEMENT 77 'yz'"),
    ],
)
def test_statements_that_differ_in_values_alone_are_one_shape(one, other):
    assert shape_of(one)[0] == shape_of(other)[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t", "SELECT b FROM t"),
        ("SELECT a FROM t", "SELECT a FROM u"),
        ("NOT A STATEMENT", "NOR THIS"),
    ],
)
def test_statements_that_ask_for_something_else_are_not(one, other):
    assert shape_of(one)[0] != shape_of(other)[0]


@pytest.mark.parametrize(
    "statement",
    [
        f"SELECT 1 WHERE name = '{SECRET}'",
        f"SELECT E'it\\'s {SECRET}'",
        f"COMMENT ON TABLE t IS '{SECRET}'",
        f"CREATE TABLE t (a text DEFAULT '{SECRET}')",
        f"EXECUTE p('it''s {SECRET}')",
        f"COPY t FROM '/{SECRET}'",
        f"NOTIFY x, '{SECRET}'",
        f"DO $$ BEGIN PERFORM '{SECRET}'; END $$",
        f"CREATE USER u PASSWORD '{SECRET}'",
        f"NOT A STATEMENT '{SECRET}'",
        f"NOT A STATEMENT $body${SECRET}$body$",
        f"NOT A STATEMENT 'never closed {SECRET}",
        f"NOT A STATEMENT -- {SECRET}",
        f"SELECT /* asked by /* {SECRET} */ {SECRET} */ 1",
        f"SELECT 1 -- {SECRET}",
        f"/* {SECRET} */ SELECT a FROM t",
        f"SELECT a FROM t WHERE b = 'C:\\' AND c = '{SECRET}",
        f'SELECT "/*" FROM t WHERE a = \'*/ {SECRET} ',
    ],
)
def test_no_literal_is_left_in_a_text(statement):
    assert SECRET not in shape_of(statement)[1]


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("EXECUTE q(447400123456, -5, 1.5)", "EXECUTE q(?, -?, ?)"),
        ("PREPARE q2 AS SELECT 447400123456 FROM t2 WHERE a = $1", "PREPARE q2 AS SELECT ? FROM t2 WHERE a = $1"),
        ("CREATE VIEW v AS SELECT 5 AS a1, 'x'", "CREATE VIEW v AS SELECT ? AS a1, '?'"),
        ("ALTER SEQUENCE s RESTART 447400123456", "ALTER SEQUENCE s RESTART ?"),
        ("SELECT 1; CREATE TABLE x AS SELECT 5", "SELECT $1; CREATE TABLE x AS SELECT ?"),
        ("SELECT a::varchar(20) FROM t1 ORDER BY 1;", "SELECT a::varchar(20) FROM t1 ORDER BY 1;"),
        ("SELECT é /* ü */, 5 FROM t ORDER BY 1", "SELECT é  , $1 FROM t ORDER BY 1"),
        ("SELECT a FROM t ORDER BY 7400123, 2", "SELECT a FROM t ORDER BY ?, 2"),
        ("SHOUT a1, $2, 0x1F, 1e5, .5, 1_000 x 'y' z", "SHOUT a1, $2, ?, ?, ?, ? x …"),
        ("SHOUT $447400123456", "SHOUT ?"),
        ("SELECT $447400123456 + $10000", "SELECT ? + $10000"),
    ],
)
def test_numbers_stay_only_where_they_are_no_values(statement, shown):
    assert shape_of(statement)[1] == shown


FORMS = (
    "SELECT * FROM t1 WHERE a = {} AND b = {} LIMIT {}",
    "INSERT INTO t VALUES ({}, {}) ON CONFLICT (a) DO UPDATE SET b = {}",
    "MERGE INTO t USING u ON t.a = u.a AND u.b = {} WHEN MATCHED THEN UPDATE SET a = {}",
    "WITH c AS (UPDATE t SET a = {} RETURNING 1) SELECT {} FROM c ORDER BY 2",
    "EXECUTE q({}, {})",
    "PREPARE q AS SELECT {}, {}",
    "EXPLAIN SELECT {}, {}",
    "DECLARE c CURSOR FOR SELECT {}",
    "CREATE TABLE x AS SELECT {}, {}",
    "CREATE VIEW x AS SELECT {} WHERE a = {}",
    "CREATE TABLE x (a int DEFAULT {}, b varchar(20) DEFAULT {})",
    "ALTER SEQUENCE s RESTART {}",
    "ALTER TABLE t ALTER a SET DEFAULT {}",
    "CALL p({}, {}); SELECT {}",
    "SELECT {}; CREATE VIEW x AS SELECT {}",
    "SET x = {}",
    "COPY (SELECT {}) TO STDOUT",
    "DO {}",
    "NOT A STATEMENT {}, {}",
)
PLANTED = (
    *("447400123456", "4474.00123456", ".447400", "0x447400123456", "4474e5", "-447400123456"),
    *(
        "'Sam 4474'",
        "'Sam \\'",
        "'it''s Sam'",
        "E'\\' Sam'",
        "U&'Sam'",
        "$$Sam 4474$$",
        "$q1$Sam ' 4474$q1$",
        "'Sam'\n'Sam'",
    ),
    *("/* Sam /* 4474 */ ' Sam */ 5", "5 -- Sam ' 4474\n"),
)


@given(st.sampled_from(FORMS), st.lists(st.sampled_from(PLANTED), min_size=3, max_size=3), st.integers(1, 200))
def test_no_value_is_left_wherever_it_stood_and_wherever_the_statement_was_cut(form, planted, length):
    for statement in (form.format(*planted), form.format(*planted)[:length]):
        text = shape_of(statement)[1]

        assert "Sam" not in text
        assert "4474" not in text


@given(st.text(max_size=80))
def test_whatever_is_said_has_a_shape(statement):
    shape, text = shape_of(statement)

    assert len(shape) == 16
    assert int(shape, 16) >= 0
    assert len(text) <= LONGEST


def test_what_cannot_be_encoded_has_a_shape():
    assert len(shape_of("SELECT '\ud800'")[0]) == 16


def test_shapes_beyond_the_most_are_counted_each_time_and_not_kept():
    shapes = Shapes(most=2)
    seen = [shapes.of(f"SELECT a{number} FROM t") for number in (1, 2, 3, 3, 1)]

    assert [shape is None for shape in seen] == [False, False, True, True, False]
    assert (len(shapes), shapes.dropped) == (2, 2)


def test_texts_do_not_pile_up():
    shapes = Shapes()
    for number in range(5_000):
        shapes.of(f"SELECT {number}")
    shapes.of("SELECT " + ", ".join(map(str, range(10_000))))

    kept = shapes._by_text
    assert len(kept) <= 4_000
    assert max(map(len, kept)) <= LONGEST
    assert max(len(text) for text in shapes._texts.values()) <= LONGEST


def test_long_texts_do_not_take_more_memory_than_short_ones():
    shapes = Shapes()
    for number in range(1_000):
        shapes.of(f"SELECT {number}, '{'x' * 9_000}'")

    held = sum(map(len, shapes._by_text))
    assert held == shapes._characters <= 4_000_000
    assert len(shapes) == 1


def test_a_preview_is_one_line_of_at_most_200_characters():
    assert preview_of("SELECT a,\n       b\nFROM t") == "SELECT a, b FROM t"
    assert len(preview_of("SELECT " + "column, " * 5_000)) == 200
