"""Which service is meant, and which few of many starts are offered."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.asking.rules import Named, choose, spread
from app.core.ids import new_id

SERVICES = [Named(new_id(), name) for name in ("Check-up", "Hygienist visit", "Root canal treatment", "Whitening")]
MONDAY = datetime(2026, 3, 23, tzinfo=UTC)


def names(words):
    return [service.name for service in choose(words, SERVICES)]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("check-up", ["Check-up"]),
        ("a Check Up please", ["Check-up"]),
        ("hygenist", ["Hygienist visit"]),
        ("I would like to book the root canal", ["Root canal treatment"]),
        ("WHITENING", ["Whitening"]),
        ("whitenning appointment", ["Whitening"]),
        ("haircut", []),
        ("", ["Check-up", "Hygienist visit", "Root canal treatment", "Whitening"]),
        (None, ["Check-up", "Hygienist visit", "Root canal treatment", "Whitening"]),
        ("\0\ud800" * 100_000, []),
    ],
)
def test_a_service_is_found_by_what_people_call_it(words, meant):
    assert names(words) == meant


@pytest.mark.parametrize(
    ("words", "surely", "by_one_word"),
    [
        ("cleaning", ["Hygiene clean"], ["Hygiene clean"]),
        ("fillings", ["Filling"], ["Filling"]),
        ("my teeth cleaned", [], ["Hygiene clean"]),
        ("dental implant tomorrow", [], ["Implant surgery"]),
        ("implants", ["Implant surgery"], ["Implant surgery"]),
        ("can you fit me in", [], []),
    ],
)
def test_a_word_of_a_name_is_enough_where_the_words_are_known_to_name_something(words, surely, by_one_word):
    services = [Named(new_id(), name) for name in ("Check-up", "Hygiene clean", "Filling", "Implant surgery", "X-ray")]

    assert [each.name for each in choose(words, services)] == surely
    assert [each.name for each in choose(words, services, by_one_word=True)] == by_one_word


def test_several_that_fit_are_all_meant():
    massages = [Named(new_id(), "Massage 30 minutes"), Named(new_id(), "Massage 60 minutes"), Named(new_id(), "Facial")]

    assert [each.name for each in choose("massage", massages)] == ["Massage 30 minutes", "Massage 60 minutes"]
    assert [each.name for each in choose("60 minutes massage", massages)] == ["Massage 60 minutes"]


def hours(*offsets):
    return [MONDAY + timedelta(hours=offset) for offset in offsets]


def test_other_parts_of_the_same_day_are_offered_first():
    assert spread(hours(9, 9.5, 10, 14, 14.5, 18, 33), "UTC") == tuple(hours(9, 14, 18))


def test_then_another_day_and_then_whatever_there_is():
    assert spread(hours(9, 9.5, 10, 14, 33, 34), "UTC") == tuple(hours(9, 14, 33))
    assert spread(hours(9, 9.5, 10), "UTC") == tuple(hours(9, 9.5, 10))
    assert spread([], "UTC") == ()


def test_within_one_part_of_a_day_starts_lie_apart():
    assert spread(hours(12, 12.25, 12.5, 14.5, 16.75, 17), "UTC") == tuple(hours(12, 14.5, 17))
    assert spread(hours(9, 9.25, 9.5, 10, 11.5), "UTC") == tuple(hours(9, 10, 11.5))


def test_around_an_instant_the_nearest_comes_first():
    assert spread(hours(9, 11, 12, 16, 40), "UTC", near=hours(11.4)[0]) == tuple(hours(11, 12, 40))


def test_parts_of_the_day_are_those_of_the_clients_zone():
    assert spread(hours(9, 9.5, 10), "Asia/Tokyo") == tuple(hours(9, 9.5, 10))
    assert spread(hours(0, 1, 3), "Asia/Tokyo") == tuple(hours(0, 1, 3))
    assert spread(hours(0, 1, 2, 3), "Asia/Tokyo", count=2) == tuple(hours(0, 3))


@given(
    st.lists(st.integers(0, 20_000), unique=True, max_size=40), st.integers(1, 5), st.none() | st.integers(0, 20_000)
)
def test_as_many_as_there_are_are_offered_in_order_and_none_that_is_not_on_offer(minutes, count, near):
    starts = sorted(MONDAY + timedelta(minutes=minute) for minute in minutes)
    about = None if near is None else MONDAY + timedelta(minutes=near)

    offered = spread(starts, "Europe/London", count=count, near=about)

    assert len(offered) == min(count, len(starts))
    assert list(offered) == sorted(set(offered) & set(starts))
    if starts:
        assert (starts[0] if about is None else min(starts, key=lambda at: abs(at - about))) in offered
