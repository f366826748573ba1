"""`make bench` runs from end to end: every row is there, whatever its figures are worth in so short a time."""

import json

import pytest

from tests.bench.__main__ import PARTS, measure
from tests.bench.stand import QUICK
from tests.bench.table import ABSENT, as_json, as_table


@pytest.mark.prove
async def test_the_speed_of_bookings_is_measured_beside_pgbench():
    rows = await measure(QUICK, ["bookings"])

    assert [row.goal for row in rows] == [0.25, 0.15]
    assert all(row.value > 0 and row.reference for row in rows)


@pytest.mark.prove
@pytest.mark.parametrize("part", [part for part in PARTS if part != "bookings"])
async def test_every_other_part_gives_its_rows(part):
    rows = await measure(QUICK, [part])

    assert [each["what"] for each in json.loads(as_json(rows))] == [row.what for row in rows]
    assert as_table(rows).count("\n") == len(rows) + 1 + len(ABSENT)
