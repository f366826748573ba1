"""How the backups are, from evidence alone: each bound exactly, each failure by its name."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from app.ops.backups.rules.judging import judge
from app.ops.backups.rules.known import Beat, Known, Run, Setup
from tests.ops.backups.picture import NOW, Picture, failure, kept, proof, stray, tried, untrusted

HOUR, DAY = 1.0, 24.0
SECOND = 1 / 3600


def judged(*backups, **differently):
    return judge(Picture(backups, **differently).known, now=NOW)


def verdict(*backups, **differently):
    told = judged(*backups, **differently)
    return told.status, [each.code for each in told.problems]


def test_a_fresh_backup_that_was_drilled_and_lies_elsewhere_is_healthy():
    told = judged(kept(hours=3))

    assert (told.status, told.problems, told.proven, told.age_seconds) == ("healthy", (), True, 10_800)
    assert told.message == "The newest backup is 3 h old and was verified to level 4 of 4."
    assert told.next_run_at == NOW + timedelta(hours=20.5)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (DAY, ("healthy", [])),
        (DAY + SECOND, ("warning", ["backup_late"])),
        (2 * DAY, ("warning", ["backup_late"])),
        (2 * DAY + SECOND, ("error", ["backup_stale"])),
    ],
)
def test_age_is_held_against_the_recovery_point_objective(hours, expected):
    assert verdict(kept(hours=hours)) == expected


@pytest.mark.parametrize(("hours", "codes"), [(35 * DAY, []), (35 * DAY + SECOND, ["drill_overdue"])])
def test_a_drill_counts_for_35_days(hours, codes):
    assert judged(kept(hours=hours), kept(hours=1, level=3)).codes("critical", "warning") == codes


@pytest.mark.parametrize(("hours", "codes"), [(35 * DAY, []), (35 * DAY + SECOND, ["backup_unproven"])])
def test_a_proof_counts_for_35_days(hours, codes):
    assert judged(kept(hours=hours, level=3), kept(hours=1, level=1)).codes("critical") == codes


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (None, ("error", ["backup_unproven", "backup_unverified", "drill_missing"])),
        (0, ("error", ["backup_unproven", "backup_unverified", "drill_missing"])),
        (1, ("error", ["backup_unproven", "drill_missing", "backup_half_proven"])),
        (2, ("error", ["backup_unproven", "drill_missing", "backup_half_proven"])),
        (3, ("warning", ["drill_missing"])),
        (4, ("healthy", [])),
    ],
)
def test_only_a_backup_that_was_read_to_its_end_is_a_proof(level, expected):
    assert verdict(kept(hours=1, level=level)) == expected


def test_beside_a_drilled_one_the_digest_of_the_newest_is_enough():
    assert verdict(kept(hours=25), kept(hours=1, level=1)) == ("info", ["backup_half_proven"])


@pytest.mark.parametrize(("hours", "status"), [(1, "info"), (1 + SECOND, "error")])
def test_a_backup_that_was_just_made_has_an_hour_to_be_verified(hours, status):
    told = judged(kept(hours=25), kept(hours=hours, level=None))

    assert told.status == status


def test_nothing_helps_where_there_is_no_store():
    told = judge(replace(Picture((kept(),)).known, setup=Setup(configured=False, scheduled=False)), now=NOW)

    assert (told.status, told.codes("critical")) == ("error", ["no_backup_configured"])
    assert "booking backup run" in told.message


def test_an_empty_store_is_an_error_with_the_command_to_run():
    told = judged()

    assert (told.status, told.codes("critical")) == ("error", ["no_backup_yet"])
    assert "`booking backup run`" in told.message


@pytest.mark.parametrize("code", ["manifest_damaged", "manifest_edited"])
def test_a_manifest_that_is_not_to_be_trusted_is_an_error_beside_any_good_backup(code):
    told = judged(untrusted(code), kept())

    assert (told.status, told.codes("critical")) == ("error", [code])


def test_a_manifest_of_another_secret_is_an_error_only_where_no_other_is_there():
    elsewhere = untrusted("manifest_sealed_elsewhere")

    assert judged(elsewhere, kept()).status == "warning"
    assert judged(elsewhere).status == "error"


@pytest.mark.parametrize(
    ("stored", "code"), [(None, "artefact_missing"), (0, "artefact_empty"), (999, "artefact_truncated")]
)
def test_what_a_listing_shows_is_an_error_with_every_backup(stored, code):
    assert verdict(replace(kept(hours=30), stored_bytes=stored), kept(hours=2)) == ("error", [code])


def test_of_a_dump_of_another_size_whoever_read_it_knows_better_what_it_is():
    bad = replace(kept(), stored_bytes=999)

    assert (
        judged(tried(bad, proof(bad.id, level=1, code="artefact_swapped"))).codes("critical")[0] == "artefact_swapped"
    )


@pytest.mark.parametrize("code", ["artefact_damaged", "artefact_swapped", "tables_missing"])
def test_a_verification_that_failed_is_an_error_by_its_name(code):
    bad = kept(hours=2)
    told = judged(kept(hours=30), tried(bad, proof(bad.id, level=1, code=code)))

    assert (told.status, told.codes("critical")) == ("error", [code])
    assert str(bad.id) in told.problems[0].hint
    assert f"It is {code}." in told.problems[0].hint


def test_a_verification_of_an_older_backup_that_failed_is_an_error_until_a_later_one_passes():
    old = kept(hours=30)
    bad = tried(old, proof(old.id, level=1, hours=5, code="artefact_damaged"))

    assert judged(bad, kept(hours=6)).codes("critical") == ["artefact_damaged"]
    assert judged(bad, kept(hours=4)).codes("critical") == []
    assert judged(bad, kept(hours=4)).codes("warning") == ["artefact_damaged"]


def test_a_drill_that_failed_is_an_error_whatever_passed_since():
    old = kept(hours=30)
    bad = tried(old, proof(old.id, level=4, hours=5, code="rows_differ"))

    told = judged(bad, kept(hours=4, level=3))

    assert [(each.code, each.severity) for each in told.problems] == [("rows_differ", "critical")]
    assert told.drill.mismatches == ["public.bookings"]


@pytest.mark.parametrize(("seconds", "expected"), [(14_400, []), (14_400.1, ["recovery_slow"])])
def test_a_recovery_has_four_hours(seconds, expected):
    backup = kept(hours=1, level=3)

    assert judged(tried(backup, proof(backup.id, level=4, seconds=seconds))).codes("warning") == expected


@pytest.mark.parametrize(
    ("differently", "code"),
    [
        ({"offsite": False}, "not_offsite"),
        ({"setup": Setup(configured=True, scheduled=False)}, "not_scheduled"),
        ({"beat": Beat("late", None, None)}, "schedule_late"),
        ({"beat": Beat("down", NOW, None)}, "schedule_failing"),
        ({"failures": (failure(hours=0.5),)}, "dump_failed"),
        ({"failures": (failure(hours=0.5, kind="prune", code="store_refused"),)}, "deletes_refused"),
    ],
)
def test_what_is_not_as_it_should_be_is_a_warning(differently, code):
    assert verdict(kept(hours=1), **differently) == ("warning", [code])


def test_a_backup_that_anybody_can_read_is_a_warning():
    assert verdict(kept(encrypted=False)) == ("warning", ["not_encrypted"])


@pytest.mark.parametrize(
    ("size", "codes"), [(500, []), (499, ["size_unusual"]), (1_500, []), (1_501, ["size_unusual"])]
)
def test_a_size_is_unusual_beyond_half_of_the_median(size, codes):
    others = [kept(hours=DAY * day) for day in (4, 3, 2)]

    assert judged(*others, kept(size=size)).codes("warning") == codes


def test_a_failure_that_a_backup_has_made_good_since_is_only_told():
    told = judged(kept(hours=1), failures=(failure(hours=2),))

    assert (told.status, told.failed_in_a_row, told.last_failure.code) == ("healthy", 0, "dump_failed")


def test_failures_in_a_row_are_counted_once_each_from_both_sides():
    first, second = failure(hours=2), failure(hours=1, code="store_full")
    row = Run(second.id, "backup", "failed", second.started_at, second.started_at, second.finished_at, "store_full", "")

    told = judged(kept(hours=3), failures=(first, second), runs=(row,))

    assert (told.failed_in_a_row, told.codes("warning")) == (2, ["store_full"])
    assert told.next_run_at == NOW + timedelta(hours=20.5)


def test_a_private_key_that_does_not_fit_is_named_until_something_was_read_again():
    unread = failure(hours=2, kind="verify", code="wrong_key")
    half, read = kept(hours=2, level=1), kept(hours=1, level=3)

    told = judged(kept(hours=30), half, failures=(unread,))

    assert (told.status, told.codes("warning"), told.failed_in_a_row) == ("warning", ["wrong_key"], 0)
    assert "`booking backup verify`" in told.message
    assert judged(kept(hours=30), half, read, failures=(unread,)).status == "healthy"


def test_that_another_one_went_on_is_no_failure():
    busy = Run(uuid4(), "backup", "failed", NOW, NOW, NOW, "backup_running", "Another one goes on.")

    assert verdict(kept(), runs=(busy,)) == ("healthy", [])


@pytest.mark.parametrize(("seconds", "codes"), [(300, []), (301, ["clock_set_back"])])
def test_a_backup_from_the_future_does_not_count_and_is_named(seconds, codes):
    ahead = kept(hours=-seconds * SECOND)

    told = judged(kept(hours=2), ahead)

    assert told.codes("warning") == codes
    assert (told.last.id == ahead.id) is (not codes)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (0.05, ("warning", ["store_unreachable"])),
        (DAY, ("warning", ["store_unreachable"])),
        (DAY + SECOND, ("error", ["store_unknown", "store_unreachable"])),
    ],
)
def test_what_a_silent_store_last_showed_counts_for_a_day(hours, expected):
    told = judged(kept(hours=1), store_failure="store_unreachable", looked_hours=hours)

    assert (told.status, [each.code for each in told.problems]) == expected


def test_a_silent_store_tells_how_old_its_last_word_is():
    assert "3 h old" in judged(kept(), store_failure="store_refused", looked_hours=3).message


def test_a_store_that_never_showed_anything_proves_nothing():
    told = judge(Known(Setup(configured=True, scheduled=True), store_failure="store_unreachable", runs=()), now=NOW)

    assert (told.status, told.codes("critical")) == ("error", ["store_unknown"])


def test_without_the_database_the_store_alone_is_told_and_nothing_is_well():
    assert verdict(kept(), runs=None, beat=None) == ("error", ["database_unknown"])


def test_dumps_without_a_manifest_are_noted_unless_one_is_being_made():
    going_on = Run(uuid4(), "backup", "running", NOW, NOW)

    assert verdict(kept(), strays=(stray(),)) == ("info", ["unfinished_dumps"])
    assert verdict(kept(), strays=(stray(),), runs=(going_on,)) == ("healthy", [])


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (stray(hours=26), ("info", ["unfinished_dumps"])),
        (stray(hours=26 + SECOND), ("warning", ["manifest_missing"])),
        (stray(hours=0, counted=True), ("error", ["manifest_missing"])),
    ],
)
def test_a_manifest_is_missed_where_a_proof_tells_of_it_or_nobody_cleared_away(left, expected):
    assert verdict(kept(), strays=(left,)) == expected


@pytest.mark.parametrize(("days", "codes"), [(14, []), (14.001, ["drill_key_missing"])])
def test_a_schedule_without_a_key_is_noted_once_nobody_drills_elsewhere(days, codes):
    keyless = Setup(configured=True, scheduled=True, drills=False)

    told = judged(kept(hours=days * DAY), kept(hours=1, level=3), setup=keyless)

    assert told.codes("info") == codes


def test_every_problem_tells_what_to_run():
    everything = [
        *judged().problems,
        *judged(kept(hours=60, level=None, encrypted=False), offsite=False, setup=Setup(True, False)).problems,
        *judged(
            untrusted("manifest_edited"), replace(kept(), stored_bytes=None), failures=(failure(hours=0),)
        ).problems,
    ]

    assert [each.code for each in everything if "`" not in each.hint] == []
    assert [each.code for each in everything if "{" in each.hint] == []
