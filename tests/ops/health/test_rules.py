"""From the parts to the whole, without a database."""

from typing import Any

import pytest

from app.ops.health.rules import Overall, fails, heartbeat, judge

Components = dict[str, dict[str, Any]]
WELL: Components = {"database": {"status": "operational"}, "twilio": {"status": "operational"}}


def overall(production=False, **statuses):
    components: Components = {**WELL, **{name: {"status": status} for name, status in statuses.items()}}
    return judge(components, production=production)


def test_where_every_part_works_the_service_is_healthy():
    assert overall() == judge(WELL, production=True)
    assert (overall().overall, overall().reasons) == (Overall.healthy, ())


@pytest.mark.parametrize("status", ["down", "unknown"])
def test_without_its_database_it_is_unhealthy(status):
    assert overall(database=status).overall is Overall.unhealthy


@pytest.mark.parametrize("status", ["degraded", "down", "unknown"])
def test_without_any_other_part_it_is_degraded(status):
    verdict = overall(twilio=status)

    assert (verdict.overall, verdict.reasons) == (Overall.degraded, (f"twilio_{status}",))


def test_a_component_may_say_itself_what_is_wrong():
    components: Components = {**WELL, "database": {"status": "degraded", "reasons": ["pool_exhausted"]}}

    assert judge(components, production=False).reasons == ("pool_exhausted",)


@pytest.mark.parametrize("name", ["twilio", "vapi", "googleCalendar"])
def test_what_is_not_set_up_is_missed_in_production_alone(name):
    assert overall(**{name: "not_configured"}).overall is Overall.healthy
    verdict = overall(production=True, **{name: "not_configured"})
    assert verdict.overall is Overall.degraded
    assert verdict.reasons[0].endswith("_not_configured")


@pytest.mark.parametrize("name", ["redis", "email", "cache"])
def test_what_nobody_needs_is_missed_nowhere(name):
    assert overall(production=True, **{name: "not_configured"}).overall is Overall.healthy


@pytest.mark.parametrize(("status", "production"), [("error", Overall.degraded), ("warning", Overall.degraded)])
def test_a_missing_backup_degrades_production_and_no_laptop(status, production):
    assert overall(backup=status).overall is Overall.healthy
    assert overall(production=True, backup=status).overall is production


@pytest.mark.parametrize("status", ["healthy", "info"])
def test_a_backup_that_is_well_degrades_nothing(status):
    assert overall(production=True, backup=status).overall is Overall.healthy


@pytest.mark.parametrize(
    ("state", "strict", "expected"),
    [
        (Overall.healthy, True, False),
        (Overall.degraded, False, False),
        (Overall.degraded, True, True),
        (Overall.unhealthy, False, True),
        (Overall.unhealthy, True, True),
    ],
)
def test_monitors_are_told_by_the_status_code(state, strict, expected):
    assert fails(state, strict=strict) is expected


@pytest.mark.parametrize(
    ("overdue", "code", "state"),
    [(-60, None, "up"), (120, None, "up"), (120.1, None, "late"), (0, "boom", "down"), (500, "boom", "late")],
)
def test_a_periodic_task_is_late_before_it_is_anything_else(overdue, code, state):
    assert heartbeat(overdue_seconds=overdue, error_code=code) == state
