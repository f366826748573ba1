"""What commands show: tables, sizes and ages; and lines of progress where no person looks."""

import json

import pytest

from app.core.terminal import age, progress, size, table


def test_columns_are_as_wide_as_what_is_in_them():
    shown = table(("ID", "SIZE"), [("a", "10 B"), ("longer", "")])

    assert shown.splitlines() == ["ID      SIZE", "a       10 B", "longer"]


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (25_771_740, "25.8 MB"), (3_500_000_000_000, "3500.0 GB")],
)
def test_sizes_are_said_in_the_largest_unit_that_they_reach(count, said):
    assert size(count) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (7_200, "2 h"), (172_800, "2 d"), (-7_200, "-2 h")]
)
def test_ages_are_said_in_the_largest_unit_that_they_reach(seconds, said):
    assert age(seconds) == said


def test_off_a_terminal_a_stage_says_its_beginning_its_end_and_little_between(capsys):
    with progress() as report:
        for done in range(1_001):
            report("dumping", done, 1_000)
        report("manifest")

    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in err.splitlines()]
    assert out == ""
    assert [(line["stage"], line["done"]) for line in (lines[0], *lines[-2:])] == [
        ("dumping", 0),
        ("dumping", 1_000),
        ("manifest", 0),
    ]
    assert len(lines) < 10
