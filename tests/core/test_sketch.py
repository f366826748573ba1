"""Percentiles in little memory: within 1 % of the truth, and the same whoever counted."""

import random
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.sketch import ACCURACY, Sketch

VALUES = st.floats(min_value=0.0001, max_value=1e8)
QUANTILES = (0.5, 0.95, 0.99, 0.999)


def sketch_of(values):
    sketch = Sketch()
    for value in values:
        sketch.add(value)
    return sketch


def truth(values, share):
    return sorted(values)[max(0, ceil(share * len(values) - 1e-9) - 1)]


def stored(sketch):
    return Sketch.of(sketch.to_bytes(), total=sketch.total, most=sketch.most)


@pytest.mark.parametrize(
    "draw",
    [
        lambda chance: chance.lognormvariate(3, 1.5),
        lambda chance: chance.expovariate(1 / 40),
        lambda chance: chance.uniform(0, 1_000),
        lambda chance: 5.0 if chance.random() < 0.97 else 900.0,
    ],
    ids=["lognormal", "exponential", "uniform", "two values"],
)
def test_percentiles_of_known_distributions_are_within_their_accuracy(draw):
    chance = random.Random(7)
    values = [draw(chance) for _ in range(20_000)]
    sketch = sketch_of(values)

    for share in QUANTILES:
        assert sketch.quantile(share) == pytest.approx(truth(values, share), rel=ACCURACY * 1.01)


@given(st.lists(VALUES, min_size=1, max_size=200), st.floats(min_value=0, max_value=1))
def test_any_quantile_of_anything_is_within_its_accuracy(values, share):
    assert sketch_of(values).quantile(share) == pytest.approx(truth(values, share), rel=ACCURACY * 1.01)


@given(st.lists(st.lists(VALUES, max_size=60), min_size=1, max_size=5))
def test_parts_put_together_are_the_same_as_all_counted_in_one_place(parts):
    whole = sketch_of([value for part in parts for value in part])
    merged = Sketch.merged(stored(sketch_of(part)) for part in parts)

    assert merged.bins == whole.bins
    assert (merged.count, merged.most) == (whole.count, whole.most)
    assert merged.total == pytest.approx(whole.total)


@given(st.lists(VALUES, max_size=100))
def test_what_is_stored_comes_back_as_it_was(values):
    sketch = sketch_of(values)
    back = stored(sketch)

    assert (back.bins, back.count, back.total, back.most) == (sketch.bins, sketch.count, sketch.total, sketch.most)


def test_bins_are_stored_the_same_on_every_machine():
    assert sketch_of([1.0]).to_bytes() == bytes([0, 0, 0, 0, 1, 0, 0, 0])


def test_nothing_counted_has_no_percentile_and_no_mean():
    assert (Sketch().quantile(0.5), Sketch().mean, Sketch().count) == (None, None, 0)


@pytest.mark.parametrize("value", [0.0, 1e-9, -1.0])
def test_what_took_no_time_is_counted_as_none(value):
    sketch = sketch_of([value, value, 10.0])

    assert (sketch.quantile(0), sketch.count) == (0.0, 3)


def test_of_few_values_a_high_percentile_is_the_largest():
    assert sketch_of([10.0, 5000.0]).quantile(0.95) == pytest.approx(5000, rel=ACCURACY)


def test_how_many_lie_at_or_below_a_bound():
    sketch = sketch_of([1.0] * 3 + [100.0] * 2)

    assert [sketch.at_most(bound) for bound in (0.5, 1.02, 50, 102)] == [0, 3, 3, 5]


def test_no_percentile_lies_above_the_largest_value():
    assert sketch_of([100.3]).quantile(0.99) <= 100.3


def test_memory_is_bounded_by_the_width_and_not_by_the_number_of_values():
    chance = random.Random(1)

    assert len(sketch_of([10 ** chance.uniform(-6, 9) for _ in range(20_000)]).bins) < 1_800
