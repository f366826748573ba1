"""The table of `make bench` judges as it says."""

from tests.bench.table import Row, as_table, percentile


def row(value: float, reference: float | None, goal: float, *, at_least: bool) -> Row:
    return Row("speed", value, "/s", reference, "bare", goal, at_least)


def test_a_ratio_is_held_against_its_goal_in_the_right_direction() -> None:
    assert row(30, 100, 0.25, at_least=True).met
    assert not row(20, 100, 0.25, at_least=True).met
    assert row(20, 10, 3, at_least=False).met
    assert not row(40, 10, 3, at_least=False).met


def test_without_a_reference_the_value_itself_is_judged() -> None:
    assert row(2.4, None, 2.5, at_least=False).met
    assert not row(2.6, None, 2.5, at_least=False).met


def test_a_missed_goal_is_said() -> None:
    assert "MISSED" in as_table([row(20, 100, 0.25, at_least=True)])
    assert "MISSED" not in as_table([row(30, 100, 0.25, at_least=True)])


def test_the_95th_percentile_of_a_hundred_values_is_the_95th() -> None:
    assert percentile([float(number) for number in range(100, 0, -1)], 0.95) == 95
