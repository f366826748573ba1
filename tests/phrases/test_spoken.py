"""Times, lists and prices as they are said and written."""

from datetime import UTC, datetime, time

import pytest

from app.phrases.rules.spoken import (
    spoken_clock,
    spoken_digits,
    spoken_list,
    spoken_price,
    spoken_time,
    spoken_times,
    written_time,
)

NOW = datetime(2026, 3, 18, 10, 20, tzinfo=UTC)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "zone", "said", "written"),
    [
        ("2026-03-24T14:30", "Europe/London", "Tuesday the 24th of March at half past two", "Tue 24 Mar at 14:30"),
        ("2026-03-30T08:00", "Europe/London", "Monday the 30th of March at nine o'clock", "Mon 30 Mar at 09:00"),
        ("2026-04-01T22:05", "Europe/Berlin", "Thursday the 2nd of April at five past twelve in the morning",
         "Thu 2 Apr at 00:05"),
        ("2027-01-01T12:00", "UTC", "Friday the 1st of January 2027 at twelve noon", "Fri 1 Jan 2027 at 12:00"),
        ("2026-03-23T18:45", "UTC", "Monday the 23rd of March at quarter to seven in the evening",
         "Mon 23 Mar at 18:45"),
        ("2026-03-11T16:35", "UTC", "Wednesday the 11th of March at twenty-five to five", "Wed 11 Mar at 16:35"),
    ],
)  # fmt: skip
def test_an_instant_is_said_and_written_in_the_clients_zone(start, zone, said, written):
    assert spoken_time(at(start), zone, now=NOW) == said
    assert written_time(at(start), zone, now=NOW) == written


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        (time(0, 0), "midnight"),
        (time(6, 15), "quarter past six in the morning"),
        (time(7, 0), "seven o'clock in the morning"),
        (time(8, 0), "eight o'clock"),
        (time(12, 30), "half past twelve"),
        (time(13, 7), "one oh seven"),
        (time(14, 32), "two thirty-two"),
        (time(17, 50), "ten to six"),
        (time(18, 0), "six o'clock in the evening"),
        (time(23, 45), "quarter to twelve in the evening"),
    ],
)
def test_the_clock_is_said_so_that_it_means_one_time(clock, said):
    assert spoken_clock(clock) == said


def test_no_two_times_of_a_day_are_said_alike():
    said = [spoken_clock(time(minute // 60, minute % 60)) for minute in range(1440)]

    assert len(set(said)) == 1440


def test_where_it_is_usual_the_clock_is_written_with_am_and_pm():
    assert written_time(at("2026-03-24T14:30"), "UTC", now=NOW, region="US") == "Tue 24 Mar at 2:30 pm"
    assert written_time(at("2026-03-24T00:05"), "UTC", now=NOW, region="US") == "Tue 24 Mar at 12:05 am"


def test_times_of_one_day_share_their_date():
    starts = [at("2026-03-24T09:00"), at("2026-03-26T10:30"), at("2026-03-24T14:00")]

    assert spoken_times(starts, "UTC", now=NOW) == (
        "Tuesday the 24th of March at nine o'clock or two o'clock, or Thursday the 26th of March at half past ten"
    )
    assert spoken_times([], "UTC", now=NOW) == ""


def test_lists_prices_and_numbers_are_said():
    assert [spoken_list(list("abc")), spoken_list(["a"]), spoken_list([])] == ["a, b or c", "a", ""]
    assert [spoken_price(4500, "GBP"), spoken_price(1250, "EUR"), spoken_price(100, "USD")] == [
        "45 pounds",
        "12 euros 50",
        "1 dollar",
    ]
    assert [spoken_price(4505, "CHF"), spoken_price(3000, "JPY"), spoken_price(0, "GBP")] == [
        "45.05 CHF",
        "3000 JPY",
        "0 pounds",
    ]
    assert spoken_digits("+447400") == "plus four four seven, four zero zero"
