"""A backup that nobody has seen restored is no backup, whatever else goes on."""

import pytest

from tests.bookings.conftest import Desk


@pytest.fixture
async def status(http, operator):
    async def read():
        answer = await http.get("/api/backup-status", headers=operator)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read


async def test_without_evidence_the_status_is_error_and_names_why(status):
    told = await status()

    assert (told["ok"], told["status"]) == (True, "error")
    assert [problem["code"] for problem in told["problems"]] == ["no_backup_configured"]
    assert (told["backup"]["lastSuccess"], told["backup"]["rpoMet"], told["drill"]["lastAt"]) == (None, False, None)


async def test_what_there_is_not_is_told_as_null(status):
    told = await status()

    assert {name: told[name] for name in ("pitr", "journal")} == {"pitr": None, "journal": None}
    assert told["backup"]["retention"] is None


async def test_activity_is_told_and_makes_nothing_better(status, http, make_bookable, clock):
    clock.set("2026-03-23T08:00:00Z")
    desk = Desk(await make_bookable(), http)
    assert (await desk.book("2026-03-24T12:00:00Z")).status_code == 201
    clock.advance(hours=6)

    told = await status()

    assert told["status"] == "error"
    assert told["details"]["databaseAccessible"] is True
    assert told["details"]["hasAnyData"] is True
    assert told["details"]["totalClients"] >= 1
    assert told["details"]["hoursSinceActivity"] <= 6


async def test_the_documented_members_are_there_by_name_and_type(status):
    told = await status()

    assert {"ok", "status", "message", "details", "timestamp"} <= told.keys()
    kinds = {name: type(value) for name, value in told["details"].items() if value is not None}
    assert kinds.items() >= {"databaseAccessible": bool, "totalClients": int, "hasActiveClients": bool}.items()
