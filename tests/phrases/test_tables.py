"""Phrases written by hand, table by table; reasons; what is ambiguous."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.phrases.rules import Readings, Reason, read_time
from tests.phrases.worked import TABLES, lines, written

NOW = datetime(2026, 3, 18, 10, 20, tzinfo=ZoneInfo("Europe/London"))
NAMES = sorted(table.stem for table in TABLES.glob("*.txt"))


def read(words):
    return read_time(words, NOW, "Europe/London", "GB")


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


@pytest.mark.parametrize("words", ["tomorrow at 3", "tomorrow at 3".ljust(500), "uh, " * 121 + "tomorrow at 3"])
def test_a_phrase_of_500_characters_is_read_to_its_end(words):
    assert [str(reading.start) for reading in read(words).readings] == ["2026-03-19 15:00:00"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("", Reason.NOTHING_SAID),
        (" \t\n", Reason.NOTHING_SAID),
        ("tomorrow".ljust(501, "!"), Reason.TOO_LONG),
        ("banana", Reason.NO_TIME_FOUND),
        ("yesterday", Reason.PAST),
        ("31st of february", Reason.NO_SUCH_DATE),
        ("tomorrow at 25:00", Reason.NO_SUCH_TIME),
        ("sunday 29 march at 1:30 am", Reason.SKIPPED_BY_CLOCK_CHANGE),
        ("friday the second of april", Reason.WEEKDAY_AND_DATE_DISAGREE),
        ("any day but friday", Reason.EXCLUSION),
        ("every monday", Reason.REPEATING),
        ("1 april 2037", Reason.TOO_FAR),
    ],
)
def test_without_a_reading_there_is_a_reason(words, reason):
    assert read(words) == Readings((), reason)


def test_every_reason_is_told_in_the_documentation():
    told = (Path(__file__).parents[2] / "docs" / "phrases.md").read_text(encoding="utf-8")

    assert [reason for reason in Reason if f"| `{reason}` |" not in told] == []


@pytest.mark.parametrize(
    ("words", "ambiguous"),
    [
        ("next friday", True),
        ("next weekend", True),
        ("next friday at 3", True),
        ("tomorrow or friday", False),
        ("friday at 3 or 4", False),
        ("next week in the morning", False),
        ("tomorrow", False),
    ],
)
def test_several_readings_are_ambiguous_only_where_one_of_them_is_meant(words, ambiguous):
    assert read(words).ambiguous is ambiguous
