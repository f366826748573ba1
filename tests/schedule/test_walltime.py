"""Wall times near clock changes, each against a clock on the wall."""

from datetime import UTC, date, datetime

import pytest

from app.schedule.rules import instant_of, local_date
from tests.schedule.questions import A_DAY, CHANGES, ZONES
from tests.schedule.wallclock import WallClock, day_of


@pytest.mark.parametrize("zone", ZONES)
def test_every_wall_time_near_a_change_is_the_first_instant_that_reads_so_or_later(zone):
    for at in {at for changing, at in CHANGES if changing == zone} or {CHANGES[0][1]}:
        clock = WallClock(zone, at // A_DAY - 3, at // A_DAY + 3)
        middle = clock.day(at // 60)
        days = range(middle - 1, middle + 2)

        found = {(day, wall): instant_of(zone, day_of(day), wall) for day in days for wall in range(0, 1441, 5)}

        assert found == {(day, wall): clock.first(day, wall) * 60 for day, wall in found}
        minutes = range(clock.lo, clock.hi, 5)
        assert [local_date(zone, minute * 60) for minute in minutes] == [day_of(clock.day(m)) for m in minutes]


@pytest.mark.parametrize(
    ("zone", "day", "wall", "instant"),
    [
        ("Europe/London", "2026-03-29", 90, "2026-03-29T01:00"),
        ("Europe/London", "2026-10-25", 90, "2026-10-25T00:30"),
        ("America/Santiago", "2026-09-06", 0, "2026-09-06T04:00"),
        ("Africa/Cairo", "2026-10-29", 1440, "2026-10-29T22:00"),
        ("Australia/Lord_Howe", "2026-10-04", 135, "2026-10-03T15:30"),
        ("Pacific/Chatham", "2026-09-27", 180, "2026-09-26T14:00"),
        ("Asia/Kathmandu", "2026-06-01", 540, "2026-06-01T03:15"),
        ("Pacific/Apia", "2011-12-30", 600, "2011-12-30T10:00"),
    ],
)
def test_wall_times_that_can_be_checked_by_hand(zone, day, wall, instant):
    expected = datetime.fromisoformat(instant).replace(tzinfo=UTC)

    assert datetime.fromtimestamp(instant_of(zone, date.fromisoformat(day), wall), UTC) == expected
