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
    ],
)
def test_no_literal_is_left_in_a_text(statement):
    assert SECRET not in shape_of(statement)[1]


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
