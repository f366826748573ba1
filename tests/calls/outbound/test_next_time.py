"""When somebody may be called: within opening, outside quiet hours, by the clock on the wall."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.calls.outbound.rules import callable_, day_of, follows, next_time

NEVER = (time(0), time(0))
NIGHT = (time(21), time(8))
WEEKDAYS = {day: [(540, 1020)] for day in range(1, 6)}
ALWAYS = {day: [(0, 1440)] for day in range(1, 8)}


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "opening", "quiet", "wanted"),
    [
        ("2026-03-18T10:00+00:00", WEEKDAYS, NIGHT, "2026-03-18T10:00+00:00"),
        ("2026-03-18T07:00+00:00", WEEKDAYS, NIGHT, "2026-03-18T09:00+00:00"),
        ("2026-03-18T17:00+00:00", WEEKDAYS, NIGHT, "2026-03-19T09:00+00:00"),
        ("2026-03-20T17:30+00:00", WEEKDAYS, NIGHT, "2026-03-23T09:00+00:00"),
        ("2026-03-18T20:59:59+00:00", ALWAYS, NIGHT, "2026-03-18T20:59:59+00:00"),
        ("2026-03-18T21:00+00:00", ALWAYS, NIGHT, "2026-03-19T08:00+00:00"),
        ("2026-03-18T02:00+00:00", ALWAYS, NIGHT, "2026-03-18T08:00+00:00"),
        ("2026-03-18T02:00+00:00", ALWAYS, NEVER, "2026-03-18T02:00+00:00"),
        ("2026-03-18T12:30+00:00", {3: [(540, 720), (780, 1020)]}, NIGHT, "2026-03-18T13:00+00:00"),
        ("2026-03-18T13:00+00:00", {3: [(540, 1020)]}, (time(12), time(14)), "2026-03-18T14:00+00:00"),
        ("2026-03-18T18:00+00:00", {3: [(540, 1020)]}, NIGHT, "2026-03-25T09:00+00:00"),
        ("2026-03-28T18:00+00:00", ALWAYS, NIGHT, "2026-03-28T18:00+00:00"),
        ("2026-03-28T22:00+00:00", ALWAYS, NIGHT, "2026-03-29T08:00+01:00"),
        ("2026-03-29T00:30+00:00", {7: [(90, 180)]}, NEVER, "2026-03-29T02:00+01:00"),
        ("2026-10-25T00:45+00:00", {7: [(75, 180)]}, NEVER, "2026-10-25T00:45+00:00"),
        ("2026-10-25T01:05+00:00", {7: [(75, 180)]}, NEVER, "2026-10-25T01:15+00:00"),
        ("2026-10-24T20:30+00:00", ALWAYS, NIGHT, "2026-10-25T08:00+00:00"),
        ("2026-03-18T10:00+00:00", {}, NEVER, None),
        ("2026-03-18T10:00+00:00", {3: [(480, 540)]}, (time(7), time(10)), None),
    ],
)
def test_a_call_waits_for_the_first_time_that_suits(now, opening, quiet, wanted):
    assert next_time(at(now), opening, quiet, "Europe/London") == (wanted and at(wanted))


WINDOWS = st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 400)), max_size=2)
CLOCKS = st.times(min_value=time(0), max_value=time(23, 59)).map(lambda at: at.replace(second=0, microsecond=0))


@settings(max_examples=30)
@given(
    days=st.dictionaries(st.integers(1, 7), WINDOWS, max_size=4),
    quiet=st.tuples(CLOCKS, CLOCKS),
    minutes=st.integers(0, 4 * 24 * 60),
    zone_and_start=st.sampled_from(
        [
            ("Europe/London", datetime(2026, 3, 27, tzinfo=UTC)),
            ("Europe/London", datetime(2026, 10, 23, tzinfo=UTC)),
            ("Australia/Lord_Howe", datetime(2026, 4, 3, tzinfo=UTC)),
            ("America/Santiago", datetime(2026, 9, 4, tzinfo=UTC)),
        ]
    ),
)
def test_it_suits_then_and_at_no_minute_before(days, quiet, minutes, zone_and_start):
    zone, start = zone_and_start
    now = start + timedelta(minutes=minutes)
    opening = {
        day: [(begins, min(begins + length, 1440)) for begins, length in windows] for day, windows in days.items()
    }

    def suits(instant):
        wall = instant.astimezone(ZoneInfo(zone))
        minute, clock = wall.hour * 60 + wall.minute, wall.time()
        begins, ends = quiet
        still = begins <= clock < ends if begins <= ends else clock >= begins or clock < ends
        return not still and any(first <= minute < last for first, last in opening.get(wall.isoweekday(), ()))

    found = next_time(now, opening, quiet, zone)

    until = min(found or now + timedelta(days=7), now + timedelta(days=7))
    assert found is None or suits(found)
    assert found is None or found >= now
    assert not any(suits(now + timedelta(minutes=each)) for each in range(int((until - now).total_seconds() // 60)))


def test_a_day_begins_at_midnight_on_the_wall():
    assert day_of(at("2026-03-29T12:00+01:00"), "Europe/London") == (
        at("2026-03-29T00:00+00:00"),
        at("2026-03-30T00:00+01:00"),
    )


@pytest.mark.parametrize(
    ("number", "may"), [("+447400123456", True), ("+442079460123", True), ("+449012345678", False), ("112", False)]
)
def test_numbers_that_charge_their_callers_are_not_called(number, may):
    assert callable_(number) is may


@pytest.mark.parametrize(
    ("kind", "reason", "what"),
    [
        ("no_answer", "customer-did-not-answer", "again"),
        ("voicemail", "voicemail", "again"),
        ("never_connected", "call.start.error-subscription-concurrency-limit-reached", "again"),
        ("never_connected", "call.start.error-get-transport", "person"),
        ("provider_failed", "pipeline-error-openai-llm-failed", "person"),
        (None, None, "person"),
        ("completed", "customer-ended-call", "nothing"),
        ("silence", "silence-timed-out", "nothing"),
        ("cancelled", "manually-canceled", "nothing"),
        ("other", "something-new", "nothing"),
    ],
)
def test_the_end_of_a_call_calls_for_another_for_a_person_or_for_nothing(kind, reason, what):
    assert follows(kind, reason) == what
