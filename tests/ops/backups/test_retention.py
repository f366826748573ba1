"""Which backups stay. Pure rules, tried with histories of every shape."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ops.backups.rules.evidence import Evidence, Kept
from app.ops.backups.rules.manifests import Artefact, Failure, Manifest, Proof, Source
from app.ops.backups.rules.names import erasure_key, proof_key
from app.ops.backups.rules.retention import forgotten, hindrance, leftovers, made_at, plan, settled, sound

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def identified(at: datetime, number: int = 0) -> UUID:
    """An id as it is made at an instant."""
    return UUID(int=int(at.timestamp() * 1000) << 80 | 0x7 << 76 | 0x2 << 62 | number)


def proof(backup_id, level, at, *, passed=True):
    return Proof(id=uuid4(), backup_id=backup_id, level=level, passed=passed, at=at, duration_seconds=1, host="h")


def kept(at, *levels, failed=None, missing=False, unreadable=False, number=0):
    """A backup of an instant that passed some levels, then perhaps failed one."""
    name = identified(at, number)
    artefact = Artefact(
        key="k", bytes=10, sha256="", plain_bytes=9, plain_sha256="", encrypted=True, tool_version="18.1"
    )
    source = Source(
        database="d", server_version="18.1", lsn="0/0", snapshot_at=at, migration="1", commit=None, host="h"
    )
    manifest = Manifest(
        id=name, started_at=at, finished_at=at, duration_seconds=1, source=source, artefact=artefact,
        tables={}, structure=[], sequences={},
    )  # fmt: skip
    proofs = [proof(name, level, at) for level in levels]
    if failed is not None:
        proofs.append(proof(name, failed, at, passed=False))
    return Kept(
        id=name,
        manifest=None if unreadable else manifest,
        problem="manifest_sealed_elsewhere" if unreadable else None,
        stored_bytes=None if missing else 10,
        proofs=tuple(proofs),
    )


def evidence(backups: Iterable[Kept], failures: Iterable[Failure] = ()) -> Evidence:
    return Evidence(at=NOW, location="x", offsite=True, backups=tuple(backups), failures=tuple(failures))


def failure(at, kind="backup"):
    return Failure(id=uuid4(), kind=kind, started_at=at, finished_at=at, code="x", detail="x", host="h")


def staying(backups):
    return {made_at(each) for each in backups if each.id in plan(backups, now=NOW).keep}


def test_a_backup_a_day_for_two_years_leaves_seven_days_four_weeks_and_twelve_months():
    backups = [kept(NOW - DAY * age, 3) for age in range(730)]

    reasons = plan(backups, now=NOW).keep
    days = {
        made_at(each).date().isoformat(): set(reasons[each.id]) - {"proven"} for each in backups if each.id in reasons
    }

    assert days == {
        "2026-11-23": {"daily", "weekly", "monthly"},
        "2026-11-22": {"daily", "weekly"},
        **{f"2026-11-{day}": {"daily"} for day in (21, 20, 19, 18, 17)},
        "2026-11-15": {"weekly"},
        "2026-11-08": {"weekly"},
        "2026-10-31": {"monthly"},
        **{f"2026-{month:02}-{day}": {"monthly"} for month, day in LAST_DAYS},
        "2025-12-31": {"monthly"},
    }


LAST_DAYS = ((9, 30), (8, 31), (7, 31), (6, 30), (5, 31), (4, 30), (3, 31), (2, 28), (1, 31))


def test_of_several_backups_of_a_day_the_newest_stays_and_for_two_days_all_of_them():
    """Whoever makes one before he mends what is damaged must not lose the one from before the damage."""
    today = [kept(NOW - timedelta(hours=hours), 3) for hours in (0, 1, 2, 11)]
    earlier = [kept(NOW - DAY * 2 - timedelta(hours=hours), 3) for hours in (0, 1, 2, 11)]

    assert staying([*today, *earlier]) == {NOW, *map(made_at, today), NOW - DAY * 2}
    assert plan(today, now=NOW).keep[today[1].id] == ("recent",)


def test_days_weeks_and_months_are_those_of_utc():
    late, early = datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)

    assert staying([kept(NOW, 3), kept(early, 3), kept(late, 3)]) == {NOW, early, late}


def test_weeks_are_those_of_iso_also_over_the_turn_of_a_year():
    monday, sunday = datetime(2024, 12, 30, tzinfo=UTC), datetime(2025, 1, 5, tzinfo=UTC)
    newer = [kept(datetime(2025, 6, day, tzinfo=UTC), 3) for day in range(1, 8)]

    reasons = plan([*newer, kept(sunday, 3), kept(monday, 3)], now=NOW).keep

    assert "weekly" in reasons[identified(sunday)]
    assert reasons[identified(monday)] == ("monthly",)


def test_the_newest_backup_that_was_drilled_stays_however_old_it_is():
    drilled = kept(NOW - DAY * 3_000, 3, 4)
    backups = [kept(NOW - DAY * age, 1) for age in range(500)]

    assert plan([*backups, drilled], now=NOW).keep[drilled.id] == ("proven",)


def test_a_damaged_backup_takes_no_place_of_a_good_one():
    good = [kept(NOW - DAY * age, 3) for age in range(0, 14, 2)]
    damaged = [kept(NOW - DAY * age + timedelta(hours=1), 1, failed=1) for age in range(1, 14, 2)]

    assert {made_at(each) for each in good} <= staying([*good, *damaged])


@pytest.mark.parametrize(("days", "stays"), [(34, True), (36, False)])
@pytest.mark.parametrize("fault", [{"failed": 3}, {"missing": True}], ids=["failed", "missing"])
def test_a_damaged_backup_can_be_looked_at_for_five_weeks(fault, days, stays):
    damaged = kept(NOW - DAY * days, 1, **fault)

    assert (damaged.id in plan([kept(NOW, 3), damaged], now=NOW).keep) is stays


@pytest.mark.parametrize(("days", "stays"), [(371, True), (373, False)])
def test_a_backup_whose_manifest_cannot_be_read_here_stays_as_long_as_any(days, stays):
    unreadable = kept(NOW - DAY * days, unreadable=True)

    assert (unreadable.id in plan([kept(NOW, 3), unreadable], now=NOW).keep) is stays


def test_nothing_goes_while_the_newest_backup_is_not_good():
    older = kept(NOW - DAY, 4)

    assert hindrance(evidence([]), now=NOW) == "no_success"
    for bad in (kept(NOW, failed=1), kept(NOW, 3, missing=True), kept(NOW, unreadable=True), kept(NOW, 3, failed=4)):
        assert hindrance(evidence([older, bad]), now=NOW) == "no_success"
    assert hindrance(evidence([older, kept(NOW)]), now=NOW) is None


def test_nothing_goes_when_a_run_has_failed_since_the_newest_backup():
    backups = [kept(NOW - DAY, 3)]

    assert hindrance(evidence(backups, [failure(NOW - DAY / 2)]), now=NOW) == "no_success"
    assert hindrance(evidence(backups, [failure(NOW - DAY * 2)]), now=NOW) is None
    assert hindrance(evidence(backups, [failure(NOW - DAY / 2, kind="drill")]), now=NOW) is None


@pytest.mark.parametrize(("ahead", "word"), [(299, None), (301, "clock_set_back")])
def test_nothing_goes_when_a_backup_is_from_the_future(ahead, word):
    assert hindrance(evidence([kept(NOW - DAY, 3), kept(NOW + timedelta(seconds=ahead), 3)]), now=NOW) == word


def test_what_a_run_left_goes_after_a_day_and_what_was_proven_after_five_weeks():
    known, ended, lost = kept(NOW, 3), identified(NOW - DAY * 9), identified(NOW - DAY * 9, 1)
    ages = {f"{known.id}/backup.dump": 9, f"{ended}/backup.dump": 9, f"{lost}/backup.dump": 9, "x/y": 99}
    listed = {key: NOW - DAY * age for key, age in ages.items()}
    listed[proof_key(lost, uuid4(), 3, passed=True)] = NOW - DAY * 9

    assert leftovers(listed, [known], now=NOW) == (f"{ended}/backup.dump",)
    assert leftovers(listed, [known], now=NOW - DAY * 8.5) == ()
    assert len(leftovers(listed, [known], now=NOW + DAY * 30)) == 3


def test_failures_are_remembered_for_five_weeks_and_refused_deletes_until_they_work():
    refused = failure(NOW - DAY, kind="prune")
    listed = {"failures/old.json": NOW - DAY * 36, "failures/new.json": NOW - DAY * 34}
    listed[f"failures/{refused.id}.json"] = NOW - DAY

    gone = forgotten(listed, evidence([], [refused]), now=NOW)

    assert set(gone) == {"failures/old.json", f"failures/{refused.id}.json"}


def test_an_erasure_stays_while_a_backup_from_before_it_does():
    backups = [kept(NOW - DAY * 10, 3), kept(NOW, 3)]
    listed = {erasure_key(NOW - DAY * days, uuid4()): NOW for days in (5, 9, 12, 40)}
    before = [key for key in listed if key < erasure_key(NOW - DAY * 11, uuid4())]

    assert sorted(settled(listed, backups)) == sorted(before)
    assert settled({"erasures/20269999T999999999999Z-x.json": NOW}, backups) == ()
    assert settled(listed, []) == ()


def test_an_id_of_another_making_breaks_nothing():
    strange = Kept(UUID(int=(1 << 128) - 1), None, "manifest_damaged", None, ())

    assert strange.id in plan([kept(NOW, 3), strange], now=NOW).keep
    assert hindrance(evidence([kept(NOW, 3), strange]), now=NOW) == "no_success"


HISTORIES = st.lists(
    st.builds(
        lambda minutes, level, fault, number: kept(
            NOW - timedelta(minutes=minutes),
            *([level] if level else []),
            number=number,
            failed=3 if fault == "failed" else None,
            missing=fault == "missing",
            unreadable=fault == "unreadable",
        ),
        st.integers(0, 60 * 24 * 800),
        st.integers(0, 4),
        st.sampled_from([None, None, None, None, "failed", "missing", "unreadable"]),
        st.integers(0, 1 << 60),
    ),
    max_size=60,
    unique_by=lambda backup: backup.id,
)


@given(HISTORIES)
def test_whatever_happened_the_newest_and_the_most_proven_stay(backups):
    decided = plan(backups, now=NOW)
    good = sorted(filter(sound, backups), key=made_at)

    assert set(decided.keep) | set(decided.remove) == {each.id for each in backups}
    assert not set(decided.keep) & set(decided.remove)
    for level in range(5):
        proven = [each for each in good if (each.proven_level or 0) >= level]
        if proven:
            newest = max(made_at(each) for each in proven)
            assert any(each.id in decided.keep for each in proven if made_at(each) == newest)
    assert sum("daily" in why for why in decided.keep.values()) <= 7
    assert sum("weekly" in why for why in decided.keep.values()) <= 4
    assert sum("monthly" in why for why in decided.keep.values()) <= 12


@given(HISTORIES)
def test_clearing_up_again_removes_nothing_more(backups):
    decided = plan(backups, now=NOW)
    remaining = [each for each in backups if each.id in decided.keep]

    assert plan(remaining, now=NOW).remove == ()
