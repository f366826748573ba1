"""Numbers of one process: by period, bounded, and none counted twice."""

from datetime import UTC, datetime, timedelta

from app.core.signals import MINUTES_KEPT, Series, Signals

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def counts(series, last=60):
    return {begins: {key: tally.count for key, tally in tallies.items()} for begins, tallies in series.minutes(last)}


def test_each_minute_has_its_own_numbers():
    series: Series[str] = Series()
    series.rotate(10)
    series.add("a", 1.0)
    series.rotate(11)
    series.add("a", 2.0, failed=True)
    series.add("b", 3.0)

    assert counts(series) == {10: {"a": 1}, 11: {"a": 1, "b": 1}}
    assert (series.window(1)["a"].failed, series.window(2)["a"].count) == (1, 2)
    assert {key: tally.count for key, tally in series.since_start().items()} == {"a": 2, "b": 1}


def test_what_came_before_the_first_rotation_is_of_the_first_minute():
    series: Series[str] = Series()
    series.add("a", 1.0)
    series.rotate(10)

    assert counts(series) == {10: {"a": 1}}


def test_periods_of_five_minutes_begin_at_whole_five_minutes():
    series: Series[str] = Series(minutes=5)
    for minute in (13, 14, 15, 19, 20):
        series.rotate(minute)
        series.add("a", 1.0)

    assert counts(series) == {10: {"a": 2}, 15: {"a": 2}, 20: {"a": 1}}
    assert list(counts(series, last=2)) == [15, 20]
    assert list(counts(series, last=1)) == [20]


def test_only_so_many_minutes_are_remembered_but_all_are_counted():
    for length in (1, 5):
        series: Series[str] = Series(minutes=length)
        for minute in range(200):
            series.rotate(minute)
            series.add("a", 1.0)

        assert sum(tallies["a"] for tallies in counts(series, last=200).values()) in range(61, MINUTES_KEPT + 1)
        assert series.since_start()["a"].count == 200


def test_keys_beyond_the_most_are_counted_and_not_kept():
    series: Series[str] = Series(most=2)
    series.rotate(1)
    for key in ("a", "b", "c", "c", "a"):
        series.add(key, 1.0)
    before = series.dropped
    series.rotate(2)
    series.add("d", 1.0)
    series.rotate(3)

    assert before == 2
    assert set(series.since_start()) == {"a", "b"}
    assert series.dropped == 3


def test_a_clock_set_back_by_a_little_counts_nothing_twice():
    series: Series[str] = Series()
    for minute in (10, 9, 10, 11):
        series.rotate(minute)
        series.add("a", 1.0)

    assert counts(series) == {10: {"a": 3}, 11: {"a": 1}}


def test_a_clock_set_back_by_much_has_no_periods_ahead_of_it_and_loses_nothing_of_all_time():
    series: Series[str] = Series()
    for minute in (1_000, 1_001, 500, 501):
        series.rotate(minute)
        series.add("a", 1.0)

    assert counts(series) == {500: {"a": 1}, 501: {"a": 1}}
    assert series.since_start()["a"].count == 4


def test_all_series_begin_their_periods_together():
    signals = Signals()
    signals.rotate(NOW)
    signals.queries.add("shape", 1.0)
    signals.database.add("statements", 1.0)
    signals.rotate(NOW + timedelta(minutes=1))
    signals.database.add("statements", 1.0)

    first = int(NOW.timestamp() // 60)
    assert counts(signals.queries) == {first: {"shape": 1}}
    assert list(counts(signals.database)) == [first, first + 1]


def test_plain_counters_add_up_by_their_labels():
    signals = Signals()
    signals.count("bookings", "voice", "made")
    signals.count("bookings", "voice", "made", by=2)
    signals.count("bookings", "web", "made")

    assert signals.counts == {("bookings", "voice", "made"): 3, ("bookings", "web", "made"): 1}
