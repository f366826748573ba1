"""Phrases written by hand, table by table."""

import pytest

from tests.phrases.worked import TABLES, lines, written

NAMES = sorted(table.stem for table in TABLES.glob("*.txt"))


@pytest.mark.parametrize("name", NAMES)
def test_every_phrase_of_a_table_is_read_as_it_says(name):
    read = [(line.phrase, line.expected, written(line)) for line in lines(name)]

    assert [different for different in read if different[1] != different[2]] == []
    assert len(read) > 20


def test_no_phrase_stands_in_two_tables_with_two_meanings():
    meanings: dict[tuple[object, ...], set[str]] = {}
    for name in NAMES:
        for line in lines(name):
            meanings.setdefault((line.phrase, line.now, line.region), set()).add(line.expected)

    assert [phrase for phrase, expected in meanings.items() if len(expected) > 1] == []
