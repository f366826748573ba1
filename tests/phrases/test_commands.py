"""`booking phrases`: one phrase, and files of cases."""

import json

import pytest
from typer.testing import CliRunner

from app.phrases.commands import phrases
from tests.phrases.cases import PHRASES

present = pytest.mark.skipif(
    not PHRASES.exists(), reason="no worked cases: set BOOKING_SHARED to the directory that holds cases/"
)
HERE = {"now": "2026-03-18T10:20", "timezone": "Europe/London", "region": "GB"}
TOMORROW = {"id": "a", "phrase": "tomorrow", "start": "2026-03-19", "end": "2026-03-20", "grain": "day"}


def run(*arguments):
    return CliRunner().invoke(phrases, [str(argument) for argument in arguments])


def solve(tmp_path, *cases, **defaults):
    file = tmp_path / "cases.json"
    file.write_text(json.dumps({**HERE, **defaults, "cases": cases}))
    return run("solve", file)


def read(words, *options):
    return run("read", words, "--now", "2026-03-18T10:20", *options)


@present
def test_the_command_solves_every_worked_case():
    solved = run("solve", PHRASES)

    cases = json.loads(PHRASES.read_text())["cases"]
    assert solved.stdout.splitlines() == [f"{case['id']} ok" for case in cases]
    assert solved.exit_code == 0


@present
def test_only_those_cases_have_more_readings_that_name_them(tmp_path):
    document = json.loads(PHRASES.read_text())
    one_only = [{"alternatives": [], **case} for case in document["cases"]]

    solved = solve(tmp_path, *one_only)

    assert [line for line in solved.stdout.splitlines() if not line.endswith(" ok")] == []


def test_the_command_tells_what_differs_and_fails(tmp_path):
    wrong = {**TOMORROW, "id": "b", "start": "2026-03-20", "end": "2026-03-21"}
    silent = {**TOMORROW, "id": "c", "start": None, "end": None}
    unread = {**TOMORROW, "id": "d", "phrase": "banana"}

    solved = solve(tmp_path, TOMORROW, wrong, silent, unread)

    got = json.dumps({"start": "2026-03-19", "end": "2026-03-20", "grain": "day"})
    assert solved.exit_code == 1
    assert solved.stdout.splitlines() == [
        "a ok",
        f"b expected {got.replace('-20', '-21').replace('-19', '-20')} got {got}",
        f"c expected null got {got}",
        f'd expected {got} got {{"start": null, "reason": "no_time_found"}}',
    ]


def test_a_case_may_carry_its_own_time_zone_and_region(tmp_path):
    case = {
        "id": "a", "phrase": "03/04", "now": "2027-01-01T09:00", "timezone": "America/New_York", "region": "US",
        "start": "2027-03-04", "end": "2027-03-05", "grain": "day",
    }  # fmt: skip

    assert solve(tmp_path, case).stdout == "a ok\n"


@pytest.mark.parametrize(
    ("phrase", "start", "grain", "fits"),
    [
        ("next week", "2026-03-25", "week", True),
        ("next week", "2026-03-30", "week", False),
        ("tomorrow at 3", "2026-03-19", "day", True),
        ("tomorrow at 3:20", "2026-03-19T15:00", "hour", True),
        ("tomorrow at 3:20", "2026-03-19T15:00", "minute", False),
        ("tomorrow at 3:20", "2026-03-19T15:20:00", "minute", True),
        ("tomorrow at 3:20", "2026-03-19T16:20:00+01:00", None, True),
        ("tomorrow at 3:20", "2026-03-19T16:20:00", None, False),
        ("tomorrow", "2026-03-19", None, True),
    ],
)
def test_a_case_that_compares_its_start_does_so_at_its_grain(tmp_path, phrase, start, grain, fits):
    case = {"id": "a", "phrase": phrase, "start": start, "grain": grain, "compare": "start"}

    assert (solve(tmp_path, case).exit_code == 0) is fits


def test_alternatives_are_compared_where_a_case_names_some(tmp_path):
    case = {**TOMORROW, "phrase": "tomorrow or friday"}

    assert solve(tmp_path, case).exit_code == 0
    assert solve(tmp_path, {**case, "alternatives": ["2026-03-20"]}).exit_code == 0
    assert solve(tmp_path, {**case, "alternatives": ["2026-03-21"]}).exit_code == 1


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"cases": [{}]}', '{"cases": [{"id": "a", "phrase": 3}]}', "\0"])
def test_the_command_says_in_one_line_that_a_file_holds_no_cases(tmp_path, content):
    file = tmp_path / "cases.json"
    file.write_text(content)

    solved = run("solve", file)

    assert (solved.exit_code, solved.stdout) == (2, "")
    assert len(solved.stderr.splitlines()) == 1


def test_a_phrase_is_shown_as_a_table():
    shown = read("next friday at half three")

    assert [line.split() for line in shown.stdout.splitlines()] == [
        ["weekday", "start", "end", "grain", "start", "in", "UTC"],
        ["Friday", "2026-03-27T15:30", "minute", "2026-03-27T15:30:00Z"],
        ["Friday", "2026-03-20T15:30", "minute", "2026-03-20T15:30:00Z"],
    ]


def test_a_phrase_is_shown_as_a_document():
    shown = read("tomorrow", "--json", "--zone", "Asia/Tokyo")

    span = ["2026-03-18T15:00:00Z", "2026-03-19T15:00:00Z"]
    reading = {"start": "2026-03-19", "end": "2026-03-20", "grain": "day", "span": span}
    assert json.loads(shown.stdout) == {"readings": [reading], "reason": None, "ambiguous": False}


def test_the_region_orders_dates_in_numbers():
    assert "2026-04-03" in read("3/4").stdout
    assert "2027-03-04" in read("3/4", "--region", "us").stdout


def test_a_phrase_without_a_reading_is_told_with_its_reason():
    shown = read("yesterday")

    assert (shown.stdout, shown.exit_code) == ("no reading: past\n", 1)


def test_without_a_time_a_phrase_is_said_now():
    assert run("read", "tomorrow").exit_code == 0


@pytest.mark.parametrize("options", [("--zone", "Nowhere/Near"), ("--now", "soon"), ("--zone", "../etc/passwd")])
def test_a_time_or_zone_that_cannot_be_read_is_refused_in_one_line(options):
    refused = run("read", "tomorrow", *options)

    assert (refused.exit_code, refused.stdout, len(refused.stderr.splitlines())) == (2, "", 1)
