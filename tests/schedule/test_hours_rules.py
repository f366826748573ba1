"""Which windows clash, against an oracle that marks every minute."""

from hypothesis import given
from hypothesis import strategies as st

from app.schedule.hours.rules import MINUTES_A_DAY, MINUTES_A_WEEK, Opening, day_clash, minute_of, week_clash

EVENING, MORNING = 22 * 60, 6 * 60
times = st.integers(0, 95).map(lambda quarter: quarter * 15)
ends = st.integers(0, 96).map(lambda quarter: quarter * 15)
weekdays = st.sets(st.integers(1, 7), min_size=1, max_size=7).map(tuple)
openings = st.builds(Opening, weekdays, times, ends).filter(lambda opening: opening.start != opening.end)
few_openings = st.lists(openings, max_size=4)


def minutes_open(openings, *, length):
    """Yield each minute of a line, or circle, once for each window that is open then."""
    for opening in openings:
        for day in opening.days:
            start = (day - 1) * MINUTES_A_DAY + opening.start
            end = (day - 1) * MINUTES_A_DAY + opening.end
            for minute in range(start, end if end > start else end + MINUTES_A_DAY):
                yield minute % length


@given(few_openings)
def test_a_week_clashes_exactly_when_a_minute_is_open_twice(openings):
    minutes = list(minutes_open(openings, length=MINUTES_A_WEEK))

    assert (week_clash(openings) is not None) == (len(minutes) > len(set(minutes)))


@given(few_openings)
def test_a_date_clashes_exactly_when_a_minute_is_open_twice(openings):
    openings = [opening._replace(days=(1,)) for opening in openings]
    minutes = list(minutes_open(openings, length=MINUTES_A_WEEK))

    assert (day_clash(openings) is not None) == (len(minutes) > len(set(minutes)))


@given(few_openings)
def test_the_order_of_windows_does_not_matter(openings):
    assert week_clash(openings) == week_clash(openings[::-1])


def test_a_night_clashes_with_the_next_morning():
    assert week_clash([Opening((1,), EVENING, 2 * 60), Opening((2,), 60, 9 * 60)]) == "Tuesday 01:00"


def test_sunday_night_clashes_with_monday_morning():
    assert week_clash([Opening((7,), EVENING, 2 * 60), Opening((1,), 0, 9 * 60)]) == "Monday 00:00"


def test_windows_may_touch_at_midnight_too():
    assert week_clash([Opening((7,), EVENING, 0), Opening((1,), 0, MORNING), Opening((1,), MORNING, 1440)]) is None
    assert week_clash([Opening(tuple(range(1, 8)), 0, 1440)]) is None


def test_on_one_date_a_night_ends_on_the_next():
    assert day_clash([Opening((1,), EVENING, 2 * 60), Opening((1,), 60, 3 * 60)]) is None
    assert day_clash([Opening((1,), 9 * 60, 12 * 60), Opening((1,), 11 * 60 + 30, 13 * 60)]) == "11:30"


def test_times_are_minutes_after_midnight():
    assert [minute_of(clock) for clock in ("00:00", "09:05", "24:00")] == [0, 545, 1440]
