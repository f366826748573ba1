"""Properties of quarters, seasons, numbered weeks, neighbours of a day, working days and named zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from app.phrases.rules import read_time

DAY = timedelta(days=1)
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read(words, today, region="US", zone="America/New_York", at="10:00"):
    now = datetime.fromisoformat(f"{today}T{at}").replace(tzinfo=ZoneInfo(zone))
    return read_time(words, now, zone, region).readings


@settings(max_examples=60)
@given(days, st.integers(0, 366), st.sampled_from(WEEKDAYS))
def test_the_nearest_weekday_to_a_day_is_within_three_days_of_it(today, later, weekday):
    day = today + later * DAY

    (found,) = read(f"the closest {weekday} to {day.isoformat()}", today) or [None]

    if found is not None:
        assert abs(found.start.date() - day) <= 3 * DAY
        assert found.start.weekday() == WEEKDAYS.index(weekday)
    else:
        assert later <= 3


@settings(max_examples=60)
@given(days, st.sampled_from(["quarter", "season"]), st.sampled_from(["US", "GB", "AU"]))
def test_the_next_quarter_or_season_begins_where_this_one_ends(today, unit, region):
    (this,) = read(f"this {unit}", today, region)
    (following,) = read(f"next {unit}", today, region)

    assert this.start.date() == today
    assert this.end == following.start
    assert 88 <= (following.end - following.start).days <= 95


@settings(max_examples=60)
@given(days, st.sampled_from(["spring", "summer", "autumn", "winter"]))
def test_a_season_of_the_south_is_half_a_year_from_that_of_the_north(today, season):
    (north,) = read(f"{season} {today.year + 1}", today, "US")
    (south,) = read(f"{season} {today.year + 1}", today, "AU")

    assert 175 <= abs((north.start - south.start).days) <= 190


@settings(max_examples=60)
@given(days, st.integers(1, 52))
def test_a_week_by_its_number_is_the_next_of_that_number(today, number):
    (found,) = read(f"week {number}", today)

    assert found.start.isocalendar().week == number
    assert today < found.end.date()
    assert found.start.date() - today <= 371 * DAY


@settings(max_examples=60)
@given(days, st.integers(1, 40))
def test_so_many_working_days_have_so_many_working_days_up_to_them(today, count):
    (found,) = read(f"in {count} working days", today)

    passed = [today + number * DAY for number in range(1, (found.start.date() - today).days + 1)]
    assert sum(day.weekday() < 5 for day in passed) == count
    assert found.start.weekday() < 5


@settings(max_examples=60)
@given(days, clocks, st.sampled_from(["Europe/London", "America/New_York", "Asia/Tokyo", "Australia/Sydney"]))
def test_a_time_with_its_zone_is_the_same_instant_for_every_client(today, at, zone):
    (found,) = read(f"{at:%H:%M} UTC", today, zone=zone)

    instant, _ = found.span(zone)
    now = datetime.combine(today, datetime.min.time(), ZoneInfo(zone)) + timedelta(hours=10)
    assert (instant.hour, instant.minute) == (at.hour, at.minute)
    assert timedelta(0) <= instant - now.astimezone(UTC) < timedelta(days=1, minutes=1)
