"""Alerts about backups: the bounds of each, and whose word counts."""

import pytest

from app.ops.alerts.rules.catalogue import BY_NAME
from app.ops.alerts.rules.measuring import Facts, Told, measure
from app.ops.alerts.rules.terms import Severity
from app.ops.alerts.service.reading import of_process

CRITICAL, WARNING = Severity.critical, Severity.warning
HOUR, DAY = 3_600, 86_400
WELL = {
    "counts": True,
    "known_seconds": 5.0,
    "begun_seconds": HOUR,
    "failed": 0,
    "age_seconds": HOUR,
    "unproven": 0,
    "drill_age_seconds": DAY,
    "drill_failed": 0,
}
BACKUPS = {"backup_missed", "backup_failed", "backup_stale", "backup_unproven", "drill_overdue", "drill_failed"}


def measured(*gauges):
    processes = [Told("here", number, {"backups": gauge}) for number, gauge in enumerate(gauges)]
    return {name: found for name, found in measure(Facts(0, processes=processes)).items() if name in BACKUPS}


def test_backups_that_are_well_raise_nothing():
    found = measured(WELL)

    assert set(found) == BACKUPS
    assert [name for name, each in found.items() if BY_NAME[name].severity(each) is not None] == []


@pytest.mark.parametrize(
    ("name", "figure", "value", "expected"),
    [
        ("backup_missed", "begun_seconds", 26 * HOUR, None),
        ("backup_missed", "begun_seconds", 26 * HOUR + 1, WARNING),
        ("backup_failed", "failed", 1, WARNING),
        ("backup_failed", "failed", 2, WARNING),
        ("backup_failed", "failed", 3, CRITICAL),
        ("backup_stale", "age_seconds", 48 * HOUR, None),
        ("backup_stale", "age_seconds", 48 * HOUR + 1, CRITICAL),
        ("backup_unproven", "unproven", 1, CRITICAL),
        ("drill_overdue", "drill_age_seconds", 35 * DAY, None),
        ("drill_overdue", "drill_age_seconds", 35 * DAY + 1, WARNING),
        ("drill_failed", "drill_failed", 1, CRITICAL),
    ],
)
def test_bounds_are_exact(name, figure, value, expected):
    assert BY_NAME[name].severity(measured({**WELL, figure: value})[name]) is expected


def test_where_backups_do_not_count_none_is_missed():
    assert measured({**WELL, "counts": False, "unproven": 1}) == {}


def test_whoever_looked_last_knows_best():
    old = {**WELL, "known_seconds": 7_200.0, "age_seconds": 99 * HOUR}
    blind = {**WELL, "known_seconds": None, "age_seconds": 98 * HOUR}

    assert measured(blind, old, WELL)["backup_stale"].value == 1.0


def test_what_is_not_known_is_not_measured():
    found = measured({**WELL, "known_seconds": None, "age_seconds": None, "unproven": None})

    assert not {"backup_stale", "backup_unproven"} & set(found)


def test_another_versions_gauge_is_passed_over():
    assert measured({"age_seconds": 1}) == {}


def test_the_applications_own_gauge_is_what_the_rules_need(app):
    gauge = app.state.process.gauges["backups"]()

    assert WELL.keys() <= gauge.keys()
    assert gauge["counts"] is False  # a test has no store and loses nothing
    assert not BACKUPS & set(measure(of_process(app.state.process, None)))
