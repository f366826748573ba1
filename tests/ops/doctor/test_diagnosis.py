"""What the doctor makes of what was seen: a table."""

from dataclasses import replace

import pytest

from app.ops.doctor.rules import diagnose
from app.ops.doctor.rules.address import address
from app.ops.doctor.rules.facts import Answer, DatabaseSeen, Failure
from app.ops.doctor.rules.findings import worst
from tests.ops.doctor.cases import CASES, DATABASE, LIMIT, UP, degraded, note, said, seen


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_thing_seen_has_its_finding(case):
    facts, expected = CASES[case]

    findings = diagnose(facts)

    assert [(each.code, each.severity, each.certainty) for each in findings] == expected
    assert all(each.what and each.next and each.runbook and "{" not in each.what for each in findings)


def test_the_worst_comes_first_and_decides():
    findings = diagnose(seen(said("/api/cache/stats", state="cold"), replace(DATABASE, held_jobs=1)))

    assert [each.severity for each in findings] == [degraded, note]
    assert (worst(findings), worst(findings[1:]), worst([])) == (degraded, note, note)


@pytest.mark.parametrize("odd", [None, 3, "text", [], {}, [3], {"a": 1}, True], ids=repr)
def test_answers_of_another_shape_are_unknown_and_no_crash(odd):
    names = (
        *("database", "pool", "budget", "components", "slowQueries", "longRunning", "idleInTransaction", "status"),
        *("state", "storage", "systemStats", "firing", "alerts", "problems", "backup", "hitRatePercent", "reason"),
    )
    paths = (*UP, LIMIT, "/api/health/detailed", "/api/performance/queries/slow", "/api/cache/stats", "/api/alerts")
    paths = (*paths, "/api/rate-limit/status", "/api/backup-status")

    for status in (200, 503):
        diagnose(seen({path: Answer(status, dict.fromkeys(names, odd)) for path in paths}))


def test_what_an_answer_says_cannot_write_on_the_terminal():
    alert = {"rule": "x\x1b[2J\n", "summary": "y" * 10_000}

    (finding,) = diagnose(seen(said("/api/alerts", firing=[alert])))

    assert finding.what.isprintable()
    assert len(finding.what) < 400


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("booking-web:10000", "http://booking-web:10000"),
        ("https://booking.example.com/", "https://booking.example.com"),
        (" http://[::1]:8000 ", "http://[::1]:8000"),
        ("https://example.com/booking/", "https://example.com/booking"),
    ],
)
def test_addresses_are_taken_as_people_and_hosts_write_them(written, asked):
    assert address(written) == asked


@pytest.mark.parametrize(
    "written", ["", "ftp://x", "http://", "http://u:p@x", "http://x:port", "http://x y", "http://x\x07", "http://[x"]
)
def test_what_is_no_address_is_refused(written):
    with pytest.raises(ValueError, match=r".*"):
        address(written)


def test_what_to_do_is_what_can_be_done_where_the_database_runs():
    gone = DatabaseSeen("dpg-abc-a:5432/booking", failure=Failure.refused)
    elsewhere = replace(gone, place="db.example.com:5432/booking")

    hosted, own = (diagnose(seen(UP, each))[0].next for each in (gone, elsewhere))

    assert "dashboard" in hosted
    assert "dashboard" not in own


def test_who_holds_up_others_is_named_with_the_order_that_ends_it():
    running = [{"pid": 7, "blockedBy": [9], "durationMs": 9000}]

    (finding,) = diagnose(seen(said(LIMIT, longRunning=running, blocking=[{"pid": 9, "blocks": []}])))

    assert "pid 9" in finding.what
    assert "/connections/9/cancel" in finding.next
