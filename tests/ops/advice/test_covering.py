"""Which indexes that exist already do what a statement asks for."""

import pytest

from tests.ops.advice.judging import index, judged, visits, wanted, why

DAY = "SELECT id FROM visits WHERE client_id = $1 AND day >= $2 ORDER BY day LIMIT 9"


@pytest.mark.parametrize(
    "existing",
    [
        index("ix", "client_id", "day"),
        index("ix", "client_id", "day", "made"),
        index("ix", "client_id", "day DESC"),
        index("ix", "client_id", "day", included=("note",)),
    ],
)
def test_an_index_that_begins_with_what_is_asked_covers_it(existing):
    assert why(DAY, visits(existing)) == "covered"


@pytest.mark.parametrize(
    "existing",
    [
        index("ix", "day", "client_id", valid=False),
        index("ix", "client_id", included=("day",)),
        index("ix", "client_id", "made", "day"),
        index("ix", "client_id", "day", method="hash"),
        index("ix", "client_id", "day", predicate="(state = 'open'::text)"),
        index("ix", "client_id", "(lower(day))"),
    ],
)
def test_one_that_is_invalid_only_carries_the_column_or_lacks_rows_does_not(existing):
    assert wanted(DAY, visits(existing)) == [("visits", "client_id", "day")]


def test_the_order_of_equal_columns_in_an_index_does_not_matter():
    both = index("ix", "staff_id", "client_id")

    assert why("SELECT id FROM visits WHERE client_id = $1 AND staff_id = $2", visits(both)) == "covered"


@pytest.mark.parametrize(
    ("predicate", "condition", "verdict"),
    [
        ("(room_id IS NOT NULL)", "room_id = $2", "covered"),
        ("((state)::text = 'open'::text)", "room_id = $2 AND state = 'open'", "covered"),
        ("((state)::text = ANY (ARRAY['open'::text, 'held'::text]))", "room_id = $2 AND state = 'held'", "covered"),
        ("((state)::text = 'open'::text)", "room_id = $2 AND state = $3", "depends_on_a_value"),
        ("((state)::text = 'open'::text)", "room_id = $2 AND state = 'held'", None),
        ("((state)::text = 'open'::text)", "room_id = $2 AND state IN ('open', 'held')", None),
        ("((state)::text <> 'open'::text)", "room_id = $2 AND state = 'held'", None),
        ("(length(note) > 3)", "room_id = $2", None),
    ],
)
def test_a_partial_index_covers_what_implies_its_predicate(predicate, condition, verdict):
    table = visits(index("ix", "client_id", "room_id", predicate=predicate))

    found = judged(f"SELECT id FROM visits WHERE client_id = $1 AND {condition}", table)

    assert (found.verdict and found.verdict.why) == verdict


def test_an_index_on_an_expression_covers_the_same_expression_however_it_is_written():
    table = visits(index("ix", "client_id", "(lower((mail)::text))"))
    same = "SELECT id FROM visits v WHERE v.client_id = $1 AND lower(v.mail) = $2"

    assert why(same, table) == "covered"
    assert why("SELECT id FROM visits WHERE lower(mail) = $1") == "expression"
