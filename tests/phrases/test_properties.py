"""What holds for every phrase: nothing raises, nothing is past, and the same said in another way means the same."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from app.phrases.rules import Grain, Reason, read_time
from app.phrases.rules.lexis.spelling import WORDS
from app.phrases.rules.readings import instant_of, is_skipped
from app.phrases.rules.spoken import spoken_time, written_time

settings.register_profile("phrases", max_examples=60, deadline=None)
QUICKLY = settings.get_profile("phrases")

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 3, 18, 10, 20, tzinfo=LONDON)
ZONES = [
    "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "America/Sao_Paulo",
    "Africa/Casablanca", "Pacific/Kiritimati", "Antarctica/Troll", "UTC",
]  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
FIRSTS = (
    *("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
)
PLAIN = (
    "tomorrow morning", "next thursday at half past two", "the day after tomorrow", "saturday afternoon",
    "wednesday between two and four", "the first monday in september", "in the evening on thursday", "february 24th",
    "after lunch on wednesday", "the end of next week", "the twenty fourth of november at quarter to eleven",
)  # fmt: skip

ours = st.sampled_from(
    [*sorted(WORDS), *"0123456789", "24th", "3/4", "9:30", "2026-03-24", "15h20", ",", "-", "½", "'s"]
)
phrases = st.one_of(st.text(max_size=300), st.lists(ours, max_size=25).map(" ".join))
instants = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
opening = st.none() | st.dictionaries(st.integers(1, 7), st.just([(420, 1140)]))
FILLERS = st.sampled_from(["uh", "um", "please", "maybe", "like"])
days = st.dates(date(2026, 3, 19), date(2027, 3, 10))
minutes = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def read(words, now=NOW, region="GB"):
    return read_time(words, now, "Europe/London", region)


def started(words):
    best = read(words).best
    return best and best.start


def spelled(number):
    tens, ones = divmod(number, 10)
    if number < 20:
        return ONES[number]
    return " ".join(filter(None, [("twenty", "thirty", "forty", "fifty")[tens - 2], ONES[ones] if ones else ""]))


def long_words(words):
    return [place for place, word in enumerate(words.split()) if len(word) >= 7 and word.isalpha()]


def ordinal(number):
    if number < 20:
        return FIRSTS[number]
    tens, ones = divmod(number, 10)
    return ("twenty", "thirty")[tens - 2] + f" {FIRSTS[ones]}" if ones else ("twentieth", "thirtieth")[tens - 2]


@QUICKLY
@given(
    words=phrases,
    now=instants,
    zone=st.sampled_from(ZONES),
    region=st.sampled_from(["GB", "US", "", "zz"]),
    hours=opening,
)
@example(words="a" * 1_000_000, now=NOW, zone="UTC", region="GB", hours=None)
@example(words="\0", now=NOW, zone="UTC", region="GB", hours=None)
@example(words="٣ ३ 3️⃣ ²", now=NOW, zone="UTC", region="GB", hours=None)
@example(words="31/12/9999 and 1/1/0001 and 9999-12-31 and in 9999 years", now=NOW, zone="UTC", region="GB", hours=None)
@example(words="\ud800 tomorrow", now=NOW, zone="UTC", region="GB", hours=None)
@example(words="\ufdfa" * 500, now=NOW, zone="UTC", region="GB", hours=None)
@example(words="1." * 250, now=NOW, zone="UTC", region="GB", hours=None)
@example(words="1" * 500, now=NOW, zone="UTC", region="GB", hours=None)
@example(words="any 0 minutes later end of month", now=NOW, zone="UTC", region="GB", hours=None)
@example(words="later eom", now=NOW, zone="UTC", region="GB", hours=None)
@example(words="in 99999999 months", now=NOW, zone="UTC", region="GB", hours=None)
def test_any_text_has_readings_ahead_of_now_or_a_reason(words, now, zone, region, hours):
    found = read_time(words, now, zone, region, hours)

    assert bool(found.readings) is (found.reason is None)
    assert found.reason is None or found.reason in Reason
    assert not (found.ambiguous and len(found.readings) < 2)
    for reading, (start, end) in zip(found.readings, found.spans(zone), strict=True):
        assert start < end
        assert (reading.end is None) or reading.start < reading.end
        assert end > now
        assert reading.end is not None or start > now - timedelta(minutes=1)
        assert reading.start.tzinfo is None
    assert len(set(found.readings)) == len(found.readings) <= 10


@QUICKLY
@given(day=days, at=minutes)
def test_iso_dates_and_times_are_read_as_they_are_written(day, at):
    wall = datetime.combine(day, at)
    assume(not is_skipped(wall, LONDON))

    assert started(day.isoformat()) == datetime.combine(day, time())
    assert started(wall.isoformat()) == wall
    assert started(f"{wall:%Y-%m-%d %H:%M}") == wall
    assert started(f"on {day} at {at:%H:%M}") == wall


@QUICKLY
@given(day=days, region=st.sampled_from(["GB", "US"]))
def test_dates_in_numbers_are_read_in_the_order_of_the_region(day, region):
    written = f"{day:%m/%d/%Y}" if region == "US" else f"{day:%d/%m/%Y}"

    assert read(written, region=region).best.start.date() == day


@QUICKLY
@given(day=days, at=minutes)
def test_a_time_that_is_written_in_full_is_read_back(day, at):
    wall = datetime.combine(day, at)
    assume(not is_skipped(wall, LONDON))
    weekday, month = WEEKDAYS[day.weekday()], MONTHS[day.month - 1]

    assert started(f"{weekday} {day.day} {month} {day.year} at {at:%H:%M}") == wall
    assert started(f"{month} {day.day}, {day.year} {at:%I:%M %p}") == wall
    assert started(f"{at:%I.%M%p} on the {day.day}th of {month} {day.year}") == wall
    assert started(f"{weekday[:3]} {day.day} {month[:3]} {at:%H}h{at:%M}") == wall


@QUICKLY
@given(day=days, at=minutes)
def test_a_time_that_is_spoken_in_full_is_read_back(day, at):
    hour, half = (at.hour % 12 or 12), ("a m" if at.hour < 12 else "p m")
    wall = datetime.combine(day, at)
    assume(not is_skipped(wall, LONDON))
    past = {0: spelled(hour), 15: f"quarter past {spelled(hour)}", 30: f"half past {spelled(hour)}"}
    minute = f"oh {spelled(at.minute)}" if at.minute < 10 else spelled(at.minute)
    clock = past.get(at.minute, f"{spelled(hour)} {minute}")
    said = f"{ordinal(day.day)} of {MONTHS[day.month - 1]}"

    assert started(f"{WEEKDAYS[day.weekday()]} the {said} at {clock} {half}") == wall
    assert started(f"uh {clock} {half} on the {said} please") == wall


@QUICKLY
@given(number=st.integers(1, 29), hour=st.integers(1, 12))
def test_minutes_before_and_after_an_hour_are_read_as_the_clock_stands(number, hour):
    after, before = (
        started(f"tomorrow {number} minutes past {hour}pm"),
        started(f"tomorrow {number} minutes to {hour}pm"),
    )

    full = datetime(2026, 3, 19, hour % 12 + 12)  # noqa: DTZ001
    assert (after, before) == (full + timedelta(minutes=number), full - timedelta(minutes=number))


@QUICKLY
@given(weekday=st.sampled_from(WEEKDAYS), now=instants)
def test_a_weekday_is_the_next_such_day_after_today(weekday, now):
    today = now.astimezone(LONDON).date()

    start = read(weekday, now).best.start.date()

    assert start.weekday() == WEEKDAYS.index(weekday)
    assert 1 <= (start - today).days <= 7


@QUICKLY
@given(count=st.integers(1, 400), unit=st.sampled_from(["day", "week"]))
def test_so_many_days_or_weeks_ahead_are_counted_from_today(count, unit):
    ahead = timedelta(days=count * (7 if unit == "week" else 1))

    assert started(f"in {count} {unit}s") == datetime(2026, 3, 18) + ahead  # noqa: DTZ001
    assert started(f"{count} {unit}s from tomorrow") == datetime(2026, 3, 19) + ahead  # noqa: DTZ001


@QUICKLY
@given(minutes_ahead=st.integers(1, 10_000), now=instants, zone=st.sampled_from(ZONES))
@example(minutes_ahead=30, now=datetime(2026, 10, 25, 0, 50, tzinfo=UTC), zone="Europe/London")
@example(minutes_ahead=30, now=datetime(2026, 10, 25, 0, 10, tzinfo=UTC), zone="Europe/London")
def test_so_many_minutes_ahead_are_so_many_minutes_ahead_over_any_change_of_clocks(minutes_ahead, now, zone):
    found = read_time(f"in {minutes_ahead} minutes", now, zone, "GB")

    assert found.spans(zone)[0][0] == now.replace(second=0, microsecond=0) + timedelta(minutes=minutes_ahead)


@QUICKLY
@given(
    words=st.sampled_from(PLAIN), fillers=st.lists(FILLERS, min_size=1), place=st.integers(0, 3), shout=st.booleans()
)
def test_fillers_and_capitals_change_nothing(words, fillers, place, shout):
    parts = words.split()
    filled = " ".join([*parts[:place], *fillers, *parts[place:]])

    assert read(filled.upper() if shout else filled) == read(words)


@QUICKLY
@given(words=st.sampled_from([words for words in PLAIN if long_words(words)]), data=st.data())
def test_one_slip_in_a_long_word_changes_nothing(words, data):
    parts = words.split()
    place = data.draw(st.sampled_from(long_words(words)))
    word = parts[place]
    spot = data.draw(st.integers(1, len(word) - 2))
    slip = data.draw(st.sampled_from(["left out", "doubled", "changed", "swapped"]))
    parts[place] = {
        "left out": word[:spot] + word[spot + 1 :],
        "doubled": word[:spot] + word[spot] + word[spot:],
        "changed": word[:spot] + "x" + word[spot + 1 :],
        "swapped": word[:spot] + word[spot + 1] + word[spot] + word[spot + 2 :],
    }[slip]

    assert read(" ".join(parts)) == read(words)


@QUICKLY
@given(day=days, hour=st.integers(0, 23), half=st.sampled_from([0, 30]), zone=st.sampled_from(ZONES))
@example(day=date(2026, 3, 29), hour=1, half=30, zone="Europe/London")
@example(day=date(2026, 10, 25), hour=1, half=30, zone="Europe/London")
def test_a_time_that_the_clock_skips_is_no_reading_and_one_that_it_repeats_is_the_first(day, hour, half, zone):
    wall, local = datetime.combine(day, time(hour, half)), ZoneInfo(zone)

    found = read_time(f"{day} at {hour:02}:{half:02}", NOW, zone, "GB")

    if is_skipped(wall, local):
        assert found.reason is Reason.SKIPPED_BY_CLOCK_CHANGE
    else:
        assert found.spans(zone)[0][0] == wall.replace(tzinfo=local, fold=0).astimezone(UTC)


@pytest.mark.parametrize(
    ("wall", "first"),
    [
        (datetime(2026, 3, 29, 1, 30), "2026-03-29T01:00:00+00:00"),  # noqa: DTZ001
        (datetime(2026, 10, 25, 1, 30), "2026-10-25T00:30:00+00:00"),  # noqa: DTZ001
        (datetime(2026, 3, 29, 2, 0), "2026-03-29T01:00:00+00:00"),  # noqa: DTZ001
    ],
)
def test_a_wall_time_is_the_first_instant_at_which_the_clock_reads_it_or_later(wall, first):
    assert instant_of(wall, LONDON).isoformat() == first


def test_a_day_of_a_clock_change_spans_23_or_25_hours():
    (short,), (long,) = read("29 march").spans(LONDON), read("25 october").spans(LONDON)

    assert [(end - start) / timedelta(hours=1) for start, end in (short, long)] == [23, 25]


def test_an_instant_is_one_minute_long_when_availability_is_asked_for():
    ((start, end),) = read("tomorrow at 3").spans("Europe/London")

    assert (start.isoformat(), end - start) == ("2026-03-19T15:00:00+00:00", timedelta(minutes=1))


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(None, 19), ({4: [(420, 1080)]}, 7), ({4: [(600, 1320)]}, 19), ({4: [(420, 1320)]}, 19), ({4: []}, 19), ({}, 19)],
)
def test_opening_hours_decide_which_half_of_the_clock_a_bare_hour_is_in(hours, expected):
    found = read_time("tomorrow at seven", NOW, LONDON, "GB", hours)

    assert [(reading.start.hour, reading.grain) for reading in found.readings] == [(expected, Grain.MINUTE)]


@pytest.mark.parametrize(("hours", "expected"), [(None, [21]), ({3: [(480, 1320)]}, [21]), ({3: [(480, 1080)]}, [])])
def test_an_hour_that_is_past_today_is_its_other_half_unless_that_is_closed(hours, expected):
    found = read_time("today at 9", NOW, LONDON, "GB", hours)

    assert [reading.start.hour for reading in found.readings] == expected
    assert found.reason is (None if expected else Reason.PAST)


@QUICKLY
@given(day=days, at=minutes, region=st.sampled_from(["GB", "US"]))
def test_what_we_say_and_write_is_read_as_what_we_meant(day, at, region):
    start = instant_of(datetime.combine(day, at), LONDON)

    for told in (
        spoken_time(start, "Europe/London", now=NOW),
        written_time(start, "Europe/London", now=NOW, region=region),
    ):
        assert [first for first, _ in read(told, region=region).spans(LONDON)] == [start], told
