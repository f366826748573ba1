"""When customers are reminded: by the clock on the wall, over real changes of clocks, and never at night."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.messages.rules import Quiet, reminders
from app.messages.rules.reminders import EARLIEST

NEVER = Quiet(time(0), time(0))
NIGHT = Quiet(time(21), time(8))
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DAY_AND_TWO_HOURS = (1440, 120)


def at(zone: str, wall: str, *, fold: int = 0) -> datetime:
    """Return the instant at which the clock in a zone reads a wall time; the second of two for `fold=1`."""
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def walls(zone: str, found: dict[int, datetime]) -> dict[int, str]:
    return {length: due.astimezone(ZoneInfo(zone)).strftime("%a %d %H:%M") for length, due in found.items()}


def test_reminders_are_a_day_and_two_hours_before():
    start = at("Europe/London", "2026-03-24 14:30")

    found = reminders(start, "Europe/London", DAY_AND_TWO_HOURS, NIGHT, now=LONG_AGO)

    assert found == {1440: start - timedelta(days=1), 120: start - timedelta(hours=2)}


# The nights in which clocks change; Lord Howe moves by half an hour, Chatham at a quarter to three.
@pytest.mark.parametrize(
    ("zone", "start", "reminded", "hours"),
    [
        ("Europe/London", "2026-03-29 10:00", "Sat 28 10:00", 23),
        ("Europe/London", "2026-10-25 10:00", "Sat 24 10:00", 25),
        ("America/New_York", "2026-03-08 09:30", "Sat 07 09:30", 23),
        ("America/New_York", "2026-11-01 09:30", "Sat 31 09:30", 25),
        ("Australia/Lord_Howe", "2026-10-04 10:00", "Sat 03 10:00", 23.5),
        ("Pacific/Chatham", "2026-04-05 10:00", "Sat 04 10:00", 25),
        ("Asia/Kolkata", "2026-03-29 10:00", "Sat 28 10:00", 24),
    ],
)
def test_a_day_before_is_the_same_time_on_the_clock(zone, start, reminded, hours):
    starts_at = at(zone, start)

    found = reminders(starts_at, zone, [1440], NEVER, now=LONG_AGO)

    assert walls(zone, found) == {1440: reminded}
    assert starts_at - found[1440] == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("start", "fold", "length", "reminded"),
    [
        ("2026-03-29 03:30", 0, 120, "Sun 29 02:00"),  # 01:30 does not exist: the moment of the change
        ("2026-10-25 03:30", 0, 120, "Sun 25 01:30"),  # 01:30 comes twice: the first one
        ("2026-10-25 01:30", 1, 60, "Sun 25 00:30"),
        ("2026-03-30 01:30", 0, 1440, "Sun 29 02:00"),
    ],
)
def test_a_time_that_is_skipped_or_comes_twice_is_one_instant(start, fold, length, reminded):
    found = reminders(at("Europe/London", start, fold=fold), "Europe/London", [length], NEVER, now=LONG_AGO)

    assert walls("Europe/London", found) == {length: reminded}


def test_there_is_no_reminder_at_a_time_that_is_past():
    start = at("Europe/London", "2026-03-24 14:30")

    soon = reminders(start, "Europe/London", DAY_AND_TWO_HOURS, NIGHT, now=start - timedelta(hours=3))
    too_late = reminders(start, "Europe/London", DAY_AND_TWO_HOURS, NIGHT, now=start - timedelta(hours=2))

    assert (list(soon), list(too_late)) == ([120], [])


def test_a_reminder_at_night_is_sent_the_evening_before():
    found = reminders(at("Europe/London", "2026-03-24 09:00"), "Europe/London", [120], NIGHT, now=LONG_AGO)

    assert walls("Europe/London", found) == {120: "Mon 23 20:55"}


def test_a_reminder_at_night_is_left_out_once_that_evening_is_past():
    start = at("Europe/London", "2026-03-24 09:00")

    assert reminders(start, "Europe/London", [120], NIGHT, now=at("Europe/London", "2026-03-23 20:55")) == {}


def test_a_reminder_that_would_be_sent_half_a_day_sooner_is_left_out():
    long_night = Quiet(time(18), time(12))

    found = reminders(at("Europe/London", "2026-03-24 09:00"), "Europe/London", [120, 60, 10], long_night, now=LONG_AGO)

    assert found == {}


def test_two_reminders_that_would_be_one_are_one():
    found = reminders(at("Europe/London", "2026-03-24 09:00"), "Europe/London", [180, 120], NIGHT, now=LONG_AGO)

    assert walls("Europe/London", found) == {180: "Mon 23 20:55"}


@pytest.mark.parametrize(
    ("wall", "quiet", "inside"),
    [
        ("20:59", NIGHT, False),
        ("21:00", NIGHT, True),
        ("00:00", NIGHT, True),
        ("07:59", NIGHT, True),
        ("08:00", NIGHT, False),
        ("13:00", Quiet(time(12), time(14)), True),
        ("14:00", Quiet(time(12), time(14)), False),
        ("00:00", NEVER, False),
    ],
)
def test_quiet_hours_begin_and_end_on_the_wall(wall, quiet, inside):
    assert quiet.holds(at("Europe/London", f"2026-03-29 {wall}"), "Europe/London") is inside


INSTANTS = st.integers(1_770_000_000, 1_830_000_000).map(lambda second: datetime.fromtimestamp(second // 60 * 60, UTC))
ZONES = st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"])
CLOCKS = st.times().map(lambda found: found.replace(second=0, microsecond=0))
LENGTHS = st.lists(st.integers(10, 20_160), max_size=5, unique=True)


@given(starts_at=INSTANTS, zone=ZONES, lengths=LENGTHS, begins=CLOCKS, ends=CLOCKS, ahead=st.integers(0, 40_000))
def test_every_reminder_is_to_come_before_the_start_and_disturbs_nobody(starts_at, zone, lengths, begins, ends, ahead):
    quiet, now = Quiet(begins, ends), starts_at - timedelta(minutes=ahead)

    found = reminders(starts_at, zone, lengths, quiet, now=now)

    assert set(found) <= set(lengths)
    assert len(set(found.values())) == len(found)
    for length, due in found.items():
        assert now < due < starts_at
        assert not quiet.holds(due, zone)
        assert starts_at - due < timedelta(minutes=length) + EARLIEST + timedelta(hours=2)
